/**
 * Reads of what an account has and what it pays.
 *
 * @module
 */
import * as z from "zod"
import { TenantryError } from "../kernel/error.ts"
import { accountQuery, inEither } from "../pipeline/account.ts"
import type { Context } from "../pipeline/operation.ts"
import { query } from "../pipeline/query.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { seatsOf } from "../pipeline/seats.ts"
import type { Settings } from "../pipeline/settings.ts"
import type { Billed } from "./billed.ts"
import { type Position, type SubscriptionView, subscriptionView } from "./change.ts"
import { offeredPlan, PlanName } from "./plan.ts"
import { type Quote, quote } from "./seats.ts"
import { API, currentPlan, SEATS, subscriptionTo } from "./subscription.ts"

const notBillable = () => new TenantryError("not_billable", {})

/** The organization's own account, where it has one, and who takes its seats. */
export const positionWants = ({ settings, at }: Readonly<{ settings: Settings; at: Date }>) => ({
  memberCount: true as const,
  pendingCount: at,
  billed: settings.billing.account === "organization" ? ({ payer: "organization", at } as const) : undefined,
})

type Inside = Context<unknown, ReturnType<typeof positionWants>>

/** How the organization stands with that product, or `not_billable` where it does not pay for itself. */
export function positionIn({ loaded, settings, at }: Inside, product: string): Position {
  if (loaded.billed === undefined) throw notBillable()
  const { plans } = settings.billing
  return { billed: loaded.billed, product, plans, seats: seatsOf(settings, loaded), at }
}

type Own = Readonly<{ loaded: Readonly<{ billed: Billed }>; settings: Settings; at: Date }>

/** How a person's own account stands with that product, or `not_billable` where nobody pays. */
export function ownPosition({ loaded, settings, at }: Own, product: string): Position {
  if (settings.billing.account === "none") throw notBillable()
  return { billed: loaded.billed, product, plans: settings.billing.plans, seats: null, at }
}

/** Which product, and whatever else. */
export const ofProduct = { product: PlanName.default(API) }

export const quoteBilling = query({
  name: "billing.quote",
  input: () => inOrganization({}),
  actors: ["user", "system", "apiKey"],
  allow: "billing.read",
  wants: positionWants,
  answer: (context): Quote & Readonly<{ plan: string }> => {
    const { billed, plans } = positionIn(context, SEATS)
    const current = currentPlan(subscriptionTo(billed.subscriptions, SEATS), SEATS, plans)
    const plan = current ?? offeredPlan(plans, SEATS)
    if (plan === null || plan.price === null) throw notBillable()
    return { plan: plan.id, ...quote(plan.price, context.loaded.memberCount) }
  },
})

const subscriptionInside = query({
  name: "billing.subscription",
  input: () => inOrganization(ofProduct),
  actors: ["user", "system", "apiKey"],
  allow: "billing.read",
  wants: positionWants,
  answer: (context): SubscriptionView => subscriptionView(positionIn(context, context.input.product)),
})

/** The caller's own. */
export const ownSubscription = accountQuery({
  name: "billing.subscription",
  input: () => z.strictObject(ofProduct),
  wants: ({ at }) => ({ billed: { at } }),
  answer: (context): SubscriptionView => subscriptionView(ownPosition(context, context.input.product)),
})

export const getSubscription = inEither(subscriptionInside, ownSubscription)
