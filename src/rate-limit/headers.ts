/**
 * What a response says about a rate limit.
 *
 * @module
 */
import type { RateVerdict } from "./rate-limit.ts"

/** `RateLimit` and `RateLimit-Policy` as in draft-ietf-httpapi-ratelimit-headers-11, `Retry-After` as in RFC 9110. */
export type RateLimitHeaders = Readonly<{
  RateLimit: string
  "RateLimit-Policy": string
  "Retry-After"?: string
}>

/**
 * The headers for a verdict of a limit with that window, as of `at`. Seconds are rounded up; of a refusal, the window
 * that `RateLimit` names ends when a retry will be granted, so that it never outlasts `Retry-After`.
 */
export function rateLimitHeaders(verdict: RateVerdict, windowSeconds: number, at: Date): RateLimitHeaders {
  const retryAfter = verdict.retryAt ? Math.max(1, secondsUntil(verdict.retryAt, at)) : undefined
  return {
    RateLimit: `"default";r=${verdict.remaining};t=${retryAfter ?? secondsUntil(verdict.resetAt, at)}`,
    "RateLimit-Policy": `"default";q=${verdict.limit};w=${windowSeconds}`,
    ...(retryAfter !== undefined && { "Retry-After": `${retryAfter}` }),
  }
}

const secondsUntil = (then: Date, at: Date): number => Math.max(0, Math.ceil((then.getTime() - at.getTime()) / 1000))
