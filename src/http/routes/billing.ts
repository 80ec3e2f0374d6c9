/**
 * Routes of billing: what an account has subscribed to, and what it costs.
 *
 * @module
 */
import * as z from "zod"
import { billing } from "../../registry.ts"
import { type Answers, list } from "../answer.ts"
import { type Route, route } from "../route.ts"
import { Quota } from "./usage.ts"

/** A subscription, or what holds without one. */
const Subscription = z.object({
  account: z.string(),
  product: z.string(),
  plan: z.string().nullable(),
  status: z.enum(["trialing", "active", "past_due", "paused", "cancelled", "incomplete", "none"]),
  isActive: z.boolean(),
  quota: Quota.nullable(),
  seats: z.object({ taken: z.int(), cap: z.int().nullable() }).nullable(),
  features: list(z.string()),
  periodStart: z.date().nullable(),
  periodEnd: z.date().nullable(),
})

/** What a month of seats costs, in minor units of the currency. */
const Quote = z.object({
  plan: z.string(),
  currency: z.string(),
  interval: z.literal("month"),
  seats: z.int(),
  includedSeats: z.int(),
  lines: list(z.object({ item: z.enum(["base", "seats"]), quantity: z.int(), unitAmount: z.int(), amount: z.int() })),
  total: z.int(),
})

export const billingAnswers: Answers = { Subscription, Quote }

/** The same routes in an organization and on the caller's own account. */
const subscriptionRoutesAt = (path: `/${string}`, whose: string): readonly Route[] => [
  route(`GET ${path}`, billing.subscription, {
    summary: `The subscription of ${whose} to a product, and what of its quota is left`,
    answer: Subscription,
  }),
  route(`PATCH ${path}`, billing.changePlan, {
    summary: `Move ${whose} to another plan`,
    answer: Subscription,
    example: { plan: "pro" },
  }),
  route(`DELETE ${path}`, billing.cancel, {
    summary: `End the subscription of ${whose} to a product`,
    answer: Subscription,
  }),
]

export const billingRoutes: readonly Route[] = [
  route("GET /organizations/billing/quote", billing.quote, {
    summary: "What a month of seats costs, itemised",
    answer: Quote,
  }),
  ...subscriptionRoutesAt("/organizations/billing/subscription", "the organization"),
  ...subscriptionRoutesAt("/account/subscription", "the caller's own account"),
]
