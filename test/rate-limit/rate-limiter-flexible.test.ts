import { randomUUID } from "node:crypto"
import { Redis } from "ioredis"
import { RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible"
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { RateLimit } from "../../src/rate-limit/rate-limit.ts"
import {
  type FlexibleLimiter,
  type FlexibleOptions,
  type FlexibleResult,
  rateLimiterFlexible,
} from "../../src/rate-limiter-flexible/rate-limiter-flexible.ts"
import { fakeClock } from "../../src/testing/testing.ts"
import { connected, REDIS } from "../redis.ts"
import { describeWith } from "../server.ts"
import { rateLimiterConformance } from "./conformance.ts"

const AT = new Date("2026-01-01T00:00:00.000Z")
const TEN: RateLimit = { limit: 10, windowSeconds: 60 }

const connect = (): Redis =>
  new Redis(REDIS, { lazyConnect: true, connectTimeout: 1000, enableOfflineQueue: false, retryStrategy: () => null })

/** The limiters that `create` made, with the calls that reached them. */
function watched(create: (options: FlexibleOptions) => FlexibleLimiter) {
  const calls: string[] = []
  const made: FlexibleOptions[] = []
  const limiter = rateLimiterFlexible((options) => {
    made.push(options)
    const target = create(options)
    const called = <T>(name: string, answer: Promise<T>): Promise<T> => {
      calls.push(name)
      return answer
    }
    return {
      consume: (key, points) => called("consume", target.consume(key, points)),
      penalty: (key, points) => called("penalty", target.penalty(key, points)),
      reward: (key, points) => called("reward", target.reward(key, points)),
      get: (key) => called("get", target.get(key)),
    }
  })
  return { limiter, calls, made }
}

describe("rate-limiter-flexible in memory", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: AT })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const open = async () => ({
    limiter: rateLimiterFlexible((options) => new RateLimiterMemory(options)),
    now: () => new Date(),
    advance: async (ms: number) => void vi.advanceTimersByTime(ms),
  })
  describe("keeps to the port:", () => {
    for (const { name, run } of rateLimiterConformance(open)) it(name, run)
  })

  it("is asked once for a grant and a give-back, and once more to take a refusal off again", async () => {
    const { limiter, calls } = watched((options) => new RateLimiterMemory(options))
    await limiter.take("key_1", 10, TEN, AT)
    await limiter.giveBack("key_1", 1, TEN, AT)
    expect(calls.splice(0)).toEqual(["consume", "reward"])
    expect(await limiter.take("key_1", 2, TEN, AT)).toMatchObject({ ok: false, remaining: 1 })
    expect(calls).toEqual(["consume", "reward"])
  })

  it("makes one limiter for a limit, and another for another", async () => {
    const { limiter, made } = watched((options) => new RateLimiterMemory(options))
    for (const limit of [TEN, { ...TEN }, { ...TEN, limit: 11 }, { ...TEN, windowSeconds: 61 }, TEN]) {
      await limiter.take("key_1", 1, limit, AT)
    }
    expect(made).toMatchObject([
      { points: 10, duration: 60 },
      { points: 11, duration: 60 },
      { points: 10, duration: 61 },
    ])
  })

  it("keeps a thousand limiters at most, the newest", async () => {
    const { limiter, made } = watched((options) => new RateLimiterMemory(options))
    for (let limit = 1; limit <= 1001; limit++) await limiter.take("key_1", 0, { ...TEN, limit }, AT)
    await limiter.take("key_1", 0, { ...TEN, limit: 1001 }, AT)
    await limiter.take("key_1", 0, { ...TEN, limit: 2 }, AT)
    expect(made.length).toBe(1001)
    await limiter.take("key_1", 0, { ...TEN, limit: 1 }, AT)
    expect(made.length).toBe(1002)
  })

  it("takes nothing off for a refusal that the library did not count", async () => {
    const blocked = { consumedPoints: 0, msBeforeNext: 5000 }
    const { limiter, calls } = watched(() => ({
      consume: () => Promise.reject(blocked),
      penalty: async () => blocked,
      reward: async () => blocked,
      get: async () => null,
    }))
    expect(await limiter.take("key_1", 1, TEN, AT)).toEqual({
      ok: false,
      limit: 10,
      remaining: 0,
      resetAt: new Date(AT.getTime() + 5000),
      retryAt: new Date(AT.getTime() + 5000),
    })
    expect(calls).toEqual(["consume"])
  })
})

describe("rate-limiter-flexible without the script", () => {
  /** A store whose every answer is that one. */
  const answering = (consumedPoints: number, consume: () => Promise<FlexibleResult>) => {
    const penalties: number[] = []
    const result = { consumedPoints, msBeforeNext: 5000 }
    const limiter = rateLimiterFlexible(() => ({
      consume,
      penalty: async (_, points) => {
        penalties.push(points)
        return result
      },
      reward: async () => result,
      get: async () => result,
    }))
    return { limiter, penalties }
  }

  it("puts on again what it took too much off, and leaves to others what they did", async () => {
    const refuse = () => Promise.reject({ consumedPoints: 12, msBeforeNext: 5000 })
    for (const [left, repaid] of [
      [-9, 3],
      [-2, 2],
      [0, undefined],
      [4, undefined],
    ] as const) {
      const { limiter, penalties } = answering(left, refuse)
      expect(await limiter.take("key_1", 3, TEN, AT)).toMatchObject({ ok: false, remaining: 10 - Math.max(0, left) })
      await limiter.giveBack("key_1", 3, TEN, AT)
      expect(penalties).toEqual(repaid === undefined ? [] : [repaid, repaid])
    }
  })

  it("rejects with whatever is no refusal, and takes nothing off", async () => {
    for (const error of [new Error("no connection"), undefined, null, "no", {}]) {
      const { limiter, penalties } = answering(-1, () => Promise.reject(error))
      await expect(limiter.take("key_1", 1, TEN, AT)).rejects.toBe(error)
      expect(penalties).toEqual([])
    }
  })
})

