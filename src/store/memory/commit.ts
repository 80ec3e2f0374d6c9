/**
 * The commit: one step that applies everything or nothing.
 *
 * @module
 */
import type { Changes, Committed, RowChanges } from "../changes.ts"
import { type Database, keepingFirst } from "./database.ts"
import type { Perform } from "./session.ts"
import { find, type Index, type Key, put, putKey, rowsOf, type Stored, type Table } from "./table.ts"

/** What a commit must have to itself: the organization and the slugs it moves. */
export function keysOf({ guard, claim }: Changes): readonly string[] {
  const slugs = [claim?.slug, claim?.release].filter((slug) => slug != null)
  return [organizationKey(guard.organizationId), ...slugs.map((slug) => `slug ${slug}`)]
}

/** What locking an organization holds. */
export const organizationKey = (organizationId: string): string => `organization ${organizationId}`

/**
 * Applies the changes, or answers why not. Throws, so that nothing stands, where they could not have been decided over
 * what is stored: a row inserted twice, changed without being there, or breaking what is unique in an organization.
 */
export function applyChanges(database: Database, changes: Changes, perform: Perform): Committed {
  const { guard, organization, claim, rows } = changes
  const { organizations, slugs, memberships, invitations, roles, entries, messages } = database
  const id = guard.organizationId
  if ((organizations.get(id)?.revision ?? null) !== guard.revision) return "conflict"
  if (claim !== null && (slugs.get(claim.slug) ?? id) !== id) return "slug_taken"

  /** The write of a row (or of its end), which is there already or not. */
  function write<Row extends Stored>(table: Table<Row>, key: Key, row: Row | null, isThere: boolean) {
    expect((row?.organizationId ?? id) === id, `${key} is another organization's`)
    expect((find(table, id, key) !== null) === isThere, `${key} is ${isThere ? "not there" : "there already"}`)
    return put(table, id, key, row)
  }

  /** Deletes, then updates, then inserts, so that one commit can free what is `unique` and take it anew. */
  function change<Row extends Stored>(table: Table<Row>, unique: Index<Row>, changed?: RowChanges<Row>): void {
    if (changed === undefined) return
    for (const key of changed.delete) perform(write(table, key, null, true))
    for (const row of changed.update) perform(write(table, row.id, row, true))
    for (const row of changed.insert) perform(write(table, row.id, row, false))
    for (const row of [...changed.update, ...changed.insert]) {
      const scope = unique.scope(row)
      expect(scope === null || rowsOf(unique, scope).length === 1, `${row.id} takes what another row has`)
    }
  }

  expect(organization.id === id, `${organization.id} is another organization`)
  perform(putKey(organizations, id, organization))
  if (claim !== null) {
    if (claim.release !== null && slugs.get(claim.release) === id) perform(putKey(slugs, claim.release, null))
    perform(putKey(slugs, claim.slug, id))
  }
  change(memberships, memberships.user, rows.memberships)
  change(invitations, invitations.pendingEmail, rows.invitations)
  change(roles, roles.name, rows.roles)
  for (const entry of changes.activity) perform(write(entries, entry.seq, entry, false))
  for (const message of changes.outbox) {
    perform(keepingFirst(database, id, write(messages, message.id, message, false)))
  }
  return "committed"
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`these changes do not fit what is stored: ${otherwise}`)
}
