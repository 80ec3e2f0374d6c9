import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { definePlans, type PlanInput } from "../../src/billing/plan.ts"
import type { Subscription } from "../../src/billing/subscription.ts"
import type { UserId } from "../../src/kernel/actor.ts"
import type { ApiKeyId, OrganizationId, SubscriptionId } from "../../src/kernel/id.ts"
import { consumptionOf, limitsOf, quotaView, shortOf, type Use } from "../../src/usage/consumption.ts"
import { requireDeclared, Units } from "../../src/usage/usage.ts"
import { refusal } from "../world.ts"
import { ACCOUNT, ACME, AT } from "./uses.ts"

const ada = "u_ada" as UserId
const key = { id: "key_1" as ApiKeyId, monthlyUnits: 50 }
const free: PlanInput = { id: "free", quota: 10, default: true }
const plans = definePlans([free, { id: "pro", quota: 1000 }])

const subscription = (more: Partial<Subscription> = {}): Subscription => ({
  id: "sub_1" as SubscriptionId,
  account: ACCOUNT,
  product: "api",
  plan: "pro",
  status: "active",
  quota: null,
  periodStart: null,
  periodEnd: null,
  occurredAt: AT,
  revision: 0,
  ...more,
})

const use = (more: Partial<Use> = {}): Use => ({
  billing: { account: "owner", plans },
  billed: { account: ACCOUNT, subscriptions: [], meters: [] },
  organization: { id: ACME, timezone: "UTC" },
  key: null,
  holder: ada,
  ...more,
})
const subscribed = (more: Partial<Subscription> = {}): Partial<Use> => ({
  billed: { account: ACCOUNT, subscriptions: [subscription(more)], meters: [] },
})
const asked = { units: 1, api: null, requestId: null }

describe("the limits of a use", () => {
  it.each<[string, Partial<Use>, readonly unknown[]]>([
    ["nobody pays", { billing: { account: "none", plans } }, []],
    [
      "the default plan's quota, in the UTC month",
      {},
      [
        {
          name: "quota api",
          period: "2026-03-01T00:00:00.000Z",
          cap: 10,
          of: "account",
          resetAt: new Date("2026-04-01T00:00:00.000Z"),
        },
      ],
    ],
    [
      "the subscription's quota, in its own period",
      subscribed({ quota: 7, periodStart: new Date("2026-03-05"), periodEnd: new Date("2026-04-05") }),
      [
        {
          name: "quota api",
          period: "2026-03-05T00:00:00.000Z",
          cap: 7,
          of: "account",
          resetAt: new Date("2026-04-05T00:00:00.000Z"),
        },
      ],
    ],
    [
      "a key's own month, in the organization's zone",
      { billing: { account: "none", plans }, key, organization: { id: ACME, timezone: "Pacific/Auckland" } },
      [
        {
          name: "key key_1",
          period: "2026-03",
          cap: 50,
          of: "key",
          resetAt: new Date("2026-03-31T11:00:00.000Z"),
        },
      ],
    ],
    [
      "a personal key's month, in UTC",
      { billing: { account: "none", plans }, key, organization: null },
      [{ name: "key key_1", period: "2026-03", cap: 50, of: "key", resetAt: new Date("2026-04-01T00:00:00.000Z") }],
    ],
    [
      "a key without a month of its own",
      { billing: { account: "none", plans }, key: { ...key, monthlyUnits: null } },
      [],
    ],
  ])("are, where it is: %s", (_, more, limits) => {
    expect(limitsOf(use(more), AT)).toEqual(limits)
  })
})

describe("what is counted", () => {
  it("is for the organization's month, its plan, the key and its holder", () => {
    const auckland = { id: ACME, timezone: "Pacific/Auckland" }
    const at = new Date("2026-03-31T11:00:00.000Z")
    const counted = consumptionOf(
      use({ ...subscribed(), organization: auckland, key }),
      [],
      { ...asked, api: "vin" },
      at,
    )
    expect(counted.counter).toEqual({
      organizationId: ACME,
      keyId: "key_1",
      holder: "u_ada",
      api: "vin",
      plan: "pro",
      month: "2026-04",
    })
  })

  it.each([
    ["without a subscription, by the default plan", {}, "free"],
    ["without either, by none", { billing: { account: "none" as const, plans: definePlans([]) } }, null],
    ["by a plan that left the configuration", subscribed({ plan: "old" }), "old"],
  ])("%s", (_, more, plan) => {
    expect(consumptionOf(use(more), [], asked, AT).counter.plan).toBe(plan)
  })

  it("has no request of its own unless it is named", () => {
    expect(consumptionOf(use(), [], asked, AT).request).toBeNull()
  })

  it("tells requests of one name apart by organization, key and person", () => {
    const text = fc.constantFrom("a", "b", "a b", '","', "null", "")
    const caller = fc.record({
      organization: fc.option(text),
      key: fc.option(text),
      holder: fc.option(text.filter((id) => id !== "")),
      requestId: text.filter((id) => id !== ""),
    })
    type Caller = typeof caller extends fc.Arbitrary<infer Made> ? Made : never
    const requestOf = ({ organization, key: id, holder, requestId }: Caller) =>
      consumptionOf(
        use({
          organization: organization === null ? null : { id: organization as OrganizationId, timezone: "UTC" },
          key: id === null ? null : { id: id as ApiKeyId, monthlyUnits: null },
          holder: holder as UserId | null,
        }),
        [],
        { ...asked, requestId },
        AT,
      ).request
    fc.assert(
      fc.property(caller, caller, (one, other) => {
        expect(requestOf(one) === requestOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
    )
  })
})

describe("room", () => {
  const limit = (cap: number | null) => ({ name: "m", period: "p", cap, of: "key" as const, resetAt: AT })
  const stands = (used: number, held = 0) => ({ name: "m", period: "p", used, held })

  it.each([
    ["none", [], [], 5, -1],
    ["no limit", [limit(null)], [stands(1e9)], 5, -1],
    ["just enough", [limit(10)], [stands(5)], 5, -1],
    ["one short", [limit(10)], [stands(6)], 5, 0],
    ["held aside", [limit(10)], [stands(3, 3)], 5, 0],
    ["in the second", [limit(10), limit(4)], [stands(0), stands(0)], 5, 1],
    ["never used", [limit(4)], [], 5, 0],
  ])("of %s", (_, limits, standings, units, short) => {
    expect(shortOf(limits, standings, units)).toBe(short)
  })

  it("that is left is never below nothing", () => {
    expect(quotaView(limit(10), stands(12, 3)).remaining).toBe(0)
    expect(quotaView(limit(10), stands(2, 3)).remaining).toBe(5)
    expect(quotaView(limit(null), stands(2, 3)).remaining).toBeNull()
  })
})

describe("units", () => {
  it.each([-1, 0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "5", 5n, null, true, [5]])(
    "are not %s",
    (units) => {
      expect(Units.safeParse(units).success).toBe(false)
    },
  )
  it.each([1, 2 ** 53 - 1])("are %s", (units) => {
    expect(Units.parse(units)).toBe(units)
  })
})

describe("an API", () => {
  it("is a declared one, where any is declared", () => {
    requireDeclared("vin", null)
    requireDeclared("vin", ["vin"])
    requireDeclared(undefined, ["vin"])
    requireDeclared(undefined, [])
    const issues = [{ path: ["api"], message: "not among the declared `apis`" }]
    expect(() => requireDeclared("VIN", ["vin"])).toThrow(expect.objectContaining(refusal("invalid_input", { issues })))
  })
})
