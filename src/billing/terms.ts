/**
 * What a configuration makes of an account's subscriptions: who pays, what must be active, how many seats there are.
 *
 * @module
 */
import { type Refusal, refused } from "../kernel/decision.ts"
import type { RoleName } from "../role/role-name.ts"
import type { Meter, MeterStanding } from "../usage/usage.ts"
import type { Billed, Payer } from "./billed.ts"
import { hasPlans, type Plans } from "./plan.ts"
import { API, currentPlan, isActive, SEATS, subscriptionTo } from "./subscription.ts"

/** Whose account pays, and by which plans. */
export type Billing = Readonly<{ account: "none" | "owner" | "organization"; plans: Plans }>

/** Who pays for an organization. Where nobody does, usage is still counted for the organization's own account. */
export const payerOf = ({ account }: Billing, ownerRole: string): Payer =>
  account === "owner" ? { owner: ownerRole as RoleName } : "organization"

/** Whether organizations have a subscription for their seats. */
export const hasSeatPlans = ({ account, plans }: Billing): boolean =>
  account === "organization" && hasPlans(plans, SEATS)

/** Why nobody new gets in: where an organization has a subscription for its seats, that one must be active. */
export function subscriptionRefusal(
  billing: Billing,
  billed: Billed | undefined,
): Refusal<"subscription_required"> | null {
  const { plans } = billing
  if (billed === undefined || !hasSeatPlans(billing)) return null
  if (isActive(subscriptionTo(billed.subscriptions, SEATS), SEATS, plans)) return null
  return refused("subscription_required", { product: SEATS }).refusal
}

/** Whether seats can run out: by the configuration's cap, or by a plan's. */
export const hasSeatCap = ({ account, plans }: Billing, configured: number | null): boolean =>
  configured !== null || (account !== "none" && [...plans.values()].some(({ seats }) => seats !== null))

/** The tightest cap on seats: the configuration's, or that of a plan the account has; null is none. */
export function seatCap({ account, plans }: Billing, configured: number | null, billed: Billed): number | null {
  const planned = account === "none" ? [] : [API, SEATS].map((product) => seatsIn(plans, product, billed))
  const caps = [configured, ...planned].filter((cap) => cap !== null)
  return caps.length === 0 ? null : Math.min(...caps)
}

const seatsIn = (plans: Plans, product: string, { subscriptions }: Billed): number | null =>
  currentPlan(subscriptionTo(subscriptions, product), product, plans)?.seats ?? null

/** How that meter stands among an account's newest: untouched, where another period is the newest. */
export function standingOf({ name, period }: Meter, meters: readonly MeterStanding[]): MeterStanding {
  const found = meters.find((meter) => meter.name === name && meter.period === period)
  return found ?? { name, period, used: 0, held: 0 }
}
