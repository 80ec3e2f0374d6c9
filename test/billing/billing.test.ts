import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { AccountId, account } from "../../src/billing/account.ts"
import { definePlans, mergePlans, offeredPlan, type Price } from "../../src/billing/plan.ts"
import { quote } from "../../src/billing/seats.ts"
import {
  currentPlan,
  isActive,
  quotaOf,
  quotaPeriod,
  receive,
  SUBSCRIPTION_STATUSES,
  type Subscription,
} from "../../src/billing/subscription.ts"
import type { SubscriptionId } from "../../src/kernel/id.ts"

const day = (number: number) => new Date(Date.UTC(2026, 2, number))
const plans = definePlans([
  { id: "free", quota: 100, default: true },
  { id: "pro", quota: 10_000, features: ["export"] },
  { id: "unlimited" },
  { id: "team", product: "organization", seats: 50 },
])
const pro: Subscription = {
  id: "sub_1" as SubscriptionId,
  account: account.user("u_ada"),
  product: "api",
  plan: "pro",
  status: "active",
  quota: null,
  periodStart: null,
  periodEnd: null,
  occurredAt: day(5),
  revision: 0,
}

describe("an account", () => {
  it("is a person's or an organization's, never one for the other", () => {
    expect(account.user("org_1")).toBe("user:org_1")
    expect(account.organization("org_1")).toBe("organization:org_1")
    expect(() => account.organization("u_ada")).toThrow(expect.objectContaining({ code: "invalid_input" }))
    expect(() => account.user("")).toThrow(expect.objectContaining({ code: "invalid_input" }))
    for (const id of ["", "user:", "u_ada", "team:x", "organization:u_ada", 1, null])
      expect(AccountId.safeParse(id).success).toBe(false)
    expect(AccountId.parse(account.user("a:b"))).toBe("user:a:b")
  })
})

describe("plans", () => {
  it("have defaults for everything but their id", () => {
    expect(definePlans([{ id: "x" }]).get("api/x")).toEqual({
      id: "x",
      product: "api",
      quota: null,
      seats: null,
      price: null,
      features: [],
      default: false,
    })
  })

  const paths = (...expected: readonly (readonly (string | number)[])[]) =>
    expect.objectContaining({
      code: "invalid_input",
      details: { issues: expected.map((path) => expect.objectContaining({ path })) },
    })

  it("are refused as a whole with every problem: of each by itself, then of all together", () => {
    const price = { currency: "usd", base: 1.5, includedSeats: 1, perSeat: 1 }
    expect(() => definePlans([{ id: "a", quota: -1 }, { id: "a" }, { id: "c", price }])).toThrow(
      paths([0, "quota"], [2, "price", "currency"], [2, "price", "base"]),
    )
    const several = [{ id: "a", default: true }, { id: "a" }, { id: "b", default: true }]
    expect(() => definePlans(several)).toThrow(paths([1, "id"], [2, "default"]))
  })

  it("of a host stand in for a preset's of the same product and id", () => {
    const preset = [{ id: "team", product: "organization" }, { id: "free" }]
    expect(mergePlans(preset, [{ id: "free", quota: 5 }, { id: "team" }, null])).toEqual([
      preset[0],
      { id: "free", quota: 5 },
      { id: "team" },
      null,
    ])
  })

  it("offer the default, or the only one, of those with a price", () => {
    const price = { currency: "USD", base: 1, includedSeats: 1, perSeat: 1 }
    const offered = (...given: Parameters<typeof definePlans>[0]) => offeredPlan(definePlans(given), "api")?.id ?? null
    expect(offered({ id: "free" }, { id: "a", price })).toBe("a")
    expect(offered({ id: "a", price }, { id: "b", price, default: true })).toBe("b")
    expect(offered({ id: "a", price }, { id: "b", price })).toBeNull()
    expect(offered({ id: "a", price, product: "organization" })).toBeNull()
  })
})

