/**
 * The outbox: leases, settlements, the dead. Loaded when first used: a host's worker calls it, a command never does.
 *
 * @module
 */
import type { Message } from "../../outbox/message.ts"
import type { OutboxHealth, OutboxRepository, Settlement } from "../../outbox/repository.ts"
import { copy } from "./copy.ts"
import { type Database, keepingFirst } from "./database.ts"
import type { Session } from "./session.ts"
import { find, indexing, past, place, put, replace, rowsOf, type Stored, take, walk } from "./table.ts"

/** The outbox as a session sees it: every call one synchronous step. */
export function outboxOver(database: Database, session: Session): OutboxRepository {
  const { messages } = database
  const read = async <T>(work: () => T): Promise<T> => copy(session.step(work))

  const rewrite = ({ organizationId, id }: Message, next: Message | null) =>
    keepingFirst(database, organizationId, put(messages, organizationId, id, copy(next)))

  /** Makes of a message what `change` answers: null ends it, undefined leaves it. Answers whether it did. */
  const change = (organizationId: string, id: string, change: (message: Message) => Message | null | undefined) =>
    session.stepAlone([messageKey({ organizationId, id })], (perform) => {
      const message = find(messages, organizationId, id)
      const next = message === null ? undefined : change(message)
      if (message === null || next === undefined) return false
      perform(rewrite(message, next))
      return true
    })

  return {
    claim: async ({ lease, at, until, limit }) =>
      session.step((perform) => {
        const leased = claimable(database, at, limit, session.isHeld).map((message) => {
          const next = { ...message, lease, leasedUntil: until }
          perform(rewrite(message, next))
          return copy(next)
        })
        session.hold(leased.map(messageKey))
        return leased
      }),
    settle: (organizationId, id, lease, outcome) =>
      change(organizationId, id, (message) => settled(message, lease, outcome)),
    list: (state, by) =>
      read(() => take(walk(messages.state, state, place(messages.state, state, past(by.after))), by.limit)),
    retry: (organizationId, id, at) => change(organizationId, id, (message) => requeued(message, at)),
    discard: (organizationId, id) => change(organizationId, id, ({ state }) => (state === "dead" ? null : undefined)),
    health: () => read(() => healthOf(database)),
  }
}

/** What changing a message's delivery must have to itself. */
const messageKey = ({ organizationId, id }: Stored): string => `message ${organizationId} ${id}`

/**
 * The longest due messages that nobody else has. An event opens the way to the next one of its organization, which
 * then stands in line by its own due time.
 */
function claimable(
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
const settled = (message: Message, by: string, { blank, ...outcome }: Settlement): Message | undefined =>
  message.lease === by
    ? { ...message, ...outcome, payload: blank ? null : message.payload, lease: null, leasedUntil: null }
    : undefined

/** A dead event, queued anew. */
const requeued = (message: Message, at: Date): Message | undefined =>
  message.state === "dead" && message.topic === "event" && message.payload !== null
    ? { ...message, state: "queued", attempts: 0, dueAt: at, error: null }
    : undefined

/** How the queue stands. */
function healthOf({ messages: { state, age } }: Database): OutboxHealth {
  return {
    queued: rowsOf(state, "queued").length,
    dead: rowsOf(state, "dead").length,
    oldestQueuedAt: rowsOf(age, "queued")[0]?.createdAt ?? null,
  }
}
