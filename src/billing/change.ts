/**
 * How an account stands with one product, and what may be changed of it.
 *
 * @module
 */
import { type Refusal, refused } from "../kernel/decision.ts"
import { inputIssue } from "../kernel/input.ts"
import { hashSecret } from "../kernel/secret.ts"
import type { Seats } from "../membership/membership.ts"
import { type QuotaView, quotaLimit, quotaView } from "../usage/consumption.ts"
import type { AccountId } from "./account.ts"
import type { Billed } from "./billed.ts"
import { hasPlans, isPlan, type Plans, planOf } from "./plan.ts"
import {
  API,
  currentPlan,
  isActive,
  type Subscription,
  type SubscriptionStatus,
  subscriptionTo,
} from "./subscription.ts"
import { standingOf } from "./terms.ts"

/** What is looked at. */
export type Position = Readonly<{
  billed: Billed
  product: string
  plans: Plans
  /** Of the organization; null on a person's own account. */
  seats: Seats | null
  at: Date
}>

/** A subscription as people read it, or what holds without one. */
export type SubscriptionView = Readonly<{
  account: AccountId
  product: string
  /** Without a subscription the product's default plan, or null. */
  plan: string | null
  status: SubscriptionStatus | "none"
  /** Whether keys work, and whether people can come in. */
  isActive: boolean
  /** Null for a product from which no units are taken. */
  quota: QuotaView | null
  /** Members and live invitations, of at most so many; null on a person's own account. */
  seats: Seats | null
  features: readonly string[]
  periodStart: Date | null
  periodEnd: Date | null
}>

export function subscriptionView({ billed, product, plans, seats, at }: Position): SubscriptionView {
  const subscription = subscriptionTo(billed.subscriptions, product)
  const plan = currentPlan(subscription, product, plans)
  const limit = quotaLimit(subscription, product, plans, at)
  return {
    account: billed.account,
    product,
    plan: subscription?.plan ?? plan?.id ?? null,
    status: subscription?.status ?? "none",
    isActive: isActive(subscription, product, plans),
    quota: product === API ? quotaView(limit, standingOf(limit, billed.meters)) : null,
    seats,
    features: plan?.features ?? [],
    periodStart: subscription?.periodStart ?? null,
    periodEnd: subscription?.periodEnd ?? null,
  }
}

/** Why a product has no such plan, or null. */
export const planRefusal = (plans: Plans, product: string, plan: string): Refusal<"invalid_input"> | null =>
  isPlan(plans, product, plan)
    ? null
    : refused("invalid_input", inputIssue(["plan"], `not among the plans of \`${product}\``)).refusal

/** Whether that plan holds already; null asks whether nothing does, so that there is nothing to cancel. */
export function holds({ billed, product, plans }: Omit<Position, "seats" | "at">, plan: string | null): boolean {
  const subscription = subscriptionTo(billed.subscriptions, product)
  if (plan === null) return subscription === null || subscription.status === "cancelled"
  return subscription?.plan === plan && isActive(subscription, product, plans)
}

/** Why the account cannot have that plan now, or null: everybody who is in, or invited, needs a seat in it. */
export function changeRefusal(
  { billed, product, plans, seats }: Position,
  plan: string,
): Refusal<"invalid_input" | "seat_limit_reached"> | null {
  if (holds({ billed, product, plans }, plan)) return null
  const cap = planOf(plans, product, plan)?.seats ?? null
  const isShort = seats !== null && cap !== null && seats.taken > cap
  if (!hasPlans(plans, product)) return refused("invalid_input", inputIssue(["product"], "has no plans")).refusal
  return planRefusal(plans, product, plan) ?? (isShort ? refused("seat_limit_reached", { seats: cap }).refusal : null)
}

/** What an organization's seats are paid with ends when nobody but the owner is left. */
export const closingRefusal = (memberCount: number): Refusal<"organization_not_empty"> | null =>
  memberCount > 1 ? refused("organization_not_empty", { members: memberCount - 1 }).refusal : null

/** The same for the same change of the same terms, so that the provider can tell a retry; `plan` is null to cancel. */
export function changeKey(account: AccountId, product: string, plan: string | null, current: Subscription | null) {
  const { plan: from = "", status = "", revision = 0 } = current ?? {}
  return hashSecret(JSON.stringify([account, product, plan, from, status, revision]))
}
