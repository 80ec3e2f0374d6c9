/**
 * The reference store: everything in this process's memory, every rule of the port kept.
 *
 * @module
 */
import type { Store } from "../store.ts"
import { emptyDatabase } from "./database.ts"
import { storeOver } from "./store-over.ts"

export type MemoryStoreOptions = Readonly<{
  /**
   * Milliseconds that a call may wait for a transaction to end, before it throws `unavailable`.
   *
   * @default 10_000
   */
  lockTimeout?: number
}>

/**
 * A store in memory, for tests, demonstrations and small single processes. Transactions read what is committed and
 * lock what they write; a host's own transaction is the store that `transaction` hands to its work.
 */
export const memoryStore = ({ lockTimeout }: MemoryStoreOptions = {}): Store => storeOver(emptyDatabase(), lockTimeout)
