/**
 * Accounts: what belongs to a person outside any organization, and is guarded by a revision of its own.
 *
 * @module
 */
import type { AccountKeyReads } from "../api-key/repository.ts"
import type { Account, AccountId } from "../billing/account.ts"
import type { Billed } from "../billing/billed.ts"
import type { UsageReads } from "../usage/repository.ts"
import type { RowChanges, Rows } from "./changes.ts"
import type { Read } from "./read.ts"

/** Every read of one account. */
export interface AccountReads extends AccountKeyReads, UsageReads {
  /** Must answer the account's subscriptions, and of each of its quotas the newest period. */
  billed: Read<Readonly<{ at: Date }>, Billed>
}

/** What one load of an account asks for. A key that is absent or undefined is not read. */
export type AccountWants = { readonly [K in keyof AccountReads]?: AccountReads[K]["want"] | undefined }

/** What it finds: the account's row, null before anything was written of it, and an answer to every want. */
export type AccountLoaded<W extends AccountWants> = Readonly<
  { account: Account | null } & {
    [K in keyof W & keyof AccountReads]: undefined extends W[K]
      ? AccountReads[K]["found"] | undefined
      : AccountReads[K]["found"]
  }
>

/** Everything that one command writes of an account, guarded by the revision that was read, or null for none. */
export type AccountChanges = Readonly<{
  guard: Readonly<{ accountId: AccountId; revision: number | null }>
  /** The row as it will stand, its revision included. */
  account: Account
  rows: { readonly [Table in "apiKeys" | "subscriptions"]?: RowChanges<Rows[Table]> }
}>

/** A person's accounts. An organization's own rows are guarded by the organization. */
export interface AccountRepository {
  /** Must answer the account and every want as they stood at one instant; rows must be the caller's own. */
  load<const W extends AccountWants>(accountId: AccountId, wants: W): Promise<AccountLoaded<W>>
  /** Must apply all of the changes or none, and only if the guard still holds: otherwise `conflict`. */
  commit(changes: AccountChanges): Promise<"committed" | "conflict">
}
