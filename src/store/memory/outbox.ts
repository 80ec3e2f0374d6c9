/**
 * The outbox: leases, settlements, the dead.
 *
 * @module
 */
import type { Keyset } from "../../kernel/page.ts"
import type { Message, MessageState } from "../../outbox/message.ts"
import type { OutboxHealth, OutboxRepository, Settlement } from "../../outbox/repository.ts"
import { byDue, type Database, putMessage } from "./database.ts"
import { type Kept, messageRow } from "./kept-row.ts"
import type { Perform } from "./session.ts"
import {
  after,
  ascending,
  countRows,
  firstRow,
  replaceRow,
  scopeEnd,
  scopeStart,
  sortedRows,
  take,
} from "./sorted-rows.ts"
import { find } from "./table.ts"

type Lease = Parameters<OutboxRepository["claim"]>[0]

/** What settling, retrying or discarding a message must have to itself. */
export const messageKey = (organizationId: string, id: string): string => `message ${organizationId} ${id}`

/** Leases the longest due messages that nobody else has, and answers them as they then stand. */
export function claim(
  database: Database,
  { lease, at, until, limit }: Lease,
  isHeld: (key: string) => boolean,
  perform: Perform,
): readonly Message[] {
  const isFree = (message: Kept<Message>): boolean =>
    message.dueAt <= at.getTime() &&
    (message.leasedUntil === null || message.leasedUntil <= at.getTime()) &&
    !isHeld(messageKey(message.organizationId, message.id))
  return take(claimable(database, at, isFree), limit).map((message) => {
    const leased = { ...message, lease, leasedUntil: until.getTime() }
    perform(putMessage(database, message.organizationId, message.id, leased))
    return messageRow.give(leased)
  })
}

/**
 * What may be claimed, in order. An event opens the way to the next one of its organization, which then stands in line
 * by its own due time.
 */
function* claimable(
  database: Database,
  at: Date,
  isFree: (message: Kept<Message>) => boolean,
): Generator<Kept<Message>> {
  const opened = sortedRows(byDue, database.tally)
  const firstOpened = () => firstRow(opened, scopeStart(""), scopeEnd(""))
  function* take(message: Kept<Message>): Generator<Kept<Message>> {
    yield message
    const next = message.topic === "event" ? nextEvent(database, message) : null
    if (next !== null && isFree(next)) replaceRow(opened, null, next)
  }
  for (const message of ascending(database.due, scopeStart(""), after("", at.getTime()))) {
    for (let event = firstOpened(); event !== null && event.dueAt < message.dueAt; event = firstOpened()) {
      replaceRow(opened, event, null)
      yield* take(event)
    }
    if (isFree(message)) yield* take(message)
  }
  for (let event = firstOpened(); event !== null; event = firstOpened()) {
    replaceRow(opened, event, null)
    yield* take(event)
  }
}

const nextEvent = ({ messages }: Database, { organizationId, seq }: Kept<Message>): Kept<Message> | null =>
  firstRow(messages.by.events, after(organizationId, seq), scopeEnd(organizationId))

/** Ends a delivery, if that lease still holds the message. */
export function settle(
  database: Database,
  organizationId: string,
  id: string,
  lease: string,
  outcome: Settlement,
  perform: Perform,
): boolean {
  const message = find(database.messages, organizationId, id)
  if (message === null || message.lease !== lease) return false
  const settled: Kept<Message> = {
    ...message,
    state: outcome.state,
    attempts: outcome.attempts,
    dueAt: outcome.dueAt.getTime(),
    error: outcome.error,
    payload: outcome.blank ? null : message.payload,
    lease: null,
    leasedUntil: null,
  }
  perform(putMessage(database, organizationId, id, settled))
  return true
}

/** Queues a dead event anew. */
export function retry(database: Database, organizationId: string, id: string, at: Date, perform: Perform): boolean {
  const message = find(database.messages, organizationId, id)
  if (message?.state !== "dead" || message.topic !== "event" || message.payload === null) return false
  const queued: Kept<Message> = { ...message, state: "queued", attempts: 0, dueAt: at.getTime(), error: null }
  perform(putMessage(database, organizationId, id, queued))
  return true
}

/** Deletes a dead message. */
export function discard(database: Database, organizationId: string, id: string, perform: Perform): boolean {
  if (find(database.messages, organizationId, id)?.state !== "dead") return false
  perform(putMessage(database, organizationId, id, null))
  return true
}

/** The page of messages in that state. */
export function list({ messages }: Database, state: MessageState, by: Keyset): readonly Message[] {
  const from = by.after === null ? scopeStart(state) : after(state, "", by.after)
  return take(ascending(messages.by.state, from, scopeEnd(state)), by.limit).map(messageRow.give)
}

/** How the queue stands. */
export function health({ messages }: Database): OutboxHealth {
  const count = (state: MessageState): number => countRows(messages.by.state, scopeStart(state), scopeEnd(state))
  const oldest = firstRow(messages.by.age, scopeStart(""), scopeEnd(""))
  return {
    queued: count("queued"),
    dead: count("dead"),
    oldestQueuedAt: oldest === null ? null : new Date(oldest.createdAt),
  }
}
