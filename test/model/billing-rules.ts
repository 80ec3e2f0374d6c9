/**
 * Who pays, what holds of a subscription, and what that leaves of quotas and seats.
 *
 * @module
 */
import type { Law } from "./laws.ts"
import type { Account, Organization, Subscription } from "./rows.ts"

/** A plan, with everything said. */
export type ModelPlan = Readonly<{
  id: string
  product: string
  quota: number | null
  seats: number | null
  price: Readonly<{ currency: string; base: number; includedSeats: number; perSeat: number }> | null
  isDefault: boolean
}>
export type BillingTerms = Readonly<{ account: "none" | "owner" | "organization"; plans: readonly ModelPlan[] }>

export const API = "api"
export const SEATS = "organization"
const ACTIVE = ["trialing", "active", "past_due"]

/** Two time zones, by how far ahead of UTC their clocks are all year. */
export const ZONES: ReadonlyMap<string, number> = new Map([
  ["UTC", 0],
  ["Pacific/Kiritimati", 14 * 3_600_000],
])

/** The month that clocks in the zone show, by its name and its ends. */
export function monthIn(timezone: string, at: number): Readonly<{ name: string; start: number; end: number }> {
  const ahead = ZONES.get(timezone) ?? 0
  const shown = new Date(at + ahead)
  const first = (months: number) => Date.UTC(shown.getUTCFullYear(), shown.getUTCMonth() + months) - ahead
  return { name: shown.toISOString().slice(0, 7), start: first(0), end: first(1) }
}

/** The questions that accounts and plans answer. */
export function billingUnder({ law, billing }: Readonly<{ law: Law; billing: BillingTerms }>, now: () => number) {
  const accounts = new Map<string, Account>()
  function accountOf(id: string): Account {
    const account = accounts.get(id) ?? { id, revision: 0, keys: [], subscriptions: new Map() }
    accounts.set(id, account)
    return account
  }
  const own = (org: Organization): Account => accountOf(`organization:${org.id}`)
  function payerOf(org: Organization): Account {
    const owner = [...org.members.values()].find(({ role }) => role === law.owner)
    return billing.account === "owner" && owner !== undefined ? accountOf(`user:${owner.userId}`) : own(org)
  }

  const plansOf = (product: string) => billing.plans.filter((plan) => plan.product === product)
  const planOf = (product: string, id: string) => plansOf(product).find((plan) => plan.id === id)
  const hasPlans = (product: string) => plansOf(product).length > 0
  const isPlan = (product: string, id: string) => !hasPlans(product) || planOf(product, id) !== undefined
  const defaultOf = (product: string) => plansOf(product).find(({ isDefault }) => isDefault)
  const currentPlan = ({ subscriptions }: Account, product: string): ModelPlan | undefined => {
    const subscription = subscriptions.get(product)
    return subscription === undefined ? defaultOf(product) : planOf(product, subscription.plan)
  }
  const isActive = ({ subscriptions }: Account, product: string): boolean => {
    const subscription = subscriptions.get(product)
    return subscription === undefined ? defaultOf(product) !== undefined : ACTIVE.includes(subscription.status)
  }
  /** Whether the account has that plan already; null asks whether it has none. */
  function holds(account: Account, product: string, plan: string | null): boolean {
    const subscription = account.subscriptions.get(product)
    if (plan === null) return subscription === undefined || subscription.status === "cancelled"
    return subscription?.plan === plan && isActive(account, product)
  }

  const hasSeatPlans = billing.account === "organization" && hasPlans(SEATS)
  const isSubscribed = (org: Organization): boolean => !hasSeatPlans || isActive(payerOf(org), SEATS)
  function seatCap(org: Organization, configured: number | null): number | null {
    const planned = [API, SEATS].map((product) => currentPlan(payerOf(org), product)?.seats ?? null)
    const caps = [configured, ...(billing.account === "none" ? [] : planned)].filter((cap) => cap !== null)
    return caps.length === 0 ? null : Math.min(...caps)
  }

  function periodOf(subscription: Subscription | undefined): Readonly<{ start: number; end: number }> {
    return subscription?.period ?? monthIn("UTC", now())
  }
  function capOf(account: Account, product: string): number | null {
    const subscription = account.subscriptions.get(product)
    if (subscription !== undefined && subscription.quota !== null) return subscription.quota
    if (!hasPlans(product)) return null
    const plan = currentPlan(account, product)
    return plan === undefined ? 0 : plan.quota
  }
  /** The quota of a product: its meter, what may be taken from it, and until when. */
  function quotaOf(account: Account, product: string) {
    const { start, end } = periodOf(account.subscriptions.get(product))
    return { name: `quota ${product}`, period: new Date(start).toISOString(), cap: capOf(account, product), end }
  }
  /** What a priced month is offered at. */
  function offered(account: Account, product: string): ModelPlan | undefined {
    const priced = plansOf(product).filter(({ price }) => price !== null)
    const only = priced.length === 1 ? priced[0] : undefined
    return currentPlan(account, product) ?? priced.find(({ isDefault }) => isDefault) ?? only
  }
  /** The period in which seats running out is said once. */
  function seatPeriod(org: Organization): string {
    const { subscriptions } = payerOf(org)
    const paid = billing.account === "none" ? undefined : (subscriptions.get(SEATS) ?? subscriptions.get(API))
    return new Date(periodOf(paid).start).toISOString()
  }

  return {
    ...{ accounts, accountOf, own, payerOf, hasPlans, isPlan, planOf, currentPlan, isActive, holds, isSubscribed },
    ...{ seatCap, quotaOf, offered, seatPeriod },
  }
}
