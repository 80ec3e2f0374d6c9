/**
 * The end of an organization: its rows go from the end of each table, so many at a time; with the last of them the
 * organization itself, and its slug.
 *
 * @module
 */
import type { Entry } from "../../activity/activity.ts"
import { account } from "../../billing/account.ts"
import type { OrganizationId } from "../../kernel/id.ts"
import { fits } from "./commit-rows.ts"
import { type Database, keepingFirst, putOrganization } from "./database.ts"
import { countsElsewhere, holdsElsewhere, strikingCount, strikingHold } from "./purge-usage.ts"
import { keepingSecrets } from "./secrets.ts"
import type { Perform } from "./session.ts"
import {
  type Identified,
  type Index,
  type Key,
  put,
  putKey,
  rowsOf,
  type Table,
  take,
  type Write,
  walk,
} from "./table.ts"

/** Removes at most `limit` rows of an organization that is purging; throws for any other. */
export function purge(database: Database, id: OrganizationId, limit: number, perform: Perform): "more" | "done" {
  const organization = database.organizations.get(id)
  if (organization === undefined) return "done"
  fits(organization.status === "purging", `${id} is ${organization.status}`)
  const {
    memberships,
    projectMemberships,
    projects,
    invitations,
    roles,
    apiKeys,
    restrictions,
    subscriptions,
    secrets,
  } = database
  const { entries, messages, books, slugs, surroundings } = database
  const own = account.organization(id)
  let left = limit

  function remove<Row>(rows: readonly Row[], writing: (row: Row) => Write): void {
    for (const row of rows) perform(writing(row))
    left -= rows.length
  }

  const last = <Row extends Identified>({ all }: Table<Row>, goes?: (row: Row) => boolean, home: string = id) =>
    take(walk(all, home, rowsOf(all, home).length, 0), left, goes)
  const gone = <Row extends Identified>(table: Table<Row>, key: Key = "") => put(table, id, key, null)

  remove(last(memberships), (row) => gone(memberships, row.id))
  remove(last(projectMemberships), (row) => gone(projectMemberships, row.id))
  remove(last(projects), (row) => gone(projects, row.id))
  remove(last(invitations), (row) => gone(invitations, row.id))
  remove(last(roles), (row) => gone(roles, row.id))
  remove(last(restrictions), (row) => gone(restrictions, row.id))
  remove(last(apiKeys), (row) => keepingSecrets(secrets, row, null, gone(apiKeys, row.id)))
  remove(last(subscriptions, undefined, own), (row) => put(subscriptions, own, row.id, null))
  const stays = tombstone(entries.all, id)
  remove(
    last(messages, ({ subject }) => subject !== stays?.id),
    (row) => keepingFirst(database, id, gone(messages, row.id)),
  )
  remove(
    last(entries, (row) => row !== stays),
    (row) => gone(entries, row.seq),
  )
  remove(countsElsewhere(books, id, left), (row) => strikingCount(books, id, row))
  remove(holdsElsewhere(books, id, left), (row) => strikingHold(books, id, row))
  if (left === 0) return "more"

  for (const home of [id, own]) perform(putKey(books.books, home, null))
  perform(putKey(books.ledgers, own, null))
  for (const each of [books.requests.young, books.requests.old]) perform(putKey(each, own, null))
  if (slugs.get(organization.slug) === id) perform(putKey(slugs, organization.slug, null))
  perform(putOrganization(database, id, null))
  surroundings.delete(id)
  return "done"
}

/** The entry that says so: near the end, since hardly anything is recorded afterwards. */
const tombstone = (entries: Index<Entry>, id: string): Entry | undefined =>
  take(walk(entries, id, rowsOf(entries, id).length, 0), 1, ({ action }) => action === "organization.purged")[0]
