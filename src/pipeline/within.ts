/**
 * Operations inside a host's own transaction: what they write stands or falls with it.
 *
 * @module
 */
import { isTenantryError, TenantryError } from "../kernel/error.ts"
import { inputIssue } from "../kernel/input.ts"
import type { Queue } from "../kernel/queue.ts"
import { ruleBook } from "../restriction/compiled.ts"
import type { HostTransaction, Store } from "../store/store.ts"
import type { Shell } from "./shell.ts"

/** A turn would wait for others while the transaction makes them wait. */
const atOnce: Queue = (_, work) => work()

/**
 * The same ports over the host's transaction. Rules compiled inside are kept apart: a transaction that is rolled back
 * takes their revision with it, and another commit may give it to others.
 */
export function inTransaction(shell: Shell, transaction: HostTransaction): Shell {
  return { ...shell, store: storeIn(shell.store, transaction), queue: atOnce, ruleBook: ruleBook(), isHosted: true }
}

/**
 * Throws on, inside a host's transaction, what is answered for or left alone elsewhere: a database may have ended the
 * transaction over it, and the host would commit nothing, or half.
 */
export function heard({ isHosted }: Pick<Shell, "isHosted">, error: unknown): void {
  if (isHosted) throw isTenantryError(error) ? error : new TenantryError("unavailable", {})
}

function storeIn(store: Store, transaction: HostTransaction): Store {
  if (store.withTransaction === undefined) throw new TenantryError("feature_off", { feature: "within" })
  try {
    return store.withTransaction(transaction)
  } catch {
    throw new TenantryError("invalid_input", inputIssue(["transaction"], "expected a transaction of the store's"))
  }
}
