/**
 * The commit: one step that applies everything or nothing.
 *
 * @module
 */
import type { Changes, Committed } from "../changes.ts"
import { applyRows, fits, writing } from "./commit-rows.ts"
import { type Database, keepingFirst, putOrganization } from "./database.ts"
import type { Perform } from "./session.ts"
import { putKey } from "./table.ts"

/** What a commit must have to itself: the organization and the slugs it moves. */
export function keysOf({ guard, claim }: Changes): readonly string[] {
  const slugs = [claim?.slug, claim?.release].filter((slug) => slug != null)
  return [boundaryKey(guard.organizationId), ...slugs.map((slug) => `slug ${slug}`)]
}

/** What locking an organization or an account holds. */
export const boundaryKey = (id: string): string => `boundary ${id}`

/**
 * Applies the changes, or answers why not. Throws, so that nothing stands, where they could not have been decided over
 * what is stored: a row inserted twice, changed without being there, or breaking what is unique in an organization.
 */
export function applyChanges(database: Database, changes: Changes, perform: Perform): Committed {
  const { guard, organization, claim, rows } = changes
  const { organizations, slugs, entries, messages } = database
  const id = guard.organizationId
  if ((organizations.get(id)?.revision ?? null) !== guard.revision) return "conflict"
  if (claim !== null && (slugs.get(claim.slug) ?? id) !== id) return "slug_taken"

  fits(organization.id === id, `${organization.id} is another organization`)
  perform(putOrganization(database, id, organization))
  if (claim !== null) {
    if (claim.release !== null && slugs.get(claim.release) === id) perform(putKey(slugs, claim.release, null))
    perform(putKey(slugs, claim.slug, id))
  }
  applyRows(database, id, `organization:${id}`, rows, perform)
  for (const entry of changes.activity) perform(writing(entries, id, entry.seq, entry, false))
  for (const message of changes.outbox) {
    perform(keepingFirst(database, id, writing(messages, id, message.id, message, false)))
  }
  return "committed"
}
