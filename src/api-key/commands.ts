/**
 * Commands on API keys, inside an organization or on one's own account.
 *
 * @module
 */
import * as z from "zod"
import { subscriptionRefusal } from "../billing/terms.ts"
import type { Actor, KeyHolder } from "../kernel/actor.ts"
import { type Decision, decided, refused } from "../kernel/decision.ts"
import { type Ids, idSchema } from "../kernel/id.ts"
import { type MetadataSchemas, metadataInput } from "../kernel/metadata.ts"
import { Secret } from "../kernel/secret.ts"
import { Name } from "../kernel/text.ts"
import type { Membership } from "../membership/membership.ts"
import { accountCommand, inEither } from "../pipeline/account.ts"
import { command } from "../pipeline/command.ts"
import { type Ruling, ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import type { Limits, Settings } from "../pipeline/settings.ts"
import { canonicalNames } from "../policy/canonical.ts"
import type { PolicyEngine } from "../policy/policy.ts"
import { archivedRefusal } from "../project/project.ts"
import { RateLimit } from "../rate-limit/rate-limit.ts"
import { lockoutRefusal } from "../restriction/lockout.ts"
import { EndpointRules, IpRules } from "../restriction/restriction.ts"
import { PermissionName } from "../role/role-name.ts"
import { userBehind } from "../usage/holder.ts"
import { Units } from "../usage/usage.ts"
import { type ApiKey, type ApiKeyFact, neededScopes, remove, revoke, rotate, setEnabled, update } from "./api-key.ts"
import { asKnown, changeRefusal, create, type Holding, type KeyPlace, stored } from "./issue.ts"
import {
  inProject,
  type KeyContext,
  keyCommand,
  ownSurrounding,
  PERSONAL_HOLDING,
  surroundingOf,
  surroundingWants,
} from "./key-commands.ts"
import { KeyTag, mintSecret } from "./key-secret.ts"
import { type ApiKeyView, apiKeyView, type ListedKey, type Surrounding } from "./key-view.ts"

const Scopes = z.array(PermissionName).max(200)

/** What both making and changing a key may say. */
const properties = {
  scopes: Scopes.optional(),
  expiresAt: z.date().nullable().optional(),
  ipRules: IpRules.optional(),
  endpointRules: EndpointRules.optional(),
  rateLimit: RateLimit.nullable().optional(),
  monthlyUnits: Units.nullable().optional(),
}

const wished = (limits: Limits, schemas: MetadataSchemas | undefined) => ({
  name: Name,
  environment: KeyTag.default("live"),
  metadata: metadataInput("apiKey", limits, schemas).prefault({}),
  ...properties,
})
type Wished = z.output<z.ZodObject<ReturnType<typeof wished>>>

/** A key with its secret, which is nowhere else and never shown again. */
export type IssuedKey = Readonly<{ apiKey: ApiKeyView; secret: Secret }>

type Issuing = Readonly<{ at: Date; ids: Ids; settings: Settings; policy: PolicyEngine }>

function issued(
  { scopes = ["api.use" as PermissionName], ...wish }: Wished,
  place: Omit<KeyPlace, "id" | "max">,
  by: Holding,
  { member, project }: Pick<ListedKey, "member" | "project">,
  surrounding: Surrounding,
  { at, ids, settings, policy }: Issuing,
): Ruling<IssuedKey> {
  const canonical = canonicalNames(policy, scopes, "scopes")
  if (!canonical.ok) return canonical
  const { prefix } = settings.apiKeys
  const secret = mintSecret(ids.keySecret(), { prefix, environment: wish.environment })
  const where = { ...place, id: ids.id("key", at), max: settings.limits.apiKeys }
  const decision = create({ ...wish, scopes: canonical.facts }, where, secret, by, settings.apis, at)
  return ruling(decision, ([fact]) => {
    if (fact?.after == null) throw new Error("a key that is made has a row")
    return {
      apiKey: apiKeyView({ key: fact.after, lastUsedAt: null, member, project }, surrounding),
      secret: new Secret(secret),
    }
  })
}

/** Who an actor is, as a key says who created it, and the person who is shown its secret. */
const maker = (actor: Actor): Pick<KeyPlace, "createdBy" | "shownTo"> => {
  const person = userBehind(actor)
  const createdBy = { type: actor.type, id: actor.type === "system" ? actor.name : actor.id }
  return { createdBy, shownTo: person === null ? [] : [person] }
}

/** The holder that is asked for; the member who asks is the only member a key can be made for. */
function holderFor(
  kind: "organization" | "member",
  actor: Actor,
  caller: Membership | null,
): Decision<KeyHolder, "forbidden"> {
  if (kind === "organization") return decided({ type: "organization" })
  if (actor.type !== "user" || caller === null) return refused("forbidden", {})
  return decided({ type: "member", userId: caller.userId, membershipId: caller.id })
}

/** Whose a key inside an organization is where nobody says: the first kind that there can be. */
const holderUnlessSaid = ({ apiKeys: { holders } }: Settings): "organization" | "member" =>
  holders.find((kind) => kind !== "person") ?? "organization"

const createHere = command({
  name: "apiKeys.create",
  input: (limits, schemas) =>
    inOrganization({
      ...wished(limits, schemas),
      ...inProject,
      holder: z.enum(["organization", "member"]).optional(),
    }),
  project: ({ input }) => input.projectId,
  actors: ["user", "apiKey", "system"],
  wants: (asked) => ({ apiKeyCount: true, ...surroundingWants(asked) }),
  allow: ({ input, settings }) =>
    (input.holder ?? holderUnlessSaid(settings)) === "member" ? "api.use" : "apiKeys.create",
  neverImpersonated: true,
  facts: ["api_key.created"],
  decide: (context) => {
    const { input, actor, caller, access, project, loaded, settings } = context
    const { organizationId, projectId = null, holder: kind = holderUnlessSaid(settings), ...wish } = input
    if (!settings.apiKeys.holders.includes(kind)) return refused("feature_off", { feature: `${kind}Keys` })
    const holder = holderFor(kind, actor, caller)
    if (!holder.ok) return holder
    const unpaid = subscriptionRefusal(settings.billing, loaded.billed)
    if (unpaid !== null) return { ok: false, refusal: unpaid }
    const [held = { type: "organization" }] = holder.facts
    const closed = project && archivedRefusal(project)
    if (closed !== null) return closed
    const place = { organizationId, projectId, holder: held, ...maker(actor), count: loaded.apiKeyCount }
    const listed = { member: held.type === "member" ? caller : null, project }
    return issued(wish, place, access, listed, surroundingOf(context), context)
  },
})

const createOwn = accountCommand({
  name: "apiKeys.create",
  input: (limits, schemas) => z.strictObject({ ...wished(limits, schemas), holder: z.literal("person").optional() }),
  neverImpersonated: true,
  wants: ({ at }) => ({ apiKeyCount: true, billed: { at } }),
  decide: (context) => {
    const { input, actor, loaded, settings } = context
    if (!settings.apiKeys.holders.includes("person")) return refused("feature_off", { feature: "personKeys" })
    const { holder: _, ...wish } = input
    const place: Omit<KeyPlace, "id" | "max"> = {
      organizationId: null,
      projectId: null,
      holder: { type: "person", userId: actor.id },
      ...maker(actor),
      count: loaded.apiKeyCount,
    }
    return issued(wish, place, PERSONAL_HOLDING, { member: null, project: null }, ownSurrounding(context), context)
  },
})

export const createKey = inEither(createHere, createOwn)

const updated = (limits: Limits, schemas: MetadataSchemas | undefined) => ({
  name: Name.optional(),
  metadata: metadataInput("apiKey", limits, schemas).optional(),
  ...properties,
  allowLockout: z.boolean().optional(),
})

export const updateKey = keyCommand({
  name: "apiKeys.update",
  fields: updated,
  permission: "apiKeys.update",
  facts: ["api_key.updated"],
  decide: ({ input, key, by, actor, policy, settings, at }) => {
    const { name, metadata, expiresAt, ipRules, endpointRules, rateLimit, monthlyUnits, allowLockout = false } = input
    const scopes = input.scopes && canonicalNames(policy, input.scopes, "scopes")
    if (scopes?.ok === false) return { decision: scopes, more: {} }
    const worth = { scopes: scopes?.facts, expiresAt, ipRules, endpointRules, rateLimit, monthlyUnits }
    const changes = { name, metadata, ...worth }
    const decide = (changed: ApiKey): Decision<ApiKeyFact> => {
      const refusal =
        changeRefusal(changed, changes, by, settings.apis, at) ??
        lockoutRefusal(ipRules ?? [], actor, allowLockout, "ipRules")
      return refusal === null ? update(changed, changes) : { ok: false, refusal }
    }
    const isWorthTheSame = neededScopes(key, changes).length === 0
    return { decision: isWorthTheSame ? decide(key) : asKnown(key, policy, decide), more: {} }
  },
})

/** A key works again only for somebody who could have made it. */
function granting(
  { key, by, policy, settings, at }: KeyContext<unknown>,
  decide: (key: ApiKey) => Decision<ApiKeyFact>,
): Decision<ApiKeyFact> {
  return asKnown(key, policy, (known) => {
    const refusal = changeRefusal(known, { scopes: known.scopes }, by, settings.apis, at)
    return refusal === null ? decide(known) : { ok: false, refusal }
  })
}

export const enableKey = keyCommand({
  name: "apiKeys.enable",
  fields: () => ({}),
  permission: "apiKeys.update",
  facts: ["api_key.enabled"],
  decide: (context) => ({ decision: granting(context, (key) => setEnabled(key, true)), more: {} }),
})

export const disableKey = keyCommand({
  name: "apiKeys.disable",
  fields: () => ({}),
  permission: "apiKeys.update",
  ending: true,
  facts: ["api_key.disabled"],
  decide: ({ key }) => ({ decision: setEnabled(key, false), more: {} }),
})

/** Thirty days. */
const MAX_GRACE_SECONDS = 30 * 86_400

export const rotateKey = keyCommand({
  name: "apiKeys.rotate",
  fields: () => ({ graceSeconds: z.int().min(0).max(MAX_GRACE_SECONDS).default(0) }),
  permission: "apiKeys.update",
  facts: ["api_key.rotated"],
  neverImpersonated: true,
  decide: (context) => {
    const { input, key, actor, isOwn, ids, settings, at } = context
    const secret = mintSecret(ids.keySecret(), { prefix: settings.apiKeys.prefix, environment: key.environment })
    const more = { secret: new Secret(secret) }
    // The secret of a member's key is that member: nobody else is given it.
    const isOthers = key.holder.type === "member" && !isOwn && actor.type !== "system"
    if (isOthers) return { decision: refused("forbidden", {}), more }
    return {
      decision: granting(context, (known) => rotate(known, stored(secret), input.graceSeconds, at, userBehind(actor))),
      more,
    }
  },
})

export const deleteKey = keyCommand({
  name: "apiKeys.delete",
  fields: () => ({}),
  permission: "apiKeys.delete",
  ending: true,
  facts: ["api_key.deleted"],
  decide: ({ key, at }) => ({ decision: remove(key, at), more: {} }),
})

/** What a report of a leaked secret ends; no part of the facade. */
export const revokeKeyHere = command({
  name: "apiKeys.revoke",
  input: () => inOrganization({ apiKeyId: idSchema("key") }),
  actors: ["system"],
  allow: "inside",
  whateverStatus: true,
  facts: ["api_key.revoked"],
  wants: ({ input }) => ({ apiKey: input.apiKeyId }),
  decide: ({ loaded, at }) =>
    loaded.apiKey === null ? refused("not_found", {}) : ruling(revoke(loaded.apiKey.key, at), () => null),
})
