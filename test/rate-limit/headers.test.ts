import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { gcraLimiter } from "../../src/rate-limit/gcra.ts"
import { rateLimitHeaders } from "../../src/rate-limit/headers.ts"
import { RateLimit } from "../../src/rate-limit/rate-limit.ts"

const AT = new Date("2026-01-01T00:00:00.000Z")
const seconds = (count: number): Date => new Date(AT.getTime() + count * 1000)

describe("the headers of a verdict", () => {
  it("name what is left and when all of it is back", () => {
    const verdict = { ok: true, limit: 100, remaining: 50, resetAt: seconds(30) } as const
    expect(rateLimitHeaders(verdict, 60, AT)).toEqual({
      RateLimit: '"default";r=50;t=30',
      "RateLimit-Policy": '"default";q=100;w=60',
    })
  })

  it("name, of a refusal, when to try again", () => {
    const verdict = { ok: false, limit: 100, remaining: 0, resetAt: seconds(60), retryAt: seconds(0.6) } as const
    expect(rateLimitHeaders(verdict, 60, AT)).toEqual({
      RateLimit: '"default";r=0;t=1',
      "RateLimit-Policy": '"default";q=100;w=60',
      "Retry-After": "1",
    })
  })

  it("promise nothing to a request that can never be granted", () => {
    const verdict = { ok: false, limit: 5, remaining: 5, resetAt: AT, retryAt: null } as const
    expect(rateLimitHeaders(verdict, 1, AT)).toEqual({
      RateLimit: '"default";r=5;t=0',
      "RateLimit-Policy": '"default";q=5;w=1',
    })
  })

  it("never tell anybody to retry at once, nor name a time that is past", () => {
    const verdict = { ok: false, limit: 5, remaining: 0, resetAt: seconds(-5), retryAt: seconds(-5) } as const
    expect(rateLimitHeaders(verdict, 1, AT)).toMatchObject({ RateLimit: '"default";r=0;t=1', "Retry-After": "1" })
    expect(rateLimitHeaders({ ok: true, limit: 5, remaining: 5, resetAt: seconds(-5) }, 1, AT).RateLimit).toMatch(
      /t=0$/,
    )
  })

  it("are structured fields, and whoever waits as long as they say is granted", () => {
    const limits = fc.record({
      limit: fc.integer({ min: 1, max: 50 }),
      windowSeconds: fc.integer({ min: 1, max: 100 }),
    })
    fc.assert(
      fc.property(limits, fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 60 }), (limit, takes) => {
        const limiter = gcraLimiter()
        for (const units of takes) {
          const verdict = limiter.take("key_1", units, limit, AT)
          if (verdict instanceof Promise) throw new Error("expected a verdict at once")
          const headers = rateLimitHeaders(verdict, limit.windowSeconds, AT)
          expect(headers.RateLimit).toMatch(/^"default";r=\d{1,15};t=\d{1,15}$/)
          expect(headers["RateLimit-Policy"]).toBe(`"default";q=${limit.limit};w=${limit.windowSeconds}`)
          expect(headers["Retry-After"] !== undefined).toBe(!verdict.ok && units <= limit.limit)
          if (headers["Retry-After"] === undefined) continue
          const later = seconds(Number(headers["Retry-After"]))
          expect(limiter.take("key_1", units, limit, later)).toMatchObject({ ok: true })
          return
        }
      }),
    )
  })
})

describe("a rate limit as input", () => {
  it.each([
    { limit: 1, windowSeconds: 1 },
    { limit: 1_000_000, windowSeconds: 2_678_400 },
  ])("may be %o", (limit) => {
    expect(RateLimit.parse(limit)).toEqual(limit)
  })

  it.each([
    { limit: 0, windowSeconds: 1 },
    { limit: 1, windowSeconds: 0 },
    { limit: 1.5, windowSeconds: 1 },
    { limit: 1_000_001, windowSeconds: 1 },
    { limit: 1, windowSeconds: 2_678_401 },
    { limit: Number.NaN, windowSeconds: 1 },
    { limit: "10", windowSeconds: 1 },
    { limit: 1, windowSeconds: 1, burst: 5 },
    { limit: 1 },
  ])("may not be %o", (limit) => {
    expect(RateLimit.safeParse(limit).success).toBe(false)
  })
})
