/**
 * The one error Tenantry throws: a closed union of codes, each with its HTTP status and typed details.
 *
 * @module
 */

/** One thing wrong with an input, and where. */
export type InputIssue = Readonly<{ path: readonly (string | number)[]; message: string }>

/** What each code says beyond itself. No secret, token or other tenant's data is ever in here. */
export interface ErrorDetails {
  unauthenticated: Empty
  subscription_required: Readonly<{ product: string }>
  /** `permission` is what the caller lacks; absent when this kind of actor can never do it. */
  forbidden: Readonly<{ permission?: string }>
  role_not_manageable: Readonly<{ role: string }>
  /** The permissions that the caller would hand out without holding them. */
  permission_escalation: Readonly<{ permissions: readonly string[] }>
  email_unverified: Empty
  invitation_email_mismatch: Empty
  not_found: Empty
  /** `field` is taken by another; `retry: "transaction"`: the host runs its own transaction again, whole. */
  conflict: Readonly<{ field?: string; retry?: "transaction" }>
  slug_taken: Readonly<{ slug: string }>
  already_member: Empty
  /** Which one, to whoever may take it back. */
  invitation_pending: Readonly<{ invitationId?: string }>
  invitation_closed: Readonly<{ status: string }>
  /** `organizationIds` of an erasure: every organization that would have no owner left. */
  last_owner: Readonly<{ organizationIds?: readonly string[] }>
  owner_immutable: Empty
  organization_not_empty: Readonly<{ members: number }>
  role_in_use: Readonly<{ memberships: number; invitations: number }>
  role_reserved: Readonly<{ name: string }>
  seat_limit_reached: Readonly<{ seats: number }>
  not_billable: Empty
  organization_inactive: Readonly<{ status: string }>
  project_archived: Empty
  limit_reached: Readonly<{ limit: string; max: number }>
  feature_off: Readonly<{ feature: string }>
  idempotency_replay: Readonly<{ id?: string }>
  invitation_expired: Readonly<{ expiredAt: Date }>
  invitation_void: Empty
  precondition_failed: Empty
  /** Every problem of the input at once, each with its path. */
  invalid_input: Readonly<{ issues: readonly InputIssue[] }>
  idempotency_mismatch: Empty
  rate_limited: Readonly<{ retryAt: Date }>
  quota_exceeded: Readonly<{ remaining: number }>
  unavailable: Empty
  /** A guard of the host's said no: its own code. */
  refused: Readonly<{ hostCode: string }>
}

type Empty = Readonly<Record<never, never>>

/** The closed union of what can go wrong. */
export type ErrorCode = keyof ErrorDetails

/** What is not listed is 409: it cannot be, as things stand. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  unauthenticated: 401,
  subscription_required: 402,
  forbidden: 403,
  role_not_manageable: 403,
  permission_escalation: 403,
  email_unverified: 403,
  invitation_email_mismatch: 403,
  not_found: 404,
  invitation_expired: 410,
  invitation_void: 410,
  precondition_failed: 412,
  invalid_input: 422,
  idempotency_mismatch: 422,
  rate_limited: 429,
  quota_exceeded: 429,
  unavailable: 503,
}

/** Every code with its HTTP status, for hosts that build their own surface. */
export const errorStatus = (code: ErrorCode): number => STATUS[code] ?? 409

const BRAND = Symbol.for("tenantry.error")

/** An error of Tenantry's: `code` is the contract, `message` is public and may change. */
export class TenantryError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "TenantryError"
  readonly code: C
  readonly status: number
  readonly details: ErrorDetails[C]

  constructor(code: C, details: ErrorDetails[C], options?: Readonly<{ message?: string; status?: number }>) {
    super(options?.message ?? code.replaceAll("_", " "))
    this.code = code
    this.status = options?.status ?? errorStatus(code)
    this.details = details
    Object.defineProperty(this, BRAND, { value: true })
  }

  toJSON(): Readonly<{ code: C; status: number; message: string; details: ErrorDetails[C] }> {
    return { code: this.code, status: this.status, message: this.message, details: this.details }
  }
}

/** A `TenantryError` whose `code` narrows its `details`: `if (error.code === "slug_taken") error.details.slug`. */
export type AnyTenantryError = { [C in ErrorCode]: TenantryError<C> }[ErrorCode]

/** Whether `error` is Tenantry's, across duplicate copies of the package (where `instanceof` fails). */
export function isTenantryError(error: unknown): error is AnyTenantryError {
  return error instanceof Error && (error as { [BRAND]?: unknown })[BRAND] === true
}

/** What `attempt` answers: the value, or the error as a value. */
export type Attempt<T> = Readonly<{ ok: true; value: T }> | Readonly<{ ok: false; error: AnyTenantryError }>

/** Turns a `TenantryError` into a value. Any other error is a bug and is thrown on. */
export async function attempt<T>(promise: Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await promise }
  } catch (error) {
    if (isTenantryError(error)) return { ok: false, error }
    throw error
  }
}
