/**
 * A subscription: status, plan and period of an account for one product, as the payment provider last told.
 *
 * @module
 */

import { type Decision, decided, type Fact } from "../kernel/decision.ts"
import type { SubscriptionId } from "../kernel/id.ts"
import type { JsonObject } from "../kernel/json.ts"
import { monthBounds } from "../usage/month.ts"
import type { AccountId } from "./account.ts"
import { defaultPlan, hasPlans, type Plan, type Plans, planOf } from "./plan.ts"

export const SUBSCRIPTION_STATUSES = ["trialing", "active", "past_due", "paused", "cancelled", "incomplete"] as const
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number]

export type Subscription = Readonly<{
  id: SubscriptionId
  account: AccountId
  product: string
  plan: string
  status: SubscriptionStatus
  /** Units a period in place of the plan's; null leaves the plan's. */
  quota: number | null
  periodStart: Date | null
  periodEnd: Date | null
  /** When the provider says that this became so: the newest wins, whenever it arrives. */
  occurredAt: Date
  revision: number
}>

export type SubscriptionFact = Fact<"subscription.changed" | "subscription.cancelled", Subscription>

/** The product that keys look at, and the one that seats belong to. */
export const API = "api"
export const SEATS = "organization"

/** The subscription to that product among an account's, or null. */
export function subscriptionTo(subscriptions: readonly Subscription[], product: string): Subscription | null {
  for (const subscription of subscriptions) if (subscription.product === product) return subscription
  return null
}

const ACTIVE: ReadonlySet<SubscriptionStatus> = new Set(["trialing", "active", "past_due"])

/** Whether keys work: a trial and a late payment count. Without any subscription the product's default plan decides. */
export function isActive(subscription: Subscription | null, product: string, plans: Plans): boolean {
  return subscription === null ? defaultPlan(plans, product) !== null : ACTIVE.has(subscription.status)
}

/**
 * Takes what the provider says. What is older than what is known changes nothing, nor does the same again: webhooks come
 * repeated and out of order. Of two from one instant the later delivery holds. The same terms told anew are a change:
 * from then on, what was said in between is old.
 */
export function receive(known: Subscription | null, told: Subscription): Decision<SubscriptionFact, never> {
  if (known !== null && (told.occurredAt < known.occurredAt || same(known, told))) return decided()
  const after = { ...told, id: known?.id ?? told.id, revision: known?.revision ?? 0 }
  const ended = told.status === "cancelled" && known?.status !== "cancelled"
  return decided({ action: ended ? "subscription.cancelled" : "subscription.changed", before: known, after })
}

const same = (a: Subscription, b: Subscription): boolean =>
  a.occurredAt.getTime() === b.occurredAt.getTime() &&
  a.plan === b.plan &&
  a.status === b.status &&
  a.quota === b.quota &&
  a.periodStart?.getTime() === b.periodStart?.getTime() &&
  a.periodEnd?.getTime() === b.periodEnd?.getTime()

/** The plan that holds: the subscription's, or the product's default without one; null where the plan is unknown. */
export const currentPlan = (subscription: Subscription | null, product: string, plans: Plans): Plan | null =>
  subscription === null ? defaultPlan(plans, product) : planOf(plans, product, subscription.plan)

/**
 * Units a period; null is no limit. A plan that is not among those of its product grants nothing, unless the
 * subscription has a quota of its own; a product without any plans has no limits.
 */
export function quotaOf(subscription: Subscription | null, product: string, plans: Plans): number | null {
  if (subscription !== null && subscription.quota !== null) return subscription.quota
  const plan = currentPlan(subscription, product, plans)
  if (plan !== null) return plan.quota
  return hasPlans(plans, product) ? 0 : null
}

/** A quota's period: what is spent is counted under `key`. Its dates are shared with others. */
export type QuotaPeriod = Readonly<{ key: string; start: Date; end: Date }>

/**
 * The period an instant's units are taken from: the subscription's own, also past its end until the provider tells the
 * next, so that a late webhook refills nothing; else the UTC month.
 */
export function quotaPeriod(subscription: Subscription | null, at: Date): QuotaPeriod {
  const { periodStart: start, periodEnd: end } = subscription ?? { periodStart: null, periodEnd: null }
  return start === null || end === null ? monthBounds(at, "UTC") : { key: textOf(start), start, end }
}

/** Periods begin at few instants, each asked for by many requests; to write one takes as long as to hash a secret. */
const KEPT = 10_000
const texts = new Map<number, string>()

function textOf(at: Date): string {
  const kept = texts.get(at.getTime())
  if (kept !== undefined) return kept
  const text = at.toISOString()
  if (texts.size >= KEPT) texts.clear()
  texts.set(at.getTime(), text)
  return text
}

/** What activity records of a subscription. */
export const subscriptionFields = (subscription: Subscription) =>
  ({
    product: subscription.product,
    plan: subscription.plan,
    status: subscription.status,
    quota: subscription.quota,
    periodStart: subscription.periodStart?.toISOString() ?? null,
    periodEnd: subscription.periodEnd?.toISOString() ?? null,
  }) satisfies JsonObject
