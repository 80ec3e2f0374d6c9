/**
 * Subscriptions, by the model: what the provider tells, and what people ask for.
 *
 * @module
 */
import { expect } from "vitest"
import type { Actor, User } from "../../src/index.ts"
import { API, type By, type Check, type Core, isImpersonated, SEATS } from "./core.ts"
import type { Metering } from "./metering-rules.ts"
import { type Account, type Organization, refuse, type Subscription } from "./rows.ts"

type Located = Readonly<{ organizationId?: string; product?: string }>
/** What a provider tells, with nothing left unsaid but when. */
export type Told = Readonly<{
  product: string
  plan: string
  status: string
  quota: number | null
  periodStart: Date | null
  periodEnd: Date | null
  occurredAt?: Date
}>
type Position = Readonly<{ actor: Actor; org: Organization | null; account: Account; product: string }>

/** What only a payment heals. */
const OWING = ["past_due", "paused", "incomplete"]
const PROVIDER = { type: "system", name: "subscriptions" } as const
const rowOf = ({ occurredAt, ...row }: Subscription) => JSON.stringify([occurredAt, row])
const periodOf = ({ periodStart, periodEnd }: Told): Subscription["period"] =>
  periodStart === null || periodEnd === null ? null : { start: periodStart.getTime(), end: periodEnd.getTime() }

export function billingOperations(core: Core, { quotaOf }: Metering) {
  const { terms, now, organizations, billing, known, anybody, enter, enterToChange, record } = core
  const { people, taken, seatCap } = core

  /** Takes what was told: the newest holds, and of two from one instant the later delivery. */
  function receive({ id, subscriptions }: Account, told: Told, by: Actor | typeof PROVIDER): Subscription {
    const { product, plan, status, quota, occurredAt } = told
    const before = subscriptions.get(product)
    if (plan !== before?.plan && !billing.isPlan(product, plan)) refuse("invalid_input")
    const after = { product, plan, status, quota, period: periodOf(told), occurredAt: occurredAt?.getTime() ?? now() }
    const isOld = before !== undefined && after.occurredAt < before.occurredAt
    if (isOld || (before !== undefined && rowOf(before) === rowOf(after))) return before
    subscriptions.set(product, after)
    const isEnd = status === "cancelled" && before?.status !== "cancelled"
    const org = organizations.get(id.slice("organization:".length))
    if (org !== undefined) record(org, by as Actor, [isEnd ? "subscription.cancelled" : "subscription.changed"])
    else billing.accountOf(id).revision++
    return after
  }
  function positionOf(
    by: By,
    { organizationId, product = API }: Located,
    permission: string,
    isChange = false,
  ): Position {
    if (organizationId !== undefined) {
      const { actor, org } = (isChange ? enterToChange : enter)(by, { organizationId }, permission)
      if (terms.billing.account !== "organization") refuse("not_billable")
      return { actor, org, account: billing.own(org), product }
    }
    const actor = known(by, "user") as User
    if (terms.billing.account === "none") refuse("not_billable")
    return { actor, org: null, account: billing.accountOf(`user:${actor.id}`), product }
  }
  const viewing =
    ({ account, product, org }: Position): Check =>
    (answer) => {
      const subscription = account.subscriptions.get(product)
      const { period = null } = subscription ?? {}
      const at = (instant: number | undefined) => (instant === undefined ? null : new Date(instant))
      expect(answer).toMatchObject({
        ...{ account: account.id, product, isActive: billing.isActive(account, product) },
        plan: subscription?.plan ?? billing.currentPlan(account, product)?.id ?? null,
        status: subscription?.status ?? "none",
        quota: product === API ? quotaOf(account) : null,
        seats: org && { taken: taken(org), cap: seatCap(org) },
        ...{ periodStart: at(period?.start), periodEnd: at(period?.end) },
      })
    }

  /** Moves to that plan, or to none, at once, and what is owed stays owed; what is told is told of now, or of the newest that is known. */
  function move(position: Position, plan: string | null): Check {
    const { account, product, actor } = position
    if (billing.holds(account, product, plan)) return viewing(position)
    const current = account.subscriptions.get(product)
    const kept = OWING.find((status) => status === current?.status) ?? "active"
    receive(
      account,
      {
        ...{ product, plan: plan ?? current?.plan ?? "none", status: plan === null ? "cancelled" : kept },
        quota: plan === null ? (current?.quota ?? null) : null,
        periodStart: current?.period ? new Date(current.period.start) : null,
        periodEnd: current?.period ? new Date(current.period.end) : null,
        occurredAt: new Date(Math.max(now(), current?.occurredAt ?? 0)),
      },
      actor,
    )
    return viewing(position)
  }

  return {
    /** What a provider's webhook brings, in whatever order. */
    "subscriptions.put"(accountId: string, told: Told): Check {
      const id = accountId.slice("organization:".length)
      if (accountId.startsWith("organization:") && !organizations.has(id)) refuse("not_found")
      const { period: _, occurredAt, ...row } = receive(billing.accountOf(accountId), told, PROVIDER)
      return (answer) => expect(answer).toMatchObject({ ...row, account: accountId, occurredAt: new Date(occurredAt) })
    },
    "billing.quote"(by: By, input: Readonly<{ organizationId: string }>): Check {
      const { org, account } = positionOf(by, { ...input, product: SEATS }, "billing.read")
      const plan = billing.offered(account, SEATS) ?? refuse("not_billable")
      const { base, includedSeats, perSeat } = plan.price ?? refuse("not_billable")
      const seats = org === null ? 0 : people(org)
      const total = base + Math.max(0, seats - includedSeats) * perSeat
      return (answer) => expect(answer).toMatchObject({ plan: plan.id, seats, includedSeats, total })
    },
    "billing.subscription"(by: By, input: Located): Check {
      return viewing(positionOf(by, input, "billing.read"))
    },
    "billing.changePlan"(by: By, input: Located & { plan: string }): Check {
      anybody(by)
      const position = positionOf(by, input, "billing.manage", true)
      const { account, product, org } = position
      if (!billing.holds(account, product, input.plan)) {
        if (!billing.hasPlans(product) || !billing.isPlan(product, input.plan)) refuse("invalid_input")
        const cap = billing.planOf(product, input.plan)?.seats ?? null
        if (org !== null && cap !== null && taken(org) > cap) refuse("seat_limit_reached")
      }
      return move(position, input.plan)
    },
    "billing.cancel"(by: By, input: Located): Check {
      const position = positionOf(by, input, "billing.cancel", true)
      const { actor, org, account, product } = position
      if (org !== null && product === SEATS) {
        const isOwner = actor.type === "user" && org.members.get(actor.id)?.role === terms.law.owner
        if (actor.type !== "system" && (!isOwner || isImpersonated(actor))) refuse("forbidden")
        if (!billing.holds(account, product, null) && people(org) > 1) refuse("organization_not_empty")
      }
      return move(position, null)
    },
  }
}
