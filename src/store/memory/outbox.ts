/**
 * The outbox: leases, settlements, the dead.
 *
 * @module
 */
import type { Message } from "../../outbox/message.ts"
import type { OutboxHealth, Settlement } from "../../outbox/repository.ts"
import type { Database } from "./database.ts"
import { indexing, place, replace, rowsOf, type Stored, take, walk } from "./table.ts"

/** What changing a message's delivery must have to itself. */
export const messageKey = ({ organizationId, id }: Stored): string => `message ${organizationId} ${id}`

/**
 * The longest due messages that nobody else has. An event opens the way to the next one of its organization, which
 * then stands in line by its own due time.
 */
export function claimable(
  { tally, messages, firstEvents }: Database,
  at: Date,
  limit: number,
  isHeld: (key: string) => boolean,
): readonly Message[] {
  const isFree = (message: Message): boolean =>
    message.dueAt <= at && (message.leasedUntil === null || message.leasedUntil <= at) && !isHeld(messageKey(message))
  const line = indexing(tally)(firstEvents.scope, firstEvents.value)
  for (const index of [messages.emails, firstEvents]) {
    const due = walk(index, "", 0, place(index, "", at.getTime() + 1))
    for (const message of take(due, limit, isFree)) replace(line, null, message)
  }
  const claimed: Message[] = []
  for (let message = rowsOf(line, "")[0]; message && claimed.length < limit; message = rowsOf(line, "")[0]) {
    claimed.push(message)
    replace(line, message, null)
    const next = message.topic === "event" ? nextEvent(messages.events, message) : undefined
    if (next !== undefined && isFree(next)) replace(line, null, next)
  }
  return claimed
}

const nextEvent = (events: Database["messages"]["events"], { organizationId, seq }: Message): Message | undefined =>
  rowsOf(events, organizationId)[place(events, organizationId, seq + 1)]

/** The message after a delivery that its lease still held. */
export const settled = (message: Message, by: string, { blank, ...outcome }: Settlement): Message | undefined =>
  message.lease === by
    ? { ...message, ...outcome, payload: blank ? null : message.payload, lease: null, leasedUntil: null }
    : undefined

/** A dead event, queued anew. */
export const requeued = (message: Message, at: Date): Message | undefined =>
  message.state === "dead" && message.topic === "event" && message.payload !== null
    ? { ...message, state: "queued", attempts: 0, dueAt: at, error: null }
    : undefined

/** How the queue stands. */
export function healthOf({ messages: { state, age } }: Database): OutboxHealth {
  return {
    queued: rowsOf(state, "queued").length,
    dead: rowsOf(state, "dead").length,
    oldestQueuedAt: rowsOf(age, "queued")[0]?.createdAt ?? null,
  }
}
