import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Debt, gcraLimiter } from "../../src/rate-limit/gcra.ts"
import type { RateLimit, RateLimiter, RateVerdict } from "../../src/rate-limit/rate-limit.ts"
import { fakeClock } from "../../src/testing/testing.ts"
import { rateLimiterConformance } from "./conformance.ts"

const BEGIN = Date.UTC(2026, 0, 1)
const TEN: RateLimit = { limit: 10, windowSeconds: 60 }

/** The verdict, which an embedded limiter answers at once. */
function take(limiter: RateLimiter, units: number, at: number, limit = TEN, key = "key_1"): RateVerdict {
  const verdict = limiter.take(key, units, limit, new Date(BEGIN + at))
  if (verdict instanceof Promise) throw new Error("expected a verdict at once")
  return verdict
}

const inMs = ({ resetAt, retryAt }: RateVerdict) => ({
  resetAt: resetAt.getTime() - BEGIN,
  retryAt: retryAt && retryAt.getTime() - BEGIN,
})

describe("the embedded rate limiter keeps to its port:", () => {
  const open = async () => {
    const clock = fakeClock()
    const advance = async (ms: number) => void clock.advance(ms)
    return { limiter: gcraLimiter(), now: () => clock.now(), advance }
  }
  for (const { name, run } of rateLimiterConformance(open)) it(name, run)
})

describe("the embedded rate limiter", () => {
  it("gives back evenly: one unit of ten a minute every six seconds", () => {
    const limiter = gcraLimiter()
    take(limiter, 10, 0)
    expect(inMs(take(limiter, 1, 0))).toEqual({ resetAt: 60_000, retryAt: 6000 })
    expect(take(limiter, 1, 5999).ok).toBe(false)
    expect(take(limiter, 1, 6000).ok).toBe(true)
    expect(take(limiter, 1, 6000).ok).toBe(false)
    expect(inMs(take(limiter, 3, 6000))).toEqual({ resetAt: 66_000, retryAt: 24_000 })
  })

  it("counts as an exact bucket does, whatever is taken and given back, and whenever", () => {
    const limits = fc.record({
      limit: fc.integer({ min: 1, max: 1000 }),
      windowSeconds: fc.integer({ min: 1, max: 90_000 }),
    })
    const steps = fc.array(fc.record({ wait: fc.nat(20_000), units: fc.nat(40), givesBack: fc.boolean() }), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(limits, steps, (limit, moves) => {
        const limiter = gcraLimiter()
        const [full, each] = [BigInt(limit.limit * limit.windowSeconds * 1000), BigInt(limit.windowSeconds * 1000)]
        let [at, level] = [0, full]
        for (const { wait, units, givesBack } of moves) {
          at += wait
          level += BigInt(wait * limit.limit)
          if (level > full) level = full
          const cost = BigInt(units) * each
          const ok = cost <= level
          if (ok) level -= cost
          const verdict = take(limiter, units, at, limit)
          expect([verdict.ok, verdict.remaining]).toEqual([ok, Number(level / each)])
          if (!ok && units <= limit.limit)
            expect(take(gcraAt(limit, level, at), units, inMs(verdict).retryAt ?? 0, limit).ok).toBe(true)
          if (ok && givesBack) {
            limiter.giveBack("key_1", units, limit, new Date(BEGIN + at))
            level += cost
          }
        }
      }),
    )
  })

  /** A limiter whose key has that level at that instant. */
  function gcraAt({ limit, windowSeconds }: RateLimit, level: bigint, at: number): RateLimiter {
    const owed = limit * windowSeconds * 1000 - Number(level)
    return gcraLimiter(new Map([["key_1", { owed, at: BEGIN + at, clearAt: BEGIN + at + Math.ceil(owed / limit) }]]))
  }

  it("answers the same of the same takes at the same instants", () => {
    const moves = fc.array(fc.tuple(fc.nat(5), fc.nat(100_000)))
    fc.assert(
      fc.property(moves, (all) => {
        const run = () => {
          const limiter = gcraLimiter()
          return all.map(([units, at]) => take(limiter, units, at))
        }
        expect(run()).toEqual(run())
      }),
    )
  })

  it("gives nothing twice to requests that come out of order", () => {
    const limiter = gcraLimiter()
    take(limiter, 10, 10_000)
    for (let swing = 0; swing < 100; swing++) {
      expect(take(limiter, 1, 5000).ok).toBe(false)
      expect(take(limiter, 1, 10_000).ok).toBe(false)
    }
    expect(take(limiter, 1, 16_000).ok).toBe(true)
  })

  it("refuses for no longer than a window after the clock was set back", () => {
    const limiter = gcraLimiter()
    take(limiter, 10, 365 * 86_400_000)
    expect(inMs(take(limiter, 10, 0)).retryAt).toBe(60_000)
    take(limiter, 5, 365 * 86_400_000, TEN, "key_2")
    expect(take(limiter, 0, 0, TEN, "key_2").remaining).toBe(5)
    expect(take(limiter, 10, 60_000).ok).toBe(true)
  })

  it("gives back late only what has not come back by itself", () => {
    const limiter = gcraLimiter()
    take(limiter, 5, 0)
    take(limiter, 5, 30_000)
    limiter.giveBack("key_1", 5, TEN, new Date(BEGIN))
    expect(take(limiter, 0, 30_000).remaining).toBe(5)
    take(limiter, 5, 120_000)
    limiter.giveBack("key_1", 5, TEN, new Date(BEGIN))
    expect(take(limiter, 0, 120_000).remaining).toBe(5)
  })

  it.each([Number.NaN, -1, -1000, Number.POSITIVE_INFINITY])(
    "grants nothing to %d units, and takes nothing",
    (units) => {
      const limiter = gcraLimiter()
      expect(take(limiter, units, 0).ok).toBe(false)
      expect(take(limiter, 10, 0).ok).toBe(true)
      expect(take(limiter, units, 0).ok).toBe(false)
      expect(take(limiter, 1, 0).ok).toBe(false)
    },
  )

  it("counts on with a new limit from what was taken", () => {
    const limiter = gcraLimiter()
    take(limiter, 8, 0)
    expect(take(limiter, 0, 0, { limit: 20, windowSeconds: 60 }).remaining).toBe(12)
    expect(take(limiter, 0, 0, { limit: 8, windowSeconds: 60 }).remaining).toBe(0)
  })

  it("is exact at the highest limit and the longest window", () => {
    const limiter = gcraLimiter()
    const limit = { limit: 1_000_000, windowSeconds: 31 * 86_400 }
    expect(take(limiter, 999_999, 0, limit).remaining).toBe(1)
    expect(take(limiter, 1, 0, limit).remaining).toBe(0)
    expect(inMs(take(limiter, 1, 0, limit)).retryAt).toBe(2679)
    expect(take(limiter, 1, 2678, limit).ok).toBe(false)
    expect(take(limiter, 1, 2679, limit).ok).toBe(true)
  })
})

