/**
 * From a use to what is counted: the meters it is taken from, their caps, and whom it counts for. And back: how a quota
 * stands for the reader of a verdict.
 *
 * @module
 */
import type { ApiKey } from "../api-key/api-key.ts"
import type { Billed } from "../billing/billed.ts"
import type { Plans } from "../billing/plan.ts"
import { API, currentPlan, quotaOf, quotaPeriod, type Subscription, subscriptionTo } from "../billing/subscription.ts"
import type { Billing } from "../billing/terms.ts"
import type { UserId } from "../kernel/actor.ts"
import type { Organization } from "../organization/organization.ts"
import { keyMeter, quotaMeter } from "./meter.ts"
import { monthBounds, monthOf } from "./month.ts"
import type { Consumption, MeterStanding, Take } from "./usage.ts"

/** Who uses: a key, or a person without one. */
export type Use = Readonly<{
  billing: Billing
  billed: Billed
  /** Null outside any organization. */
  organization: Pick<Organization, "id" | "timezone"> | null
  key: Pick<ApiKey, "id" | "monthlyUnits"> | null
  /** Whom it counts for; null for an organization's key. */
  holder: UserId | null
}>

/** What is asked to be counted. */
export type Asked = Readonly<{
  units: number
  api?: string | null | undefined
  requestId?: string | null | undefined
}>

/** A meter to take from, and when its period ends: a date that others share. */
export type Limit = Take & Readonly<{ of: "account" | "key"; resetAt: Date }>

/** The limits of a use: the account's quota where somebody pays, then the key's own month. */
export function limitsOf(use: Use, at: Date): readonly Limit[] {
  const { billing, billed } = use
  const paid = billing.account !== "none"
  const quota = paid ? quotaLimit(subscriptionTo(billed.subscriptions, API), API, billing.plans, at) : null
  const allowance = allowanceLimit(use, at)
  if (allowance === null) return quota === null ? [] : [quota]
  return quota === null ? [allowance] : [quota, allowance]
}

/** An account's quota of a product, in the period that an instant belongs to. */
export function quotaLimit(subscription: Subscription | null, product: string, plans: Plans, at: Date): Limit {
  const { key, end } = quotaPeriod(subscription, at)
  const cap = quotaOf(subscription, product, plans)
  return { name: quotaMeter(product), period: key, cap, of: "account", resetAt: end }
}

function allowanceLimit({ organization, key }: Use, at: Date): Limit | null {
  if (key === null || key.monthlyUnits === null) return null
  const zone = organization?.timezone ?? "UTC"
  const { end } = monthBounds(at, zone)
  return { name: keyMeter(key.id), period: monthOf(at, zone), cap: key.monthlyUnits, of: "key", resetAt: end }
}

/** What a store is to count. A request is told apart by key, person and organization, and by what it costs: the same id for more units is a new use. */
export function consumptionOf(use: Use, takes: readonly Take[], asked: Asked, at: Date): Consumption {
  const { billing, billed, organization, key, holder } = use
  const subscription = subscriptionTo(billed.subscriptions, API)
  return {
    account: billed.account,
    units: asked.units,
    takes,
    counter: {
      organizationId: organization?.id ?? null,
      keyId: key?.id ?? null,
      holder,
      api: asked.api ?? null,
      plan: subscription?.plan ?? currentPlan(null, API, billing.plans)?.id ?? null,
      month: monthOf(at, organization?.timezone ?? "UTC"),
    },
    request:
      asked.requestId == null
        ? null
        : JSON.stringify([asked.requestId, asked.units, asked.api, organization?.id, key?.id ?? null, holder]),
    at,
  }
}

/** How a quota stands: null for `limit` and `remaining` is no limit. */
export type QuotaView = Readonly<{
  of: "account" | "key"
  limit: number | null
  used: number
  /** Kept aside by holds, and as little free as what is used. */
  held: number
  remaining: number | null
  resetAt: Date
}>

/** A limit as people read it. */
export const quotaView = ({ of, cap, resetAt }: Limit, { used, held }: MeterStanding): QuotaView => ({
  of,
  limit: cap,
  used,
  held,
  remaining: cap === null ? null : Math.max(0, cap - used - held),
  resetAt: new Date(resetAt),
})

/** The first limit that has no room for the units as its meter stands, or -1. */
export const shortOf = (limits: readonly Limit[], standings: readonly MeterStanding[], units: number): number =>
  limits.findIndex(({ cap }, index) => {
    const { used, held } = standings[index] ?? { used: 0, held: 0 }
    return cap !== null && used + held + units > cap
  })
