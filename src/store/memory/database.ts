/**
 * What the memory store holds, and how each kind of row is written.
 *
 * @module
 */
import type { Entry } from "../../activity/activity.ts"
import type { Invitation } from "../../invitation/invitation.ts"
import type { Membership } from "../../membership/membership.ts"
import type { Organization } from "../../organization/organization.ts"
import type { Message } from "../../outbox/message.ts"
import type { Role } from "../../role/role.ts"
import type { Kept } from "./kept-row.ts"
import {
  firstRow,
  type Order,
  replaceRow,
  type SortedRows,
  scopeEnd,
  scopeStart,
  sortedRows,
  type Tally,
} from "./sorted-rows.ts"
import { find, organizationOf, replaceEverywhere, type Table, tableOf, type Write } from "./table.ts"

export type Database = Readonly<{
  tally: Tally
  organizations: Map<string, Kept<Organization>>
  /** Which organization holds a slug. */
  slugs: Map<string, Organization["id"]>
  memberships: Table<Kept<Membership>, "user" | "email" | "role">
  invitations: Table<
    Kept<Invitation>,
    "status" | "token" | "pendingEmail" | "pendingSender" | "pendingRole" | "pendingExpiry" | "received"
  >
  roles: Table<Kept<Role>, "name">
  entries: Table<Kept<Entry>, never>
  messages: Table<Kept<Message>, "state" | "age" | "events">
  /** Queued e-mails, and of each organization's queued events the first: nothing else can be claimed to begin with. */
  due: SortedRows<Kept<Message>>
}>

const idOf = (row: Readonly<{ id: string }>): string => row.id

const whenPending =
  <V>(value: (row: Kept<Invitation>) => V) =>
  (row: Kept<Invitation>): V | null =>
    row.status === "pending" ? value(row) : null

const whenQueued =
  <V>(value: (row: Kept<Message>) => V) =>
  (row: Kept<Message>): V | null =>
    row.state === "queued" ? value(row) : null

const everywhere = (): string => ""

/** The longest due comes first. */
export const byDue: Order<Kept<Message>> = { scope: everywhere, value: whenQueued((row) => row.dueAt) }

/** Nothing yet. */
export function emptyDatabase(): Database {
  const tally: Tally = { rows: 0 }
  return {
    tally,
    organizations: new Map(),
    slugs: new Map(),
    memberships: tableOf<Kept<Membership>>(tally)(idOf, {
      user: { scope: organizationOf, value: (row) => row.userId },
      email: { scope: organizationOf, value: (row) => row.email },
      role: { scope: organizationOf, value: (row) => row.role },
    }),
    invitations: tableOf<Kept<Invitation>>(tally)(idOf, {
      status: { scope: organizationOf, value: (row) => row.status },
      token: { scope: (row) => row.tokenHash, value: everywhere },
      pendingEmail: { scope: organizationOf, value: whenPending((row) => row.email) },
      pendingSender: { scope: organizationOf, value: whenPending((row) => row.invitedBy.userId) },
      pendingRole: { scope: organizationOf, value: whenPending((row) => row.role) },
      pendingExpiry: { scope: organizationOf, value: whenPending((row) => row.expiresAt) },
      received: { scope: (row) => row.email, value: whenPending(everywhere) },
    }),
    roles: tableOf<Kept<Role>>(tally)(idOf, { name: { scope: organizationOf, value: (row) => row.name } }),
    entries: tableOf<Kept<Entry>>(tally)((row) => row.seq, {}),
    messages: tableOf<Kept<Message>>(tally)(idOf, {
      state: { scope: (row) => row.state, value: everywhere },
      age: { scope: everywhere, value: whenQueued((row) => row.createdAt) },
      events: { scope: organizationOf, value: whenQueued((row) => (row.topic === "event" ? row.seq : null)) },
    }),
    due: sortedRows(byDue, tally),
  }
}

const firstEvent = ({ messages }: Database, organizationId: string): Kept<Message> | null =>
  firstRow(messages.by.events, scopeStart(organizationId), scopeEnd(organizationId))

const emailOnly = (row: Kept<Message> | null): Kept<Message> | null => (row?.topic === "event" ? null : row)

/** Makes `row` (or nothing) that message, and keeps `due` true to it. */
export const putMessage =
  (database: Database, organizationId: string, id: string, row: Kept<Message> | null): Write =>
  () => {
    const old = find(database.messages, organizationId, id)
    const first = firstEvent(database, organizationId)
    replaceEverywhere(database.messages, old, row)
    replaceRow(database.due, emailOnly(old), emailOnly(row))
    replaceRow(database.due, first, firstEvent(database, organizationId))
    return putMessage(database, organizationId, id, old)
  }