describe("the embedded rate limiter's memory", () => {
  it("forgets keys that are full again while others come", () => {
    const debts = new Map<string, Debt>()
    const limiter = gcraLimiter(debts)
    let most = 0
    for (let index = 0; index < 50_000; index++) {
      take(limiter, 1, index * 10, TEN, `key_${index}`)
      most = Math.max(most, debts.size)
    }
    // A unit is back after six seconds: 600 keys owe at a time.
    expect(most).toBeGreaterThan(600)
    expect(most).toBeLessThan(600 * 3)
  })

  it("keeps every key that still owes", () => {
    const limiter = gcraLimiter()
    for (let index = 0; index < 5000; index++) take(limiter, 10, index, TEN, `key_${index}`)
    for (let index = 0; index < 5000; index++) {
      expect(take(limiter, 10, 5000, TEN, `key_${index}`).ok, `key_${index}`).toBe(false)
    }
  })

  it("keeps a key that has taken more since", () => {
    const limiter = gcraLimiter()
    take(limiter, 1, 0)
    take(limiter, 9, 1000)
    for (let index = 0; index < 10; index++) take(limiter, 1, 7000, TEN, `other_${index}`)
    expect(take(limiter, 2, 7000).ok).toBe(false)
  })

  it("is looked at once for a take of a known key, and written to only for a new one", () => {
    const calls: string[] = []
    class Watched extends Map<string, Debt> {
      override get(key: string) {
        calls.push("get")
        return super.get(key)
      }
      override set(key: string, debt: Debt) {
        calls.push("set")
        return super.set(key, debt)
      }
      override delete(key: string) {
        calls.push("delete")
        return super.delete(key)
      }
    }
    const limiter = gcraLimiter(new Watched())
    take(limiter, 1, 0)
    expect(calls.splice(0)).toEqual(["get", "set"])
    take(limiter, 1, 0)
    take(limiter, 99, 0)
    expect(calls.splice(0)).toEqual(["get", "get"])
    take(limiter, 0, 0, TEN, "key_2")
    take(limiter, 99, 0, TEN, "key_2")
    expect(calls).toEqual(["get", "get"])
  })
})
