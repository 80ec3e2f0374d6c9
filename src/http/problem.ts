/**
 * Problem documents (RFC 9457): every refusal, the domain's, a key's verdict or HTTP's own, in one shape.
 *
 * @module
 */
import type { RefusedVerdict } from "../api-key/verdict-view.ts"
import { type AnyTenantryError, type InputIssue, isTenantryError } from "../kernel/error.ts"
import { rateLimitHeaders } from "../rate-limit/headers.ts"
import { HTTP_STATUS, type HttpCode, type ProblemCode } from "./codes.ts"

/** The document. `errors` lists every problem of an input; `details` is what the code says beyond itself. */
export type Problem = Readonly<{
  type: string
  title: string
  status: number
  detail: string
  code: ProblemCode
  errors?: readonly InputIssue[]
  details?: Readonly<Record<string, unknown>>
}>

/** Header fields by name. */
export type HeaderFields = Readonly<Record<string, string>>

/** A problem on its way to being the response. */
export class Refusal extends Error {
  override readonly name = "Refusal"
  readonly problem: Problem
  readonly headers: HeaderFields

  constructor(problem: Problem, headers: HeaderFields = {}) {
    super(problem.detail)
    this.problem = problem
    this.headers = headers
  }
}

function document(code: ProblemCode, status: number, detail: string, more: Partial<Problem> = {}): Problem {
  const words = code.replaceAll("_", " ")
  const title = words.charAt(0).toUpperCase() + words.slice(1)
  return { type: `urn:tenantry:problem:${code}`, title, status, detail, code, ...more }
}

/** A refusal of HTTP's own. */
export const refusal = (code: HttpCode, detail: string, headers: HeaderFields = {}): Refusal =>
  new Refusal(document(code, HTTP_STATUS[code], detail), headers)

const secondsFrom = (at: Date, then: Date): string =>
  `${Math.max(1, Math.ceil((then.getTime() - at.getTime()) / 1000))}`

/** Says which way in there is; of a key that came, that it is no good. */
const challenge = (withKey: boolean): HeaderFields => ({
  "WWW-Authenticate": withKey ? 'Bearer error="invalid_token"' : "Bearer",
})

function fromError(error: AnyTenantryError, at: Date): Refusal {
  const { code, status, message } = error
  if (code === "invalid_input") return new Refusal(document(code, status, message, { errors: error.details.issues }))
  const details = Object.keys(error.details).length === 0 ? {} : { details: { ...error.details } }
  const headers = {
    ...(status === 401 && challenge(false)),
    ...(code === "rate_limited" && { "Retry-After": secondsFrom(at, error.details.retryAt) }),
  }
  return new Refusal(document(code, status, message, details), headers)
}

/** What was thrown as a refusal; null for what is no refusal but a bug. */
export function asRefusal(error: unknown, at: Date): Refusal | null {
  if (error instanceof Refusal) return error
  return isTenantryError(error) ? fromError(error, at) : null
}

/**
 * A key's verdict as a refusal. Whatever is wrong with the key itself is `unauthenticated`, with the verdict's own code
 * as `details.reason`: whoever has the secret may know.
 */
export function fromVerdict(verdict: RefusedVerdict, at: Date): Refusal {
  const { code, status } = verdict
  const detail = code.replaceAll("_", " ")
  if (status === 401) {
    return new Refusal(document("unauthenticated", status, detail, { details: { reason: code } }), challenge(true))
  }
  if (code === "rate_limited") {
    const { rateLimit } = verdict
    return new Refusal(document(code, status, detail), { ...rateLimitHeaders(rateLimit, rateLimit.windowSeconds, at) })
  }
  if (code === "quota_exceeded") {
    const { remaining, resetAt } = verdict.quota
    const more = { details: { remaining, resetAt } }
    return new Refusal(document(code, status, detail, more), { "Retry-After": secondsFrom(at, resetAt) })
  }
  const more = code === "permission_denied" ? { details: { permission: verdict.permission } } : {}
  return new Refusal(document(code, status, detail, more))
}

/** The header fields of a refusal's response. */
export const problemHeaders = ({ headers }: Refusal): HeaderFields => ({
  ...SECURE,
  ...headers,
  "Content-Type": "application/problem+json",
})

/** The response that a refusal is. */
export const problemResponse = (refusal: Refusal): Response =>
  new Response(JSON.stringify(refusal.problem), { status: refusal.problem.status, headers: problemHeaders(refusal) })

/** What every response says: it is one caller's own, and nothing but what it says it is. */
export const SECURE: HeaderFields = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
}
