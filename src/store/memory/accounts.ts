/**
 * Accounts: one person's keys and subscriptions, loaded and committed as organizations are.
 *
 * @module
 */
import type { AccountId } from "../../billing/account.ts"
import type { AccountChanges, AccountLoaded, AccountReads, AccountWants } from "../accounts.ts"
import { billedTo } from "./billing-reads.ts"
import { applyRows, fits } from "./commit-rows.ts"
import { countedFor } from "./counts.ts"
import type { Database } from "./database.ts"
import { homeKeyReads } from "./keys.ts"
import type { Perform } from "./session.ts"
import { putKey } from "./table.ts"

type Reader<Name extends keyof AccountReads> = (
  database: Database,
  id: AccountId,
  want: AccountReads[Name]["want"],
) => AccountReads[Name]["found"]

const READERS: { readonly [Name in keyof AccountReads]: Reader<Name> } = {
  ...homeKeyReads,
  usage: ({ books }, id, filter) => countedFor(books, id, filter),
  hold: ({ books }, id, holdId) => books.books.get(id)?.holds?.get(holdId)?.hold ?? null,
  billed: (database, id, { at }) => billedTo(database, id, at),
}

/** The account's row and an answer to every want. */
export function loadAccount<const W extends AccountWants>(
  database: Database,
  id: AccountId,
  wants: W,
): AccountLoaded<W> {
  const names = Object.keys(wants) as readonly (keyof AccountReads)[]
  const found = names.filter((name) => wants[name] !== undefined).map((name) => [name, read(database, id, name, wants)])
  return { account: database.accounts.get(id) ?? null, ...Object.fromEntries(found) } as AccountLoaded<W>
}

const read = <Name extends keyof AccountReads>(database: Database, id: AccountId, name: Name, wants: AccountWants) =>
  READERS[name](database, id, wants[name] as AccountReads[Name]["want"])

/** Applies the changes if the guard holds; throws where they do not fit, so that nothing stands. */
export function applyAccountChanges(
  database: Database,
  { guard, account, rows }: AccountChanges,
  perform: Perform,
): "committed" | "conflict" {
  const { accounts } = database
  const id = guard.accountId
  if ((accounts.get(id)?.revision ?? null) !== guard.revision) return "conflict"
  fits(account.id === id, `${account.id} is another account`)
  fits(id.startsWith("user:"), `${id} is guarded by its organization`)
  perform(putKey(accounts, id, account))
  applyRows(database, id, id, rows, perform)
  return "committed"
}