const redisName = `rate-limiter-flexible in Redis at ${new URL(REDIS).host}`

describeWith(redisName, await connected(connect()), (redis) => {
  const run = `tenantry-test-${randomUUID()}`
  let opened = 0

  const create = (options: FlexibleOptions, keyPrefix = run) =>
    new RateLimiterRedis({ storeClient: redis, keyPrefix, ...options })

  /** Lets time pass for every key of that prefix. */
  async function age(keyPrefix: string, ms: number): Promise<void> {
    for (const key of await redis.keys(`${keyPrefix}:*`)) {
      const left = (await redis.pttl(key)) - ms
      if (left <= 0) await redis.del(key)
      else await redis.pexpire(key, left)
    }
  }

  afterAll(async () => {
    const keys = await redis.keys(`${run}*`)
    if (keys.length > 0) await redis.del(...keys)
    await redis.quit()
  })

  const open =
    (options: Partial<FlexibleOptions> = {}) =>
    async () => {
      const keyPrefix = `${run}-${opened++}`
      const clock = fakeClock()
      return {
        limiter: rateLimiterFlexible((asked) => create({ ...asked, ...options }, keyPrefix)),
        now: () => clock.now(),
        advance: async (ms: number) => {
          clock.advance(ms)
          await age(keyPrefix, ms)
        },
      }
    }
  describe("keeps to the port:", () => {
    for (const { name, run } of rateLimiterConformance(open())) it(name, run)
  })
  describe("keeps to the port with the library's own script:", () => {
    const plain = open({ customIncrTtlLuaScript: "" })
    for (const { name, run } of rateLimiterConformance(plain)) it(name, run)
  })

  it("is asked once, for a grant, a refusal or a give-back", async () => {
    const { limiter, calls } = watched((options) => create(options))
    await limiter.take("once", 10, TEN, AT)
    await limiter.take("once", 1, TEN, AT)
    await limiter.giveBack("once", 1, TEN, AT)
    await limiter.giveBack("once", 20, TEN, AT)
    expect(calls).toEqual(["consume", "consume", "reward", "reward"])
  })

  it("goes on from what was taken when a limit changes, as long as its window does not", async () => {
    const limiter = rateLimiterFlexible((options) => create(options))
    await limiter.take("changed", 8, TEN, AT)
    expect(await limiter.take("changed", 1, { ...TEN, limit: 20 }, AT)).toMatchObject({ ok: true, remaining: 11 })
    expect(await limiter.take("changed", 1, { ...TEN, limit: 5 }, AT)).toMatchObject({ ok: false, remaining: 0 })
    expect(await limiter.take("changed", 1, { ...TEN, windowSeconds: 61 }, AT)).toMatchObject({ remaining: 9 })
  })

  it("leaves no key in the store that does not expire, and none for what was never taken", async () => {
    const limiter = rateLimiterFlexible((options) => create(options, `${run}-ttl`))
    await limiter.take("a", 3, TEN, AT)
    await limiter.giveBack("a", 3, TEN, AT)
    await limiter.giveBack("b", 3, TEN, AT)
    await limiter.take("c", 0, TEN, AT)
    await limiter.take("d", 11, TEN, AT)
    const keys = await redis.keys(`${run}-ttl:*`)
    expect(keys).toEqual([`${run}-ttl:60:a`])
    expect(await redis.pttl(keys[0] ?? "")).toBeGreaterThan(0)
  })

  it("rejects when Redis is gone", async () => {
    const gone = connect()
    gone.on("error", () => {})
    await gone.connect()
    const limiter = rateLimiterFlexible((options) => new RateLimiterRedis({ storeClient: gone, ...options }))
    gone.disconnect()
    await expect(limiter.take("gone", 1, TEN, AT)).rejects.toThrow("Stream isn't writeable")
    await expect(limiter.take("gone", 0, TEN, AT)).rejects.toThrow()
    await expect(limiter.giveBack("gone", 1, TEN, AT)).rejects.toThrow()
  })

  it("falls back on the host's insurance when Redis is gone", async () => {
    const gone = connect()
    gone.on("error", () => {})
    const limiter = rateLimiterFlexible((options) => {
      const insuranceLimiter = new RateLimiterMemory(options)
      return new RateLimiterRedis({ storeClient: gone, insuranceLimiter, ...options })
    })
    expect(await limiter.take("insured", 10, TEN, AT)).toMatchObject({ ok: true, remaining: 0 })
    expect(await limiter.take("insured", 1, TEN, AT)).toMatchObject({ ok: false, remaining: 0 })
    await limiter.giveBack("insured", 1, TEN, AT)
    expect(await limiter.take("insured", 1, TEN, AT)).toMatchObject({ ok: true })
  })
})
