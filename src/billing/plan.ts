/**
 * Plans: what an account gets for its subscription. They are configuration, never rows.
 *
 * @module
 */
import * as z from "zod"
import { type InputIssue, TenantryError } from "../kernel/error.ts"
import { line } from "../kernel/text.ts"

const Count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)
const PlanName = z.string().regex(/^[a-z][a-z0-9_-]{0,47}$/, "expected lower-case letters, digits, `-` and `_`")

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

/** Reads plans, or `invalid_input` with everything that is wrong with them: one id, and one default, for each product. */
export function definePlans(input: readonly PlanInput[]): Plans {
  const plans = new Map<string, Plan>()
  const issues: InputIssue[] = []
  const defaults = new Set<string>()
  for (const [index, entry] of input.entries()) {
    const read = PlanInput.safeParse(entry)
    if (!read.success) {
      for (const { path, message } of read.error.issues) issues.push({ path: [index, ...path.map(String)], message })
      continue
    }
    const plan = read.data
    const key = keyOf(plan.product, plan.id)
    if (plans.has(key)) issues.push({ path: [index, "id"], message: `there is a plan \`${plan.id}\` already` })
    if (plan.default && defaults.has(plan.product))
      issues.push({ path: [index, "default"], message: "there is a default already" })
    if (plan.default) defaults.add(plan.product)
    plans.set(key, plan)
  }
  if (issues.length > 0) throw new TenantryError("invalid_input", { issues })
  return plans
}

/** The plan of that product and id, or null. */
export const planOf = (plans: Plans, product: string, id: string): Plan | null => plans.get(keyOf(product, id)) ?? null

/** The plan that holds where there is no subscription, or null. */
export const defaultPlan = (plans: Plans, product: string): Plan | null =>
  [...plans.values()].find((plan) => plan.default && plan.product === product) ?? null
