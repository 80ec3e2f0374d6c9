/**
 * A transaction of the host's own.
 *
 * @module
 */
import type { Transaction } from "kysely"

/** The host's transaction without its plugins, which are for its own statements. */
export function hostConnection(transaction: unknown): Transaction<unknown> {
  if (isTransaction(transaction)) return transaction.withoutPlugins()
  throw new TypeError("expected a transaction of Kysely's")
}

const isTransaction = (value: unknown): value is Transaction<unknown> =>
  typeof value === "object" && value !== null && "isTransaction" in value && value.isTransaction === true
