/**
 * Where usage is kept: what was taken from each account, and what counts for each organization and account. These are
 * cells that writes change in place, because counting comes with every request; each write can take itself back.
 *
 * @module
 */
import type { AccountId } from "../../billing/account.ts"
import type { ApiKeyId, HoldId } from "../../kernel/id.ts"
import type { Month } from "../../usage/month.ts"
import type { Counter, Hold, Meter } from "../../usage/usage.ts"
import { emptyRequests } from "./requests.ts"
import type { Tally } from "./table.ts"

/** One meter in one period. */
export type Gauge = Meter & {
  used: number
  /** Null until something is held. */
  line: Line | null
  /** The same meter in the period before. */
  older: Gauge | null
}

/** Open holds by when they expire. Those before `lapsed` have, as of the last instant asked; the others make `held`. */
export type Line = { readonly holds: Kept[]; lapsed: number; held: number }

/** A hold as it stands. */
export type Kept = { hold: Hold; readonly expires: number; readonly gauges: readonly Gauge[] }

/** A counter as it stands. */
export type Count = Counter & {
  readonly account: AccountId
  units: number
  /** Minutes since 1970. */
  lastUsed: number
  /** Null where no key was used. */
  readonly use: Use | null
  /** The next of the same account and subject. */
  next: Count | null
  /** The next of the same key, whoever pays. */
  nextOfKey: Count | null
}

/** When a key was used last, and its counters. */
export type Use = { minute: Minute | null; counts: Count | null }

/** How many keys were used last in one minute, in a line that goes back in time. */
export type Minute = { readonly at: number; keys: number; older: Minute | null; newer: Minute | null }

/** What an account's units are taken from. */
export type Ledger = {
  /** Of each quota its newest period. */
  readonly quotas: Gauge[]
  /** Of each other meter its newest period, by name. */
  allowances: Map<string, Gauge> | null
  /** The newest counter of a key; without one of a person, an organization; the others follow. */
  readonly subjects: Map<string, Count>
}

/** What counts for an organization, or for an account. */
export type Book = {
  readonly months: { readonly month: Month; readonly counts: Count[] }[]
  /** In the book of the key's home alone. */
  readonly uses: Map<ApiKeyId, Use>
  newest: Minute | null
  holds: Map<HoldId, Kept> | null
}

export type Books = ReturnType<typeof emptyBooks>

/** Nothing used yet. */
export const emptyBooks = (tally: Tally) => ({
  tally,
  ledgers: new Map<AccountId, Ledger>(),
  books: new Map<string, Book>(),
  requests: emptyRequests(),
  /** Holds by the day on which they expire, for forgetting them. */
  expiring: new Map<number, Kept[]>(),
  /** The day on which that was last done. */
  forgotten: Number.NEGATIVE_INFINITY,
})

/** The account's ledger. An empty one is no row: nothing takes it back. */
export function ledgerOf({ ledgers }: Books, account: AccountId): Ledger {
  let ledger = ledgers.get(account)
  if (ledger === undefined) {
    ledger = { quotas: [], allowances: null, subjects: new Map() }
    ledgers.set(account, ledger)
  }
  return ledger
}

/** The use of a key in the book of its home. An unused one is no row either. */
export function useOf({ uses }: Book, keyId: ApiKeyId): Use {
  let use = uses.get(keyId)
  if (use === undefined) {
    use = { minute: null, counts: null }
    uses.set(keyId, use)
  }
  return use
}

/** The book of an organization or account. An empty one is no row either. */
export function bookOf({ books }: Books, home: string): Book {
  let book = books.get(home)
  if (book === undefined) {
    book = { months: [], uses: new Map(), newest: null, holds: null }
    books.set(home, book)
  }
  return book
}
