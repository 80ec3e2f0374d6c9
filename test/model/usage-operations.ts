/**
 * `verify`, and usage by hand, by the model.
 *
 * @module
 */
import { expect } from "vitest"
import type { Actor } from "../../src/index.ts"
import { API, type By, type Check, type Core } from "./core.ts"
import { admits, allows, type KeyRules, type Request } from "./key-rules.ts"
import type { Hold } from "./ledger.ts"
import type { Metering, Use } from "./metering-rules.ts"
import { type ApiKey, type Member, refuse } from "./rows.ts"
import { personBehind } from "./standing.ts"

type Located = Readonly<{ organizationId?: string }>
type Counting = Located & Readonly<{ units?: number; api?: string; requestId?: string; expiresInSeconds?: number }>
type Month = Readonly<{ month?: string }>
type UsageRow = Readonly<{ keyId: string | null; holder: string | null; organizationId: string | null; units: number }>

/** A verdict as far as the model tells it. */
type Verdict = Readonly<Record<string, unknown>> & Readonly<{ ok: boolean }>

const sum = (rows: readonly UsageRow[]): number => rows.reduce((total, { units }) => total + units, 0)
/** Units by that field of a counter. */
function by(rows: readonly UsageRow[], field: keyof UsageRow): ReadonlyMap<unknown, number> {
  const sums = new Map<unknown, number>()
  for (const row of rows) sums.set(row[field], (sums.get(row[field]) ?? 0) + row.units)
  return sums
}

