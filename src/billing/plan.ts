/**
 * Plans: what an account gets for its subscription. They are configuration, never rows.
 *
 * @module
 */
import * as z from "zod"
import { parseInput } from "../kernel/input.ts"
import { line } from "../kernel/text.ts"

const Count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)
/** The name of a plan or of a product. */
export const PlanName = z.string().regex(/^[a-z][a-z0-9_-]{0,47}$/, "expected lower-case letters, digits, `-` and `_`")

const PriceInput = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, "expected an ISO 4217 code"),
  /** For one month, in minor units, `includedSeats` seats in it. */
  base: Count,
  includedSeats: Count,
  /** For one month of each further seat, in minor units. */
  perSeat: Count,
})

/** What a month costs: whole minor units of an ISO 4217 currency. */
export type Price = Readonly<z.output<typeof PriceInput>>

const PlanInput = z.strictObject({
  id: PlanName,
  product: PlanName.default("api"),
  quota: Count.nullable().default(null),
  seats: z.int().min(1).max(1_000_000).nullable().default(null),
  price: PriceInput.nullable().default(null),
  features: z.array(line(1, 100)).max(200).readonly().default([]),
  default: z.boolean().default(false),
})

/** A plan. `quota` is units a period and `seats` caps people; null is no limit. `default` holds without a subscription. */
export type Plan = Readonly<z.output<typeof PlanInput>>
/** Everything but the id has a default: product `api`, no limits, no price, no features. */
export type PlanInput = Readonly<z.input<typeof PlanInput>>

/** The plans by product and id. */
export type Plans = ReadonlyMap<string, Plan>

const keyOf = (product: string, id: string): string => `${product}/${id}`

/** Plans as input: one id, and one default, for each product. */
export const Plans: z.ZodType<Plans, readonly PlanInput[]> = z.array(PlanInput).transform((input, context) => {
  const plans = new Map<string, Plan>()
  const defaults = new Set<string>()
  for (const [index, plan] of input.entries()) {
    const key = keyOf(plan.product, plan.id)
    const wrong = (field: string, message: string) =>
      context.addIssue({ code: "custom", path: [index, field], message })
    if (plans.has(key)) wrong("id", `there is a plan \`${plan.id}\` already`)
    if (plan.default && defaults.has(plan.product)) wrong("default", "there is a default already")
    if (plan.default) defaults.add(plan.product)
    plans.set(key, plan)
  }
  return plans
})

/** A preset's plans and the host's, not yet checked; of two with one product and id the host's. */
export function mergePlans(preset: readonly PlanInput[], host: readonly unknown[]): readonly unknown[] {
  const named = (plan: unknown): string => {
    const { product = "api", id = "" } = (plan ?? {}) as Partial<PlanInput>
    return keyOf(product, id)
  }
  const own = new Set(host.map(named))
  return [...preset.filter((plan) => !own.has(named(plan))), ...host]
}

/** Reads plans, or `invalid_input` with everything that is wrong with them. */
export const definePlans = (input: readonly PlanInput[]): Plans => parseInput(Plans, input)

/** Whether there are plans of that product: without any, its subscriptions are not judged by their plan. */
export const hasPlans = (plans: Plans, product: string): boolean =>
  [...plans.values()].some((plan) => plan.product === product)

/** The plan of that product and id, or null. There are few; to build the key of one for each request takes longer. */
export function planOf(plans: Plans, product: string, id: string): Plan | null {
  for (const plan of plans.values()) if (plan.id === id && plan.product === product) return plan
  return null
}

/** Whether a subscription to that product can be to that plan: to any, where the product has none. */
export const isPlan = (plans: Plans, product: string, id: string): boolean =>
  !hasPlans(plans, product) || planOf(plans, product, id) !== null

/** The priced plan an account without one is offered: the default, else the only one; null where there is no such. */
export function offeredPlan(plans: Plans, product: string): Plan | null {
  const priced = [...plans.values()].filter((plan) => plan.product === product && plan.price !== null)
  return priced.find((plan) => plan.default) ?? (priced.length === 1 ? (priced[0] ?? null) : null)
}

/** The plan that holds where there is no subscription, or null. */
export const defaultPlan = (plans: Plans, product: string): Plan | null =>
  [...plans.values()].find((plan) => plan.default && plan.product === product) ?? null
