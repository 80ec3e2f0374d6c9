/**
 * What idempotency keys ask of a store: which requests were begun, and what they were answered.
 *
 * ```
 *   begin ──► under way ──► finish: answered ──► expired, as if it had never been
 *                 └───────► forget: refused, as if it had never been
 * ```
 *
 * @module
 */
import type { AccountId } from "../billing/account.ts"

/** A response as it is kept: of one that held a secret, only what the secret is of. */
export type KeptAnswer =
  | Readonly<{ status: number; headers: Readonly<Record<string, string>>; body: string }>
  | Readonly<{ secretOf: string }>

/** A request that was begun. `fingerprint` is the same for the same request; `answer` is null while it is under way. */
export type Begun = Readonly<{ fingerprint: string; answer: KeptAnswer | null }>

/** Where requests that were begun are kept, each under its account. `key` and `fingerprint` are hashes, in hexadecimal. */
export interface IdempotencyStore {
  /**
   * Must keep that a request is under way until `expiresAt`, and answer null. Where one of that account and key is kept
   * that has not expired `at` then, must answer that one instead, and keep it as it is. Of many at once, one begins.
   */
  begin(account: AccountId, key: string, fingerprint: string, expiresAt: Date, at: Date): Promise<Begun | null>
  /** Must keep the answer, to the byte, with the request that is under way, until the same instant; nothing where none is. */
  finish(account: AccountId, key: string, answer: KeptAnswer): Promise<void>
  /** Must forget the request; nothing where none is. */
  forget(account: AccountId, key: string): Promise<void>
}