export function usageOperations(core: Core, rules: KeyRules, { meter, weigh, settle, quotaOf }: Metering) {
  const { terms, now, standing, billing, ledger, known, enter, mustBeActive, mustBeAllowed, isUsable } = core
  const { law } = terms
  const { stateOf, secretIn, allKeys, payerOf, roleBehind } = rules

  /** Whether every level of rules that binds the key allows the request. */
  function refusedBy(key: ApiKey, request: Request): string | null {
    const { organization: org, holder } = key
    const everyones = org?.rules.get(org.id)
    const members = holder.type === "member" ? org?.rules.get(holder.membershipId) : undefined
    if (![key, everyones].every((level) => admits(level?.ipRules ?? [], request.ip))) return "ip_not_allowed"
    const isOwners = org !== null && roleBehind(org, key) === law.owner
    const levels = [key, members, isOwners ? undefined : everyones]
    return levels.every((level) => allows(level?.endpointRules ?? [], request)) ? null : "endpoint_not_allowed"
  }
  function isHeld({ organization, scopes, ...key }: ApiKey, { permission = "api.use", projectId }: Request): boolean {
    const name = law.aliases.get(permission) ?? permission
    if (organization === null) return name === "api.use" && scopes.includes(name)
    const { project } = key
    const isElsewhere = project !== null && projectId !== undefined && projectId !== project.id
    return (
      !isElsewhere && standing.worth(organization, { ...key, organization, scopes }, project ?? undefined).has(name)
    )
  }
  function verify(text: string, request: Request): Verdict {
    const no = (code: string, keyId: string | null, more: object = {}) => ({ ok: false, code, keyId, ...more })
    if (!text.startsWith("tk_")) return no("malformed", null)
    const key = allKeys().find((one) => secretIn(one, text) !== null)
    if (key === undefined) return no("not_found", null)
    const { permission = "api.use", units = 1, meter: isMetered = true } = request
    const code = stateOf(key) ?? refusedBy(key, request) ?? (isHeld(key, request) ? null : "permission_denied")
    if (code !== null) return no(code, key.id, code === "permission_denied" ? { permission } : {})
    const holder = key.holder.type === "organization" ? null : key.holder.userId
    const use: Use = { payer: payerOf(key), org: key.organization, key, holder }
    const secret = secretIn(key, text)
    const counted = isMetered ? meter(use, { ...request, units }) : weigh(use, { units })
    if (counted.quota !== undefined) return no("quota_exceeded", key.id, { quota: counted.quota })
    const { id, name, scopes } = key
    const organizationId = key.organization?.id ?? null
    const actor = {
      type: "apiKey",
      id,
      organizationId,
      projectId: key.project?.id ?? null,
      holder: key.holder,
      ip: request.ip ?? null,
    }
    const verified = { id, name, organizationId, holder: key.holder, scopes, createdBy: key.createdBy }
    const { quotas, isReplayed: replayed } = counted
    return { ok: true, key: verified, actor, secret, quotas, replayed, rateLimit: null }
  }

  /** Whose use it is; of one's own account without an organization. */
  function useOf(by: By, { organizationId }: Located, permission: string | null): Use & Readonly<{ actor: Actor }> {
    if (organizationId !== undefined) {
      const { actor, org, key } = enter(by, { organizationId }, permission)
      return { actor, payer: billing.payerOf(org), org, key, holder: personBehind(actor) }
    }
    const actor = known(by, "user", "apiKey")
    if (actor.type === "apiKey" && actor.holder.type !== "person") refuse("forbidden")
    const holder = personBehind(actor) ?? refuse("forbidden")
    const payer = billing.accountOf(`user:${holder}`)
    if (actor.type !== "apiKey") return { actor, payer, org: null, key: null, holder }
    const key = payer.keys.find(({ id }) => id === actor.id)
    if (key === undefined || !isUsable(key)) return refuse("unauthenticated")
    if (permission !== null && !key.scopes.includes(permission)) refuse("forbidden")
    return { actor, payer, org: null, key, holder }
  }
  function counting(by: By, input: Counting, holdUntil: number | null) {
    const use = useOf(by, input, "api.use")
    if (use.org !== null) mustBeActive(use.org)
    const isPaid = terms.billing.account === "none" || billing.isActive(use.payer, API)
    if (!isPaid) refuse("subscription_required")
    const counted = meter(use, { ...input, units: input.units ?? 1 }, holdUntil)
    return counted.quota === undefined ? counted : refuse("quota_exceeded")
  }
  function holdOf(by: By, input: Located & { holdId: string }): Readonly<{ use: Use; hold: Hold }> {
    const use = useOf(by, input, null)
    if (use.org !== null) mustBeActive(use.org)
    const hold = ledger.holds.find(({ id }) => id === input.holdId) ?? refuse("not_found")
    const { organizationId, keyId, holder } = hold.counter
    const { type, id = "" } = use.actor as { type: string; id?: string }
    const isMaker = type === "apiKey" ? keyId === id : keyId === null && holder === use.holder
    if (organizationId !== (use.org?.id ?? null) || !(type === "system" || isMaker)) refuse("not_found")
    return { use, hold }
  }
  function settling(use: Use, hold: Hold, units: number): Check {
    if (units > hold.units) refuse("invalid_input")
    const came = settle(use, hold, units) ?? refuse("not_found")
    if ((came === 0) !== (units === 0)) refuse("conflict")
    return (answer) => expect(answer).toEqual({ units: came })
  }
  const inMonth =
    (month: string | undefined) =>
    (row: { month: string }): boolean =>
      (month ?? row.month) === row.month
  /** Looks at a report of those counters, by each of those fields. */
  const reporting =
    (
      rows: readonly UsageRow[],
      ...fields: readonly (readonly [name: string, field: keyof UsageRow, as?: string])[]
    ): Check =>
    (answer) => {
      const report = answer as Record<string, readonly Record<string, unknown>[]> & { total: number }
      expect(report.total).toBe(sum(rows))
      for (const [name, field, as = field] of fields) {
        expect(new Map(report[name]?.map((line) => [line[as], line["units"]]))).toEqual(by(rows, field))
      }
    }

  return {
    /** What the verdict is to be. */
    "apiKeys.verify": verify,
    "usage.record"(by: By, input: Counting): Check {
      const { quotas, isReplayed } = counting(by, input, null)
      return (answer) => expect(answer).toEqual({ quotas, replayed: isReplayed })
    },
    "usage.reserve"(by: By, input: Counting): Check {
      const until = now() + (input.expiresInSeconds ?? 600) * 1000
      const { quotas, isReplayed, hold } = counting(by, input, until)
      return (answer) => {
        const { holdId, expiresAt, ...rest } = answer as { holdId: string | null; expiresAt: Date | null }
        expect([rest, expiresAt]).toEqual([{ quotas, replayed: isReplayed }, hold && new Date(until)])
        expect(holdId === null).toBe(hold === null)
        if (hold !== null) hold.id = holdId ?? ""
      }
    },
    "usage.commit"(by: By, input: Located & { holdId: string; units?: number }): Check {
      const { use, hold } = holdOf(by, input)
      return settling(use, hold, input.units ?? hold.units)
    },
    "usage.release"(by: By, input: Located & { holdId: string }): Check {
      const { use, hold } = holdOf(by, input)
      return settling(use, hold, 0)
    },
    "usage.ofKey"(by: By, input: Located & Month & { apiKeyId: string }): Check {
      const { apiKeyId } = input
      if (input.organizationId === undefined && by?.type === "apiKey" && by.holder.type === "person") {
        if (by.id !== apiKeyId) refuse("forbidden")
      }
      const { actor, org, payer, holder } = useOf(by, input, null)
      const key = (org ?? payer).keys.find(({ id, isDeleted }) => id === apiKeyId && !isDeleted)
      const rows = ledger.rows((row) => row.keyId === apiKeyId && row.organizationId === (org?.id ?? null))
      const isHolders = (): boolean => {
        if (key !== undefined) return key.holder.type !== "organization" && key.holder.userId === holder
        return rows.length > 0 && rows.every((row) => row.holder === holder)
      }
      const isOwn = actor.type === "apiKey" ? actor.id === apiKeyId : holder !== null && isHolders()
      if (org !== null && !isOwn) mustBeAllowed(org, actor, "usage.read")
      const own = org === null ? rows.filter(({ account }) => account === payer.id) : rows
      if (key === undefined && own.length === 0) refuse("not_found")
      return (answer) => {
        const { lifetime, months } = answer as { lifetime: number; months: readonly { units: number }[] }
        const shown = months.reduce((total, { units }) => total + units, 0)
        expect([lifetime, shown]).toEqual([sum(own), sum(own.filter(inMonth(input.month)))])
      }
    },
    "usage.ofMember"(by: By, input: { organizationId: string; membershipId?: string } & Month): Check {
      const { actor, org } = enter(by, input, null)
      const { membershipId } = input
      const member: Member | undefined = [...org.members.values()].find(({ id }) => id === membershipId)
      const self = personBehind(actor)
      const isSelf = membershipId === undefined || (member !== undefined && member.userId === self)
      if (!isSelf || actor.type !== "user") mustBeAllowed(org, actor, "usage.read")
      const whose =
        membershipId === undefined ? (self ?? refuse("invalid_input")) : (member ?? refuse("not_found")).userId
      const isIn = inMonth(input.month)
      const rows = ledger.rows((row) => row.organizationId === org.id && row.holder === whose && isIn(row))
      return reporting(rows, ["byKey", "keyId"])
    },
    "usage.ofOrganization"(by: By, input: { organizationId: string } & Month): Check {
      const { org } = enter(by, input, "usage.read")
      const isIn = inMonth(input.month)
      const rows = ledger.rows((row) => row.organizationId === org.id && isIn(row))
      return reporting(rows, ["byMember", "holder", "userId"], ["byKey", "keyId"])
    },
    "usage.ofAccount"(by: By, input: Month): Check {
      const account = billing.accountOf(`user:${personBehind(known(by, "user"))}`)
      const isIn = inMonth(input.month)
      const rows = ledger.rows((row) => row.account === account.id && isIn(row))
      const quota = terms.billing.account === "none" ? null : quotaOf(account)
      return (answer) => {
        expect(answer).toMatchObject({ quota })
        reporting(rows, ["byOrganization", "organizationId"], ["byMember", "holder", "userId"])(answer)
      }
    },
  }
}
