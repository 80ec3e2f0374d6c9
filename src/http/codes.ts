/**
 * Every code that a problem can have.
 *
 * @module
 */
import { VERDICT_STATUS, type VerdictCode } from "../api-key/verdict.ts"
import type { ErrorCode } from "../kernel/error.ts"

/** What only HTTP can get wrong, with its status. */
export const HTTP_STATUS = {
  bad_request: 400,
  method_not_allowed: 405,
  content_too_large: 413,
  unsupported_media_type: 415,
  internal_error: 500,
} as const

/** A code of HTTP's own. */
export type HttpCode = keyof typeof HTTP_STATUS

/** The domain's codes, those of a verdict that is no 401, and HTTP's own. */
export type ProblemCode = ErrorCode | VerdictCode | HttpCode

/** One entry for each, so that none can be forgotten. */
const ERRORS: Readonly<Record<ErrorCode, true>> = {
  unauthenticated: true,
  subscription_required: true,
  forbidden: true,
  role_not_manageable: true,
  permission_escalation: true,
  email_unverified: true,
  invitation_email_mismatch: true,
  not_found: true,
  conflict: true,
  slug_taken: true,
  already_member: true,
  invitation_pending: true,
  invitation_closed: true,
  last_owner: true,
  owner_immutable: true,
  organization_not_empty: true,
  role_in_use: true,
  role_reserved: true,
  seat_limit_reached: true,
  not_billable: true,
  organization_inactive: true,
  project_archived: true,
  limit_reached: true,
  feature_off: true,
  idempotency_replay: true,
  invitation_expired: true,
  invitation_void: true,
  precondition_failed: true,
  invalid_input: true,
  idempotency_mismatch: true,
  rate_limited: true,
  quota_exceeded: true,
  unavailable: true,
  refused: true,
}

const VERDICTS = (Object.keys(VERDICT_STATUS) as VerdictCode[]).filter((code) => VERDICT_STATUS[code] !== 401)

/** Every one of them, for the document. */
export const problemCodes = (): readonly string[] => [
  ...new Set([...Object.keys(ERRORS), ...VERDICTS, ...Object.keys(HTTP_STATUS)]),
]