describe("a subscription", () => {
  it.each([
    ["trialing", true],
    ["active", true],
    ["past_due", true],
    ["paused", false],
    ["cancelled", false],
    ["incomplete", false],
  ] as const)("that is %s lets keys work: %s", (status, active) => {
    expect(isActive({ ...pro, status }, "api", plans)).toBe(active)
  })

  it("that is missing leaves the product's default plan, if there is one", () => {
    expect(isActive(null, "api", plans)).toBe(true)
    expect(isActive(null, "organization", plans)).toBe(false)
    expect(currentPlan(null, "api", plans)?.id).toBe("free")
    expect(currentPlan(null, "organization", plans)).toBeNull()
  })

  it.each([
    ["its plan's quota", pro, 10_000],
    ["its own in place of the plan's", { ...pro, quota: 7 }, 7],
    ["none at all, when it says so", { ...pro, quota: 0 }, 0],
    ["no limit, where the plan has none", { ...pro, plan: "unlimited" }, null],
    ["nothing, where the plan is unknown", { ...pro, plan: "gone" }, 0],
    ["the default plan's, without one", null, 100],
  ])("grants %s", (_, subscription, quota) => {
    expect(quotaOf(subscription, "api", plans)).toBe(quota)
  })

  it("counts in its own period, also past its end, else in the UTC month", () => {
    const period = { ...pro, periodStart: day(3), periodEnd: day(20) }
    for (const at of [day(3), day(19), day(25)]) expect(quotaPeriod(period, at).start).toEqual(day(3))
    expect(quotaPeriod(pro, day(25))).toMatchObject({ start: day(1), end: new Date(Date.UTC(2026, 3, 1)) })
    expect(quotaPeriod(null, day(25)).key).toBe(quotaPeriod(pro, day(2)).key)
  })

  it("ends as the newest that the provider told, in whatever order and however often it comes", () => {
    const told = fc.record({ on: fc.integer({ min: 1, max: 28 }), status: fc.constantFrom(...SUBSCRIPTION_STATUSES) })
    const distinct = fc.uniqueArray(told, { selector: ({ on }) => on, minLength: 1, maxLength: 8 })
    const deliveries = distinct.chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc
          .array(fc.constantFrom(...events), { maxLength: 20 })
          .chain((extra) => fc.shuffledSubarray([...events, ...extra], { minLength: events.length + extra.length })),
      ),
    )
    fc.assert(
      fc.property(deliveries, ([events, delivered]) => {
        let known: Subscription | null = null
        for (const { on, status } of delivered) {
          const decision = receive(known, { ...pro, status, occurredAt: day(on) })
          known = decision.ok ? (decision.facts[0]?.after ?? known) : known
        }
        const newest = events.reduce((a, b) => (a.on > b.on ? a : b))
        expect(known?.status).toBe(newest.status)
      }),
    )
  })

  it("told the same again records nothing, and its end is a fact of its own", () => {
    expect(receive(pro, { ...pro })).toEqual({ ok: true, facts: [] })
    const over = { ...pro, status: "cancelled", occurredAt: day(6) } as const
    expect(receive(pro, over)).toMatchObject({ facts: [{ action: "subscription.cancelled", before: pro }] })
    expect(receive(null, pro)).toMatchObject({ facts: [{ action: "subscription.changed", before: null }] })
  })
})

describe("a quote", () => {
  const price: Price = { currency: "USD", base: 2000, includedSeats: 10, perSeat: 500 }

  it.each([
    [1, 2000, 1],
    [10, 2000, 1],
    [11, 2500, 2],
    [13, 3500, 2],
  ])("for %i seats comes to %i", (seats, total, lines) => {
    const month = quote(price, seats)
    expect(month).toMatchObject({ currency: "USD", interval: "month", seats, includedSeats: 10, total })
    expect(month.lines).toHaveLength(lines)
  })

  it("is the sum of its lines, and each line its quantity times its price", () => {
    const amount = fc.nat(100_000)
    fc.assert(
      fc.property(amount, fc.nat(100), amount, fc.nat(1000), (base, includedSeats, perSeat, seats) => {
        const { lines, total } = quote({ currency: "EUR", base, includedSeats, perSeat }, seats)
        expect(lines.every((line) => line.amount === line.quantity * line.unitAmount)).toBe(true)
        expect(total).toBe(base + Math.max(0, seats - includedSeats) * perSeat)
      }),
    )
  })
})
