import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { crossed, reachedBy, THRESHOLDS } from "../../src/usage/threshold.ts"
import { ACCOUNT, consumption, quota } from "./uses.ts"

describe("crossing a threshold", () => {
  it.each([
    [100, 0, 79, []],
    [100, 79, 80, [80]],
    [100, 80, 81, []],
    [100, 99, 100, [100]],
    [100, 100, 101, []],
    [100, 0, 100, [80, 100]],
    [100, 0, 500, [80, 100]],
    [1, 0, 1, [80, 100]],
    [3, 1, 2, []],
    [3, 2, 3, [80, 100]],
    [0, 0, 5, []],
    [null, 0, 1_000_000, []],
  ] as const)("of %s from %i to %i is %j", (cap, before, after, shares) => {
    expect(crossed(cap, before, after)).toEqual(shares)
  })

  it("is told once each, by one of any uses of one quota in any order", () => {
    const uses = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 40 })
    fc.assert(
      fc.property(uses, fc.integer({ min: 1, max: 200 }), (all, cap) => {
        let used = 0
        const told = all.flatMap((units) => {
          used += units
          const standing = { ...quota(cap), used, held: 0 }
          return reachedBy(consumption({ units, takes: [quota(cap)] }), [standing]).map(({ percent }) => percent)
        })
        expect(told).toEqual(THRESHOLDS.filter((share) => used >= (cap * share) / 100))
      }),
    )
  })
})

describe("what a use reached", () => {
  it("is of the account's quotas alone, not of a key's own month", () => {
    const key = { name: "key key_1", period: "2026-03", cap: 10 }
    const stand = [quota(10), key].map((meter) => ({ ...meter, used: 9, held: 3 }))
    expect(reachedBy(consumption({ units: 2, takes: [quota(10), key] }), stand)).toEqual([
      {
        id: ACCOUNT,
        product: "api",
        period: quota(10).period,
        percent: 80,
        used: 9,
        quota: 10,
        revision: 0,
      },
    ])
  })

  it("counts no held units", () => {
    expect(reachedBy(consumption({ takes: [quota(10)] }), [{ ...quota(10), used: 1, held: 9 }])).toEqual([])
  })
})
