/**
 * Rate limits, as a port: how often is asked here, who counts is the host's choice.
 *
 * @module
 */
import * as z from "zod"

/** At most `limit` units in `windowSeconds`; a month of seconds at the longest. */
export type RateLimit = Readonly<{ limit: number; windowSeconds: number }>

/** A rate limit as input. */
export const RateLimit: z.ZodType<RateLimit, RateLimit> = z.strictObject({
  limit: z.int().min(1).max(1_000_000),
  windowSeconds: z
    .int()
    .min(1)
    .max(31 * 86_400),
})

/** How a limit stands after a take. */
export type RateStanding = Readonly<{
  limit: number
  /** Units that a take at the same instant would still get. */
  remaining: number
  /** When all of `limit` is there again if nothing more is taken: the instant of the take if it is there already. */
  resetAt: Date
}>

/** A refusal's `retryAt` is when the same take will be granted, or null if it asks for more than `limit`. */
export type RateVerdict =
  | (RateStanding & Readonly<{ ok: true; retryAt?: never }>)
  | (RateStanding & Readonly<{ ok: false; retryAt: Date | null }>)

/**
 * Counts units by key. `units` is a whole number, `at` the instant of the request. Rejecting is for a limiter that
 * cannot answer, and is told to callers as `unavailable`.
 */
export interface RateLimiter {
  /**
   * Must take all of `units` or none: a refused take leaves everything as it was. From full it must grant `limit` units
   * at one instant and no more, whatever else happens at once, and in any window at most twice `limit`. Keys must not
   * touch each other. No units take nothing and are always granted, to ask how things stand. A key whose limit has
   * changed must not be refused for longer than the new window.
   */
  take(key: string, units: number, limit: RateLimit, at: Date): RateVerdict | Promise<RateVerdict>
  /**
   * Must restore what a granted take of `units` at that `at` took, less what has come back by itself since, and never
   * beyond full. A key that nothing was taken from must stay as it is.
   */
  giveBack(key: string, units: number, limit: RateLimit, at: Date): void | Promise<void>
}
