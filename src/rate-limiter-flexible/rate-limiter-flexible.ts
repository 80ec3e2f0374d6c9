/**
 * Rate limits counted by `rate-limiter-flexible`, in the host's own Redis or whatever else that library counts in.
 *
 * @module
 */
import type { RateLimit, RateLimiter, RateStanding } from "../rate-limit/rate-limit.ts"

/** What a limiter of the library answers, or rejects with when it refuses. */
export type FlexibleResult = Readonly<{ consumedPoints: number; msBeforeNext: number }>

/** What is used of a limiter of the library. */
export interface FlexibleLimiter {
  consume(key: string, points: number): Promise<FlexibleResult>
  penalty(key: string, points: number): Promise<FlexibleResult>
  reward(key: string, points: number): Promise<FlexibleResult>
  get(key: string): Promise<FlexibleResult | null>
}

/** What a limiter of the library is made with; those of other stores than Redis and Valkey ignore the script. */
export type FlexibleOptions = Readonly<{ points: number; duration: number; customIncrTtlLuaScript: string }>

/** What the script adds to the units of a window that it refuses to add more to: no window counts as far. */
const UNTAKEN = 2 ** 52

/** The library's own script counts refused units too. This one does not, nor does it count below nothing. */
const SCRIPT = `
local used = tonumber(redis.call('get', KEYS[1]) or '0')
local ttl = redis.call('pttl', KEYS[1])
local units = tonumber(ARGV[1])
if units > 0 and used + units > tonumber(ARGV[3]) then return {${UNTAKEN} + used, ttl} end
if ttl < 0 then
  if units < 0 then return {0, 0} end
  redis.call('set', KEYS[1], 0, 'EX', ARGV[2])
  used = 0
  ttl = 1000 * ARGV[2]
end
return {redis.call('incrby', KEYS[1], math.max(units, 0 - used)), ttl}
`

/** Limiters kept at once, one for each limit in use. */
const KEPT = 1000

/**
 * Limits by what `create` makes for each limit, in windows that begin with a key's first take. Time is the store's own;
 * an error of the store's rejects unless the limiter has an `insuranceLimiter`.
 *
 * ```ts
 * rateLimiterFlexible((options) => new RateLimiterRedis({ storeClient: redis, ...options }))
 * ```
 *
 * Give it an ioredis client that no other limiter of the library uses: they would run each other's script. Other stores
 * first count what they refuse and then take it off again, so that what is taken meanwhile may be refused, never granted.
 */
export function rateLimiterFlexible(create: (options: FlexibleOptions) => FlexibleLimiter): RateLimiter {
  const limiters = new Map<string, FlexibleLimiter>()

  function limiterOf({ limit, windowSeconds }: RateLimit): FlexibleLimiter {
    const name = `${limit}/${windowSeconds}`
    const kept = limiters.get(name)
    if (kept !== undefined) return kept
    const limiter = create({ points: limit, duration: windowSeconds, customIncrTtlLuaScript: SCRIPT })
    for (const oldest of limiters.keys()) {
      if (limiters.size < KEPT) break
      limiters.delete(oldest)
    }
    limiters.set(name, limiter)
    return limiter
  }

  return {
    async take(key, units, limit, at) {
      const limiter = limiterOf(limit)
      const name = nameOf(key, limit)
      if (units === 0 || units > limit.limit) {
        const standing = standingOf(await limiter.get(name), limit, at)
        return units === 0 ? { ok: true, ...standing } : { ok: false, ...standing, retryAt: null }
      }
      try {
        return { ok: true, ...standingOf(await limiter.consume(name, units), limit, at) }
      } catch (refusal) {
        if (!isResult(refusal)) throw refusal
        const consumedPoints = await leftBy(refusal, limiter, name, units, limit)
        return { ok: false, ...standingOf({ ...refusal, consumedPoints }, limit, at), retryAt: after(at, refusal) }
      }
    },

    async giveBack(key, units, limit) {
      await putBack(limiterOf(limit), nameOf(key, limit), units)
    },
  }
}

/** A key's windows of one length are counted together, so that a new `limit` goes on from what was taken. */
const nameOf = (key: string, { windowSeconds }: RateLimit): string => `${windowSeconds}:${key}`

const isResult = (thrown: unknown): thrown is FlexibleResult =>
  typeof (thrown as Partial<FlexibleResult> | null)?.msBeforeNext === "number"

/** The units that a refused take leaves counted, after those it wrongly counted have been taken off. */
async function leftBy(
  { consumedPoints }: FlexibleResult,
  limiter: FlexibleLimiter,
  name: string,
  units: number,
  { limit }: RateLimit,
): Promise<number> {
  if (consumedPoints >= UNTAKEN) return consumedPoints - UNTAKEN
  // Refused without counting: the library keeps blocked keys in memory.
  if (consumedPoints <= limit) return limit
  return putBack(limiter, name, units)
}

/** Takes units off, and answers what is left; what goes below nothing, in a window that has begun since, is put on again. */
async function putBack(limiter: FlexibleLimiter, name: string, units: number): Promise<number> {
  const { consumedPoints } = await limiter.reward(name, units)
  if (consumedPoints < 0) await limiter.penalty(name, Math.min(units, -consumedPoints))
  return Math.max(0, consumedPoints)
}

const standingOf = (result: FlexibleResult | null, { limit }: RateLimit, at: Date): RateStanding => ({
  limit,
  remaining: Math.max(0, limit - (result?.consumedPoints ?? 0)),
  resetAt: result && result.consumedPoints > 0 ? after(at, result) : at,
})

const after = (at: Date, { msBeforeNext }: FlexibleResult): Date => new Date(at.getTime() + Math.max(0, msBeforeNext))
