/**
 * Where a person is mentioned, and forgetting it. Loaded when first used: when somebody is deleted or changes.
 *
 * @module
 */
import type { Entry } from "../../activity/activity.ts"
import type { ApiKey } from "../../api-key/api-key.ts"
import type { Invitation } from "../../invitation/invitation.ts"
import type { OrganizationId } from "../../kernel/id.ts"
import type { Keyset } from "../../kernel/page.ts"
import type { Individual } from "../../user/erasure.ts"
import type { UserRepository } from "../../user/repository.ts"
import { boundaryKey } from "./commit.ts"
import { copy } from "./copy.ts"
import { type Database, inside, keepingFirst } from "./database.ts"
import type { Perform, Session } from "./session.ts"
import { type Identified, type Index, past, place, put, rowsOf, take, walk } from "./table.ts"

/** People as a session sees them: every call one synchronous step. */
export const usersOver = (database: Database, session: Session): UserRepository => ({
  organizationsOf: async (individual, by) => {
    session.look()
    return organizationsOf(database, individual, by)
  },
  forget: (home, individual, limit) => {
    const whom = copy(individual)
    return session.stepAlone([boundaryKey(home)], (perform) => forget(database, home, whom, limit, perform))
  },
})

/** A page of the organizations that hold anything of that person. */
function organizationsOf(
  { organizations, memberships, projectMemberships, invitations, apiKeys, entries }: Database,
  { userId, emails }: Individual,
  { after, limit }: Keyset,
): readonly OrganizationId[] {
  const isThere = (id: OrganizationId) => (organizations.get(id)?.status ?? "purging") !== "purging"
  const among = <Row extends Identified>(index: Index<Row>, scope: string) =>
    take(organizationsIn(index, scope, after), limit, isThere)
  const found = new Set([
    ...among(memberships.person, userId),
    ...among(projectMemberships.person, userId),
    ...[invitations.acceptedBy, invitations.sentBy].flatMap((index) => among(index, userId)),
    ...emails.flatMap((email) => among(invitations.sentTo, email)),
    ...among(apiKeys.person, userId),
    ...[entries.actorUser, entries.impersonator, entries.targetUser].flatMap((index) => among(index, userId)),
  ])
  return [...found].sort().slice(0, limit)
}

/** The organizations past that one, each once, of an order whose values they are. */
function* organizationsIn<Row extends Identified>(
  index: Index<Row>,
  scope: string,
  after: string | null,
): Generator<OrganizationId> {
  for (let from = past(after); ; ) {
    const row = rowsOf(index, scope)[place(index, scope, from)]
    if (row === undefined) return
    const id = index.value(row) as OrganizationId
    yield id
    from = past(id)
  }
}

/** The rows of one organization in such an order. */
const within = <Row extends Identified>(index: Index<Row>, scope: string, organizationId: string): Iterable<Row> =>
  walk(index, scope, place(index, scope, organizationId), place(index, scope, past(organizationId)))

/** Drops what so many rows tell of that person; answers how many those were. */
function forget(database: Database, home: string, individual: Individual, limit: number, perform: Perform): number {
  const received = new Map(invitationsTo(database, home, individual).map((row) => [row.id, row]))
  const entries = entriesOf(database, home, individual, received, limit)
  for (const entry of entries) forgetEntry(database, home, entry, individual, received, perform)
  if (entries.length === limit) return limit
  const { invitations, apiKeys } = database
  const room = limit - entries.length
  const over = [...received.values()].filter(isOver).slice(0, room)
  for (const { id } of over) {
    blankMessages(database, home, id, perform)
    perform(put(invitations, home, id, null))
  }
  const isFrom = (row: Invitation) => isOver(row) && isShown(row) && !received.has(row.id)
  const sent = take(within(invitations.sentBy, individual.userId, home), room - over.length, isFrom)
  for (const row of sent) perform(put(invitations, home, row.id, withoutSender(row)))
  const keys = deletedKeys(database, home, individual).slice(0, room - over.length - sent.length)
  for (const key of keys) perform(put(apiKeys, home, key.id, { ...key, name: "", ipRules: [] }))
  return entries.length + over.length + sent.length + keys.length
}

const isOver = ({ status }: Invitation): boolean => status !== "pending"
const isShown = ({ invitedBy }: Invitation): boolean => invitedBy.name !== null || invitedBy.email !== null
const withoutSender = (row: Invitation): Invitation => ({
  ...row,
  invitedBy: { ...row.invitedBy, name: null, email: null },
})

function invitationsTo({ invitations }: Database, home: string, { userId, emails }: Individual): readonly Invitation[] {
  const addressed = emails.flatMap((email) => [...within(invitations.sentTo, email, home)])
  return [...addressed, ...within(invitations.acceptedBy, userId, home)]
}

function deletedKeys({ apiKeys }: Database, home: string, { userId }: Individual): readonly ApiKey[] {
  const held = home === `user:${userId}` ? rowsOf(apiKeys.all, home) : [...within(apiKeys.person, userId, home)]
  return held.filter((key) => key.deletedAt !== null && (key.name !== "" || key.ipRules.length > 0))
}

type Received = ReadonlyMap<string, Invitation>

/** At most that many entries that have a part of that person. */
function entriesOf(
  { entries: { actorUser, impersonator, targetUser, invitation } }: Database,
  home: string,
  { userId }: Individual,
  received: Received,
  limit: number,
): readonly Entry[] {
  const byUser = [actorUser, impersonator, targetUser].flatMap((index) => take(within(index, userId, home), limit))
  const about = [...received.keys()].flatMap((id) => rowsOf(invitation, inside(home, `invitation:${id}`)))
  return [...new Map([...byUser, ...about].map((entry) => [entry.seq, entry])).values()].slice(0, limit)
}

function forgetEntry(
  database: Database,
  home: string,
  entry: Entry,
  { userId }: Individual,
  received: Received,
  perform: Perform,
): void {
  const { personal, target } = entry
  const acted = entry.actorUserId === userId || entry.impersonatedBy === userId
  const isTarget = entry.targetUserId === userId || received.has(target.slice("invitation:".length))
  const kept = { actor: acted ? null : personal.actor, target: isTarget ? null : personal.target }
  perform(put(database.entries, home, entry.seq, { ...entry, personal: kept }))
  blankMessages(database, home, entry.id, perform)
}

/** Takes from the messages about a subject what they carry, and why they failed. */
function blankMessages(database: Database, home: string, subject: string, perform: Perform): void {
  const { messages } = database
  for (const message of rowsOf(messages.subject, inside(home, subject)).slice()) {
    const blank = { ...message, payload: null, error: null }
    perform(keepingFirst(database, home, put(messages, home, message.id, blank)))
  }
}
