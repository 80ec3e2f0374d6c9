/**
 * A host's own subscriptions, read in place of those it puts here.
 *
 * @module
 */
import * as z from "zod"
import type { SubscriptionId } from "../kernel/id.ts"
import { port } from "../kernel/port.ts"
import type { AccountId } from "./account.ts"
import type { Billed } from "./billed.ts"
import { hasPlans, PlanName, type Plans } from "./plan.ts"
import { API, SEATS, SUBSCRIPTION_STATUSES, type Subscription, subscriptionTo } from "./subscription.ts"

const Instant = z.date().nullable().default(null)

/** What a provider says of a subscription. */
export const SubscriptionTerms = z
  .strictObject({
    product: PlanName.default(API),
    plan: PlanName,
    status: z.enum(SUBSCRIPTION_STATUSES),
    quota: z.int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().default(null),
    periodStart: Instant,
    periodEnd: Instant,
  })
  .refine(
    ({ periodStart, periodEnd }) =>
      (periodStart === null) === (periodEnd === null) && (periodStart === null || periodStart < (periodEnd ?? 0)),
    { path: ["periodEnd"], message: "expected a period with a start before its end, or neither" },
  )

/** Status and plan; product `api`, and no quota or period of its own, unless said. */
export type SubscriptionTerms = z.input<typeof SubscriptionTerms>

/** Reads the host's own subscriptions. What is spent stays counted here. */
export interface SubscriptionSource {
  /** Must answer what holds now for that account and product, or null for no subscription. */
  current(account: AccountId, product: string): Promise<SubscriptionTerms | null>
}

const UNKNOWN = { id: "sub_host" as SubscriptionId, occurredAt: new Date(0), revision: 0 }

/** The account as its source sees it; as it is stored where there is none. An answer out of form is `unavailable`. */
export async function fromSource(source: SubscriptionSource | null, plans: Plans, billed: Billed): Promise<Billed> {
  if (source === null) return billed
  const products = hasPlans(plans, SEATS) ? [API, SEATS] : [API]
  const read = (product: string) =>
    port(async (): Promise<readonly Subscription[]> => {
      const terms = await source.current(billed.account, product)
      if (terms === null) return []
      const { account } = billed
      // What changes were asked for from here is told by the row that is kept here.
      const { id, occurredAt, revision } = subscriptionTo(billed.subscriptions, product) ?? UNKNOWN
      const row = { id, account, occurredAt, revision }
      return [{ ...row, ...SubscriptionTerms.parse({ ...terms, product }) }]
    })
  return { ...billed, subscriptions: (await Promise.all(products.map(read))).flat() }
}
