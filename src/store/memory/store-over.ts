/**
 * The port over a database in memory: every call one synchronous step of a session. What comes in and what goes out is
 * copied here, at the door; inside, rows are shared and never changed.
 *
 * @module
 */
import { TURN_TIMEOUT } from "../../kernel/queue.ts"
import type { Message } from "../../outbox/message.ts"
import type { Store } from "../store.ts"
import { applyChanges, keysOf, organizationKey } from "./commit.ts"
import { copy } from "./copy.ts"
import { type Database, keepingFirst } from "./database.ts"
import { receivedAt, receivedByToken } from "./invitation-reads.ts"
import { claimable, healthOf, messageKey, requeued, settled } from "./outbox.ts"
import { load } from "./reads.ts"
import { openSession, type Session } from "./session.ts"
import { find, past, place, put, take, walk } from "./table.ts"

/** A store over that database, whose calls wait at most `lockTimeout` milliseconds. One store alone may be over it. */
export function storeOver(database: Database, lockTimeout = TURN_TIMEOUT): Store {
  const { slugs, messages } = database
  const transactions = new WeakSet<object>()

  const rewrite = ({ organizationId, id }: Message, next: Message | null) =>
    keepingFirst(database, organizationId, put(messages, organizationId, id, copy(next)))

  const storeOf = (session: Session): Store => {
    const read = async <T>(work: () => T): Promise<T> => copy(session.step(work))

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
      organizations: { idOfSlug: (slug) => read(() => slugs.get(slug) ?? null) },
      invitations: {
        findByToken: (hash) => read(() => receivedByToken(database, hash)),
        pendingFor: (email, at, by) => read(() => receivedAt(database, email, at, by)),
      },
      outbox: {
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
        discard: (organizationId, id) =>
          change(organizationId, id, ({ state }) => (state === "dead" ? null : undefined)),
        health: () => read(() => healthOf(database)),
      },
      load: (organizationId, wants) => read(() => load(database, organizationId, wants)),
      commit: (changes) => {
        const own = copy(changes)
        return session.stepAlone(keysOf(own), (perform) => applyChanges(database, own, perform))
      },
      transaction: (work) =>
        session.transaction((inner) => {
          const store = storeOf(inner)
          transactions.add(store)
          return work(store)
        }),
      lock: async (organizationId) => {
        if (!session.inTransaction) throw new Error("lock needs a transaction")
        await session.stepAlone([organizationKey(organizationId)], () => undefined)
      },
      withTransaction: (transaction) => {
        if (isOwn(transaction)) return transaction
        throw new TypeError("expected the store that transaction() gave")
      },
    }
  }

  const isOwn = (value: unknown): value is Store =>
    typeof value === "object" && value !== null && transactions.has(value)

  return storeOf(openSession(lockTimeout))
}
