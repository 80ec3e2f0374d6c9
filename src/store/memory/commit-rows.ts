/**
 * The rows of one commit: each written as the commit says it is there, and in the home whose guard held.
 *
 * @module
 */
import type { ApiKey } from "../../api-key/api-key.ts"
import type { RowChanges, Rows } from "../changes.ts"
import type { Database } from "./database.ts"
import { hashesOf, keepingSecrets } from "./secrets.ts"
import type { Perform } from "./session.ts"
import { find, type Identified, type Index, type Key, put, rowsOf, type Table, type Write } from "./table.ts"

/** Throws where changes could not have been decided over what is stored. */
export function fits(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`these changes do not fit what is stored: ${otherwise}`)
}

/** The write of a row (or of its end) in its home, where it is already or is not. */
export function writing<Row extends Identified>(
  table: Table<Row>,
  home: string,
  key: Key,
  row: Row | null,
  isThere: boolean,
): Write {
  fits(row === null || table.all.scope(row) === home, `${key} belongs elsewhere`)
  fits((find(table, home, key) !== null) === isThere, `${key} is ${isThere ? "not there" : "there already"}`)
  return put(table, home, key, row)
}

/** Writes the rows of an organization, or of a person's account, whose own subscriptions are `account`'s. */
export function applyRows(
  database: Database,
  home: string,
  account: string,
  rows: { readonly [Table in keyof Rows]?: RowChanges<Rows[Table]> },
  perform: Perform,
): void {
  const { memberships, invitations, roles, projects, projectMemberships } = database
  const { apiKeys, restrictions, subscriptions, secrets } = database

  /** Deletes, then updates, then inserts, so that one commit can free what is `unique` and take it anew. */
  function change<Row extends Identified>(
    table: Table<Row>,
    changed: RowChanges<Row> | undefined,
    unique: Index<Row> | null,
    scope = home,
    keeping: (key: Key, row: Row | null, write: Write) => Write = (_, __, write) => write,
  ): void {
    if (changed === undefined) return
    const write = (key: Row["id"], row: Row | null, isThere: boolean) =>
      perform(keeping(key, row, writing(table, scope, key, row, isThere)))
    for (const key of changed.delete) write(key, null, true)
    for (const row of changed.update) write(row.id, row, true)
    for (const row of changed.insert) write(row.id, row, false)
    for (const row of [...changed.update, ...changed.insert]) {
      const same = unique === null ? null : unique.scope(row)
      const isAlone = unique === null || same === null || rowsOf(unique, same).length === 1
      fits(isAlone, `${row.id} takes what another row has`)
    }
  }

  function keepingKey(key: Key, row: ApiKey | null, write: Write): Write {
    const before = find(apiKeys, home, key)
    for (const hash of row === null ? [] : hashesOf(row)) {
      const other = secrets.get(hash) ?? before
      fits(other === before, `${key} has another key's secret`)
    }
    return keepingSecrets(secrets, before, row, write)
  }

  change(memberships, rows.memberships, memberships.user)
  change(invitations, rows.invitations, invitations.pendingEmail)
  change(roles, rows.roles, roles.name)
  change(projects, rows.projects, null)
  change(projectMemberships, rows.projectMemberships, projectMemberships.place)
  change(apiKeys, rows.apiKeys, null, home, keepingKey)
  change(restrictions, rows.restrictions, null)
  change(subscriptions, rows.subscriptions, subscriptions.product, account)
}
