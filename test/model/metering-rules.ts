/**
 * Counting a use, by the model: what it is taken from, whom it counts for, and telling how far a quota is used.
 *
 * @module
 */
import { monthIn } from "./billing-rules.ts"
import { API, type Core, crossed } from "./core.ts"
import type { Consumption, Hold, Standing } from "./ledger.ts"
import type { Account, ApiKey, Organization } from "./rows.ts"

/** Who uses, and who pays. */
export type Use = Readonly<{ payer: Account; org: Organization | null; key: ApiKey | null; holder: string | null }>
/** What is asked to be counted. */
export type Asked = Readonly<{ units: number; api?: string; requestId?: string }>
type Limit = Readonly<{ of: "account" | "key"; name: string; period: string; cap: number | null; end: number }>

export type Metering = ReturnType<typeof meteringIn>

export function meteringIn({ terms, now, organizations, billing, ledger, record }: Core) {
  const zoneOf = (org: Organization | null): string => org?.timezone ?? "UTC"

  function limitsOf({ payer, org, key }: Pick<Use, "payer" | "org" | "key">): Limit[] {
    const quota: Limit = { of: "account", ...billing.quotaOf(payer, API) }
    const limits = terms.billing.account === "none" ? [] : [quota]
    if (key === null || key.monthlyUnits === null) return limits
    const { name, end } = monthIn(zoneOf(org), now())
    return [...limits, { of: "key", name: `key ${key.id}`, period: name, cap: key.monthlyUnits, end }]
  }
  const view = ({ of, cap, end }: Limit, { used, held }: Standing) => ({
    ...{ of, limit: cap, used, held },
    remaining: cap === null ? null : Math.max(0, cap - used - held),
    resetAt: new Date(end),
  })
  const viewAll = (limits: readonly Limit[], standings: readonly Standing[]) =>
    limits.map((limit, at) => view(limit, standings[at] ?? { used: 0, held: 0 }))

  /** A request is the same only for the same caller, units and API; holds are known apart from what is counted. */
  function consumptionOf(use: Use, { units, api, requestId }: Asked, kind: "use" | "hold"): Consumption {
    const { payer, org, key, holder } = use
    const plan = payer.subscriptions.get(API)?.plan ?? billing.currentPlan(payer, API)?.id ?? null
    const month = monthIn(zoneOf(org), now()).name
    const counter = { organizationId: org?.id ?? null, keyId: key?.id ?? null, holder, api: api ?? null, plan, month }
    const asked = [kind, requestId, units, counter.api, counter.organizationId, counter.keyId, holder]
    const request = requestId === undefined ? null : JSON.stringify(asked)
    return { account: payer.id, units, takes: limitsOf(use), counter, request }
  }
  const useUp = (key: ApiKey | null): void => {
    if (key !== null) key.lastUsed = Math.floor(now() / 60_000) * 60_000
  }
  /** Records in the organization whose use it was what share of the quota it reached. */
  function tell(org: Organization | null, limits: readonly Limit[], account: string, units: number): void {
    for (const limit of limits) {
      const { used } = ledger.standing(account, limit)
      const shares = limit.of === "account" ? crossed(limit.cap, used - units, used) : []
      const actions = shares.map(() => "quota.threshold_reached")
      if (org !== null && actions.length > 0) record(org, { type: "system", name: "usage" }, actions)
    }
  }

  /** Counts, or keeps aside as a hold that expires then; every quota as it then stands, or the one without room. */
  function meter(use: Use, asked: Asked, holdUntil: number | null = null) {
    const limits = limitsOf(use)
    const consumption = consumptionOf(use, asked, holdUntil === null ? "use" : "hold")
    const { units, account, counter } = consumption
    const hold: Hold | null =
      holdUntil === null
        ? null
        : { id: "", account, units, meters: limits, counter, expiresAt: holdUntil, settled: null, settledAt: 0 }
    const { short, isReplayed, standings } = ledger.take(consumption, hold)
    const quotas = viewAll(limits, standings)
    const quota = quotas[short]
    if (quota === undefined && !isReplayed && hold === null) {
      useUp(use.key)
      tell(use.org, limits, account, units)
    }
    return { quota, quotas, isReplayed, hold: isReplayed || quota !== undefined ? null : hold }
  }
  /** Whether there is room, as reads tell; counts nothing. */
  function weigh(use: Use, { units }: Asked) {
    const limits = limitsOf(use)
    const standings = limits.map((limit) => ledger.shown(use.payer.id, limit))
    const quotas = viewAll(limits, standings)
    return { quota: quotas[ledger.shortOf(limits, standings, units)], quotas, isReplayed: false }
  }
  /** Ends a hold; whoever pays now is told of the quota, where the same period goes on. */
  function settle(use: Use, hold: Hold, units: number): number | null {
    const settled = ledger.settle(hold, units)
    if (settled === null) return null
    const { keyId, organizationId } = hold.counter
    if (settled.isReplayed || units === 0) return settled.units
    const org = organizations.get(organizationId ?? "") ?? null
    const keys = org?.keys ?? use.payer.keys
    useUp(keys.find(({ id }) => id === keyId) ?? null)
    const isHeld = (limit: Limit) =>
      hold.meters.some(({ name, period }) => name === limit.name && period === limit.period)
    if (use.payer.id === hold.account) tell(org, limitsOf(use).filter(isHeld), hold.account, units)
    return settled.units
  }

  /** An account's quota as reads show it. */
  function quotaOf(account: Account) {
    const limit: Limit = { of: "account", ...billing.quotaOf(account, API) }
    return view(limit, ledger.shown(account.id, limit))
  }
  return { meter, weigh, settle, quotaOf }
}
