/**
 * What a rule answers: the facts that follow, or one refusal.
 *
 * @module
 */
import { type ErrorCode, type ErrorDetails, TenantryError } from "./error.ts"

/** Something that happened to one row: `before` is null when it began, `after` is null when it ended. */
export type Fact<Action extends string, Row> = Readonly<{ action: Action; before: Row | null; after: Row | null }>

/** Why not, with the code's own details. */
export type Refusal<Code extends ErrorCode = ErrorCode> = Code extends ErrorCode
  ? Readonly<{ code: Code; details: ErrorDetails[Code] }>
  : never

/** The facts that follow from a command, in order, or the one reason why none do. No facts: nothing to change. */
export type Decision<F, Code extends ErrorCode = ErrorCode> =
  | Readonly<{ ok: true; facts: readonly F[] }>
  | Readonly<{ ok: false; refusal: Refusal<Code> }>

/** The facts that follow. */
export const decided = <F>(...facts: readonly F[]): Readonly<{ ok: true; facts: readonly F[] }> => ({ ok: true, facts })

/** The one reason why nothing follows. */
export function refused<Code extends ErrorCode>(
  code: Code,
  details: ErrorDetails[Code],
): Readonly<{ ok: false; refusal: Refusal<Code> }> {
  return { ok: false, refusal: { code, details } as Refusal<Code> }
}

/** The refusal as the error that public functions throw. */
export const asError = (refusal: Refusal): TenantryError => new TenantryError<ErrorCode>(refusal.code, refusal.details)
