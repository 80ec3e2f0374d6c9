/**
 * What databases throw, told apart by code, so that nothing of a driver's error goes further.
 *
 * @module
 */
import { TenantryError } from "../../kernel/error.ts"

/**
 * Why a statement failed. `again`: others were in the way, and it may work anew. `taken`: something unique is there
 * already. `lost`: anything else.
 */
export type Failure = "again" | "taken" | "lost"

const FAILURES: ReadonlyMap<string, Failure> = new Map(
  Object.entries<Failure>({
    // Postgres: serialization failure, deadlock, lock not available.
    "40001": "again",
    "40P01": "again",
    "55P03": "again",
    "23505": "taken",
    // MySQL and MariaDB: deadlock, lock wait timeout, record changed since the last read.
    ER_LOCK_DEADLOCK: "again",
    ER_LOCK_WAIT_TIMEOUT: "again",
    ER_CHECKREAD: "again",
    ER_DUP_ENTRY: "taken",
    SQLITE_CONSTRAINT_PRIMARYKEY: "taken",
    SQLITE_CONSTRAINT_UNIQUE: "taken",
  }),
)

/** What a database's error says. */
export function failureOf(error: unknown): Failure {
  const code = codeOf(error)
  return FAILURES.get(code) ?? (/^SQLITE_(?:BUSY|LOCKED)/.test(code) ? "again" : "lost")
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return ""
  return typeof error.code === "string" ? error.code : ""
}

/** A statement that failed, with no more of it than why. It stays inside this folder. */
export class StatementFailed extends Error {
  override readonly name = "StatementFailed"
  readonly failure: Failure

  constructor(failure: Failure) {
    super("a statement failed")
    this.failure = failure
  }
}

/** Whether that is a statement that failed so. */
export const failedAs = (error: unknown, failure: Failure): boolean =>
  error instanceof StatementFailed && error.failure === failure

/**
 * What a caller is told of a failure. Inside a transaction nothing can be done over: its owner runs it again, whole, if
 * others were in the way.
 */
export function toldOf(error: unknown, isInTransaction: boolean): unknown {
  if (!(error instanceof StatementFailed)) return error
  return isInTransaction && error.failure !== "lost"
    ? new TenantryError("conflict", { retry: "transaction" })
    : new TenantryError("unavailable", {})
}
