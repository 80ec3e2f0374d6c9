/**
 * Operations on keys, by the model, inside an organization or on one's own account.
 *
 * @module
 */
import { expect } from "vitest"
import type { Actor, ApiKeyActor, Secret, User } from "../../src/index.ts"
import { type By, byId, type Check, type Core, isImpersonated } from "./core.ts"
import { admits, type KeyRules, PERSONAL } from "./key-rules.ts"
import { type Account, type ApiKey, type Holder, type Member, type Organization, type Project, refuse } from "./rows.ts"
import { personBehind } from "./standing.ts"

/** Without `organizationId`, the caller's own. */
type Located = Readonly<{ organizationId?: string; projectId?: string }>
export type Ranges = readonly Readonly<{ cidr: string }>[]
type Wishes = Readonly<{
  scopes?: readonly string[]
  expiresAt?: Date | null
  ipRules?: Ranges
  endpointRules?: readonly string[]
  monthlyUnits?: number | null
  allowLockout?: boolean
}>
type Place = Readonly<{
  actor: Actor
  caller: Member | null
  org: Organization | null
  project: Project | null
  account: Account
  keys: ApiKey[]
  held: ReadonlySet<string>
}>

export const cidrsOf = (rules: Ranges | undefined) => rules?.map(({ cidr }) => cidr)

