/**
 * The payment provider, as a port.
 *
 * @module
 */
import type { AccountId } from "./account.ts"
import type { SubscriptionTerms } from "./source.ts"
import type { Subscription } from "./subscription.ts"

/**
 * A change that somebody asked for. `key` is the same when the same change is asked again: the provider's idempotency key.
 * It is another once a change came to hold here: by the provider's answer, or by `subscriptions.put`. Where a host's own
 * source is read and the provider answers null, tell `subscriptions.put` too, so that an equal change later is told apart.
 */
export type PlanChange = Readonly<{
  account: AccountId
  product: string
  /** What holds until then; null without a subscription. */
  current: Subscription | null
  key: string
}>

/**
 * Asks the provider. The answer is what holds from now on, or null when the provider's webhook will say. Rejecting
 * answers `unavailable` and changes nothing.
 */
export interface Payments {
  /** Must move the account to that plan. */
  changePlan(change: PlanChange & Readonly<{ plan: string }>): Promise<SubscriptionTerms | null>
  /** Must end the subscription. */
  cancel(change: PlanChange): Promise<SubscriptionTerms | null>
}

/** What only a payment heals: no change of plan makes it active. */
const OWING: ReadonlySet<string> = new Set(["past_due", "paused", "incomplete"])

/**
 * Without a provider every change holds at once, and costs nobody anything: give the port where plans cost money. What
 * is owed stays owed.
 */
export const immediatePayments: Payments = {
  changePlan: async ({ product, plan, current }) => ({
    product,
    plan,
    status: current !== null && OWING.has(current.status) ? current.status : "active",
    periodStart: current?.periodStart ?? null,
    periodEnd: current?.periodEnd ?? null,
  }),
  cancel: async ({ product, current }) => ({
    product,
    plan: current?.plan ?? "none",
    status: "cancelled",
    quota: current?.quota ?? null,
    periodStart: current?.periodStart ?? null,
    periodEnd: current?.periodEnd ?? null,
  }),
}
