/**
 * The commit: one step that applies everything or nothing.
 *
 * @module
 */
import type { Changes, Committed } from "../changes.ts"
import { type Database, putMessage } from "./database.ts"
import { entryRow, invitationRow, membershipRow, messageRow, organizationRow, roleRow } from "./kept-row.ts"
import type { Perform } from "./session.ts"
import { after, before, countRows, type Identified, type SortedRows } from "./sorted-rows.ts"
import { find, put, putKey, type Table } from "./table.ts"

/** What a commit must have to itself: the organization and the slugs it moves. */
export function keysOf({ guard, claim }: Changes): readonly string[] {
  const slugs = claim === null ? [] : [claim.slug, claim.release].filter((slug) => slug !== null)
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
  const id = guard.organizationId
  if ((database.organizations.get(id)?.revision ?? null) !== guard.revision) return "conflict"
  if (claim !== null && (database.slugs.get(claim.slug) ?? id) !== id) return "slug_taken"

  expectOwn(id, organization.id)
  perform(putKey(database.organizations, id, organizationRow.keep(organization)))
  if (claim !== null) {
    const releases = claim.release !== null && database.slugs.get(claim.release) === id
    if (releases) perform(putKey(database.slugs, claim.release, null))
    perform(putKey(database.slugs, claim.slug, id))
  }
  const { memberships, invitations, roles } = database
  changeRows(memberships, memberships.by.user, membershipRow.keep, id, rows.memberships, perform)
  changeRows(invitations, invitations.by.pendingEmail, invitationRow.keep, id, rows.invitations, perform)
  changeRows(roles, roles.by.name, roleRow.keep, id, rows.roles, perform)
  for (const entry of changes.activity) {
    expectOwn(id, entry.organizationId)
    expect(find(database.entries, id, entry.seq) === null, `entry ${entry.seq} is there already`)
    perform(put(database.entries, id, entry.seq, entryRow.keep(entry)))
  }
  for (const message of changes.outbox) {
    expectOwn(id, message.organizationId)
    expect(find(database.messages, id, message.id) === null, `${message.id} is there already`)
    perform(putMessage(database, id, message.id, messageRow.keep(message)))
  }
  return "committed"
}

/** Deletes, then updates, then inserts, so that one commit can free what is `unique` and take it anew. */
function changeRows<Row extends Identified, Kept extends Identified>(
  table: Table<Kept, string>,
  unique: SortedRows<Kept>,
  keep: (row: Row) => Kept,
  organizationId: string,
  changes: Readonly<{ insert: readonly Row[]; update: readonly Row[]; delete: readonly string[] }> | undefined,
  perform: Perform,
): void {
  if (changes === undefined) return
  for (const id of changes.delete) {
    expect(find(table, organizationId, id) !== null, `${id} is not there`)
    perform(put(table, organizationId, id, null))
  }
  const written = [...changes.update, ...changes.insert].map((row, index) => {
    expectOwn(organizationId, row.organizationId)
    const isThere = find(table, organizationId, row.id) !== null
    const updates = index < changes.update.length
    expect(isThere === updates, updates ? `${row.id} is not there` : `${row.id} is there already`)
    const kept = keep(row)
    perform(put(table, organizationId, row.id, kept))
    return kept
  })
  for (const row of written) {
    const value = unique.order.value(row)
    if (value === null) continue
    const count = countRows(unique, before(organizationId, value), after(organizationId, value))
    expect(count === 1, `${row.id} takes what another row has`)
  }
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`these changes do not fit what is stored: ${otherwise}`)
}

const expectOwn = (organizationId: string, owner: string): void =>
  expect(owner === organizationId, `a row of ${owner} among the changes of ${organizationId}`)