export function keyOperations(core: Core, { shown, showing }: KeyRules) {
  const { terms, now, standing, billing, known, enter, enterProject, mustBeAllowed, mustSubscribe, record } = core
  const { canonicalNames, mustBeActive } = core

  function placeOf(by: By, { organizationId, projectId }: Located): Place {
    if (organizationId === undefined) {
      const actor = known(by, "user") as User
      const account = billing.accountOf(`user:${actor.id}`)
      return { actor, caller: null, org: null, project: null, account, keys: account.keys, held: PERSONAL }
    }
    if (projectId === undefined) {
      const { actor, org, caller } = enter(by, { organizationId }, null)
      const held = standing.held(org, actor)
      return { actor, caller, org, project: null, account: billing.own(org), keys: org.keys, held }
    }
    const { actor, org, project } = enterProject(by, { organizationId, projectId }, null)
    const caller = org.members.get(personBehind(actor) ?? "") ?? null
    const held = standing.held(org, actor, project)
    return { actor, caller, org, project, account: billing.own(org), keys: org.keys, held }
  }
  /** Records a fact about a key: an organization's are its activity, a person's only move the account's revision. */
  function tell({ org, account, actor }: Pick<Place, "org" | "account" | "actor">, action: string, key: ApiKey): void {
    if (org !== null) record(org, actor, [`api_key.${action}`], key)
    else key.revision = ++account.revision
  }
  const mustHold = ({ held }: Place, permissions: readonly string[], code: string): void => {
    for (const permission of permissions) if (!held.has(permission)) refuse(code)
  }
  /** Empty rules ask for nothing in a new key; in one that there is they take rules away. */
  function mustWish(place: Place, scopes: readonly string[], wishes: Wishes, isNew = false): void {
    const { ipRules, endpointRules, expiresAt } = wishes
    mustHold(place, scopes, "permission_escalation")
    const asks = { "ipRules.manage": ipRules, "endpointRules.manage": endpointRules }
    const isAsked = (rules: readonly unknown[] | undefined) => rules !== undefined && !(isNew && rules.length === 0)
    const asked = Object.entries(asks).flatMap(([permission, rules]) => (isAsked(rules) ? [permission] : []))
    if (place.org !== null) mustHold(place, asked, "forbidden")
    if (expiresAt != null && expiresAt.getTime() <= now()) refuse("invalid_input")
  }
  const isOver = ({ revokedAt, isDeleted }: ApiKey): boolean => revokedAt !== null || isDeleted

  /** The key and the place, for its holder or for whoever has the permission. */
  function changing(
    by: By,
    input: Located & { apiKeyId: string },
    permission: string,
    { isPersonal = false, ends = false } = {},
  ) {
    const place = placeOf(by, input)
    const key = place.keys.find(({ id, isDeleted }) => id === input.apiKeyId && !isDeleted)
    const { holder } = key ?? {}
    const isTheirs = holder?.type === "member" && holder.membershipId === place.caller?.id
    const isOwn = place.org === null || (place.actor.type === "user" && isTheirs)
    if (place.org !== null) mustBeAllowed(place.org, place.actor, isOwn ? "api.use" : permission)
    if (isPersonal && isImpersonated(place.actor)) refuse("forbidden")
    if (place.org !== null) mustBeActive(place.org)
    if (key === undefined) return refuse("not_found")
    if (key.project?.isArchived && !ends) refuse("project_archived")
    // What binds a key is not the key's to change.
    if (place.actor.type === "apiKey" && place.actor.id === key.id) refuse("forbidden")
    return { place, key, isOwn }
  }
  const answering =
    (key: ApiKey): Check =>
    (answer) =>
      showing(key)((answer as { apiKey: unknown }).apiKey)
  /** Looks at an answer with a secret, and keeps the secret. */
  const revealing =
    (key: ApiKey): Check =>
    (answer) => {
      const { apiKey, secret } = answer as { apiKey: { id: string }; secret: Secret }
      key.id ||= apiKey.id
      key.secrets.push(secret.reveal())
      showing(key)(apiKey)
    }

  function holderFor(kind: "organization" | "member", { org, actor, caller }: Place): Holder {
    if (org === null && actor.type === "user") return { type: "person", userId: actor.id }
    if (kind === "organization") return { type: "organization" }
    if (actor.type !== "user" || caller === null) return refuse("forbidden")
    return { type: "member", userId: caller.userId, membershipId: caller.id }
  }
  /** Whoever is shown the secret that the actor asked for. */
  const shownBy = (by: Actor): string[] => [personBehind(by)].filter((userId) => userId !== null)
  const creatorOf = (by: Actor) => ({ type: by.type, id: by.type === "system" ? by.name : by.id })

  return {
    "apiKeys.create"(by: By, input: Located & Wishes & { name: string; holder?: "organization" | "member" }): Check {
      const place = placeOf(by, input)
      const { org, project, account, actor, keys } = place
      const first = terms.holders.find((one) => one !== "person") ?? "organization"
      const kind = input.holder ?? first
      if (org !== null)
        mustBeAllowed(org, actor, kind === "member" ? "api.use" : "apiKeys.create", project ?? undefined)
      if (isImpersonated(actor)) refuse("forbidden")
      if (org !== null) mustBeActive(org)
      if (!terms.holders.includes(org === null ? "person" : kind)) refuse("feature_off")
      const holder = holderFor(kind, place)
      if (org !== null) mustSubscribe(org)
      if (project?.isArchived) refuse("project_archived")
      const scopes = canonicalNames(input.scopes ?? ["api.use"])
      mustWish(place, scopes, input, true)
      if (keys.filter(({ isDeleted }) => !isDeleted).length >= terms.maxKeys) refuse("limit_reached")
      const key: ApiKey = {
        ...{
          id: "",
          revision: 0,
          organization: org,
          project,
          holder,
          createdBy: creatorOf(actor),
          name: input.name,
          scopes,
        },
        shownTo: shownBy(actor),
        ...{ secrets: [], graceUntil: null, enabled: true, revokedAt: null, isDeleted: false, lastUsed: null },
        expiresAt: input.expiresAt?.getTime() ?? null,
        ipRules: cidrsOf(input.ipRules) ?? [],
        endpointRules: input.endpointRules ?? [],
        monthlyUnits: input.monthlyUnits ?? null,
      }
      keys.push(key)
      tell({ org, account, actor }, "created", key)
      return revealing(key)
    },
    "apiKeys.list"(by: By, input: Located & { userId?: string }): Check {
      const { org, actor, keys } = placeOf(by, input)
      const { userId } = input
      const isOwn = actor.type === "user" && userId === actor.id
      if (org !== null && !isOwn) mustBeAllowed(org, actor, "apiKeys.read")
      const isListed = ({ holder }: ApiKey): boolean =>
        userId === undefined || (holder.type === "member" && holder.userId === userId)
      const listed = byId(keys.filter((key) => !key.isDeleted && isListed(key)))
      return (answer) => expect(answer).toMatchObject(listed.map(shown))
    },
    "apiKeys.get"(by: By, input: Located & { apiKeyId: string }): Check {
      const { org, actor, caller, keys } = placeOf(by, input)
      const key = keys.find(({ id, isDeleted }) => id === input.apiKeyId && !isDeleted)
      const isTheirs = key?.holder.type === "member" && key.holder.membershipId === caller?.id
      if (org !== null && !(actor.type === "user" && isTheirs)) mustBeAllowed(org, actor, "apiKeys.read")
      return showing(key ?? refuse("not_found"))
    },
    "apiKeys.update"(by: By, input: Located & Wishes & { apiKeyId: string; name?: string }): Check {
      const { place, key } = changing(by, input, "apiKeys.update")
      const { expiresAt, endpointRules, monthlyUnits } = input
      const ipRules = cidrsOf(input.ipRules)
      const scopes = input.scopes && canonicalNames(input.scopes)
      const isMore = [scopes, expiresAt, ipRules, endpointRules, monthlyUnits].some((value) => value !== undefined)
      mustWish(place, isMore ? [...key.scopes, ...(scopes ?? [])] : [], input)
      const { ip = null } = place.actor as ApiKeyActor | User
      if (ip != null && !input.allowLockout && !admits(ipRules ?? [], ip)) refuse("invalid_input")
      if (isOver(key)) refuse("not_found")
      const expires = expiresAt === undefined ? undefined : (expiresAt?.getTime() ?? null)
      const wished = { name: input.name, scopes, expiresAt: expires, ipRules, endpointRules, monthlyUnits }
      const changes = Object.fromEntries(Object.entries(wished).filter(([, value]) => value !== undefined))
      const rowOf = () => JSON.stringify(Object.keys(wished).map((name) => Reflect.get(key, name)))
      const before = rowOf()
      Object.assign(key, changes)
      if (rowOf() !== before) tell(place, "updated", key)
      return answering(key)
    },
    "apiKeys.enable"(by: By, input: Located & { apiKeyId: string }): Check {
      const { place, key } = changing(by, input, "apiKeys.update")
      mustHold(place, key.scopes, "permission_escalation")
      return switched(place, key, true)
    },
    "apiKeys.disable"(by: By, input: Located & { apiKeyId: string }): Check {
      const { place, key } = changing(by, input, "apiKeys.update", { ends: true })
      return switched(place, key, false)
    },
    "apiKeys.rotate"(by: By, input: Located & { apiKeyId: string; graceSeconds?: number }): Check {
      const { place, key, isOwn } = changing(by, input, "apiKeys.update", { isPersonal: true })
      if (key.holder.type === "member" && !isOwn && place.actor.type !== "system") refuse("forbidden")
      mustHold(place, key.scopes, "permission_escalation")
      if (isOver(key)) refuse("not_found")
      const grace = (input.graceSeconds ?? 0) * 1000
      key.graceUntil = grace === 0 ? null : Math.min(now() + grace, key.expiresAt ?? Number.POSITIVE_INFINITY)
      key.shownTo = [...new Set([...(grace > 0 ? key.shownTo : []), ...shownBy(place.actor)])]
      tell(place, "rotated", key)
      return revealing(key)
    },
    "apiKeys.delete"(by: By, input: Located & { apiKeyId: string }): Check {
      const { place, key } = changing(by, input, "apiKeys.delete", { ends: true })
      Object.assign(key, { isDeleted: true, graceUntil: null })
      tell(place, "deleted", key)
      return answering(key)
    },
    /** Whoever has a secret that works may end its key; everybody is answered alike. */
    "apiKeys.revokeLeaked"(key: ApiKey | undefined): Check {
      if (key !== undefined && !isOver(key)) {
        Object.assign(key, { revokedAt: now(), graceUntil: null })
        const { organization: org, holder } = key
        const actor = { type: "system", name: "leak-report" } as const
        const account = billing.accountOf(holder.type === "organization" ? "" : `user:${holder.userId}`)
        tell({ org, account, actor }, "revoked", key)
      }
      return (answer) => expect(answer).toBeUndefined()
    },
  }

  function switched(place: Place, key: ApiKey, enabled: boolean): Check {
    if (isOver(key)) refuse("not_found")
    if (key.enabled !== enabled) {
      key.enabled = enabled
      tell(place, enabled ? "enabled" : "disabled", key)
    }
    return answering(key)
  }
}
