import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { UserId } from "../../src/kernel/actor.ts"
import type { ApiKeyId, OrganizationId } from "../../src/kernel/id.ts"
import type { Month } from "../../src/usage/month.ts"
import { accountUsage, keyUsage, organizationUsage, sumBy, sumOf } from "../../src/usage/report.ts"
import type { UsageRow } from "../../src/usage/usage.ts"
import { ACME, row } from "./uses.ts"

const month = (text: string) => text as Month
const ada = "u_ada" as UserId
const bob = "u_bob" as UserId
const one = "key_1" as ApiKeyId
const two = "key_2" as ApiKeyId

const rows: readonly UsageRow[] = [
  row({ month: month("2026-03"), keyId: two, holder: null, api: "vin", plan: "pro", units: 5 }),
  row({ month: month("2026-02"), keyId: one, holder: ada, api: null, plan: "free", units: 1 }),
  row({ month: month("2026-03"), keyId: one, holder: ada, api: "vin", plan: "free", units: 2 }),
  row({ month: month("2026-03"), keyId: one, holder: ada, api: "vin", plan: "pro", units: 3 }),
  row({ month: month("2026-03"), keyId: null, holder: bob, api: "tax", plan: null, units: 7 }),
  row({ month: month("2026-03"), organizationId: null, keyId: null, holder: ada, units: 100 }),
]

describe("a report", () => {
  it("of a key sums its months by API, whichever plan held", () => {
    const own = rows.filter(({ keyId }) => keyId === one)
    expect(keyUsage(own, null)).toEqual({
      lifetime: 6,
      months: [
        { month: "2026-02", api: null, units: 1 },
        { month: "2026-03", api: "vin", units: 5 },
      ],
    })
    expect(keyUsage(own, month("2026-02"))).toEqual({
      lifetime: 6,
      months: [{ month: "2026-02", api: null, units: 1 }],
    })
  })

  it("of an organization is told apart in five ways, what is null last", () => {
    expect(organizationUsage(rows.filter(({ organizationId }) => organizationId === ACME))).toEqual({
      total: 18,
      byMonth: [
        { month: "2026-02", units: 1 },
        { month: "2026-03", units: 17 },
      ],
      byApi: [
        { api: "tax", units: 7 },
        { api: "vin", units: 10 },
        { api: null, units: 1 },
      ],
      byPlan: [
        { plan: "free", units: 3 },
        { plan: "pro", units: 8 },
        { plan: null, units: 7 },
      ],
      byKey: [
        { keyId: one, units: 6 },
        { keyId: two, units: 5 },
        { keyId: null, units: 7 },
      ],
      byMember: [
        { userId: ada, units: 6 },
        { userId: bob, units: 7 },
        { userId: null, units: 5 },
      ],
    })
  })

  it("of an account is told apart by organization too", () => {
    expect(accountUsage(rows).byOrganization).toEqual([
      { organizationId: ACME, units: 18 },
      { organizationId: null, units: 100 },
    ])
  })

  it("of nothing is empty", () => {
    expect(organizationUsage([])).toEqual({ total: 0, byMonth: [], byApi: [], byPlan: [], byKey: [], byMember: [] })
  })

  const text = fc.option(fc.constantFrom("a", "b", "B", "null"), { nil: null })
  const anyRow = fc
    .record({
      organizationId: text as fc.Arbitrary<OrganizationId | null>,
      keyId: text as fc.Arbitrary<ApiKeyId | null>,
      holder: text as fc.Arbitrary<UserId | null>,
      api: text,
      plan: text,
      month: fc.constantFrom(month("2025-12"), month("2026-01")),
      units: fc.integer({ min: 1, max: 1000 }),
    })
    .map(row)

  it("loses no unit, names each combination once, and does not mind the order of counters", () => {
    const fields = fc.subarray(["organizationId", "keyId", "holder", "api", "plan", "month"] as const, { minLength: 1 })
    fc.assert(
      fc.property(fc.array(anyRow), fields, (counters, by) => {
        const sums = sumBy(counters, ...by)
        expect(sums.reduce((sum, { units }) => sum + units, 0)).toBe(sumOf(counters))
        expect(new Set(sums.map((sum) => JSON.stringify(by.map((field) => sum[field])))).size).toBe(sums.length)
        expect(sumBy([...counters].reverse(), ...by)).toEqual(sums)
      }),
    )
  })
})
