/**
 * The port over a database in memory: every call one synchronous step of a session.
 *
 * @module
 */
import { TURN_TIMEOUT } from "../../kernel/queue.ts"
import type { Store } from "../store.ts"
import { applyChanges, keysOf, organizationKey } from "./commit.ts"
import type { Database } from "./database.ts"
import { receivedAt, receivedByToken } from "./invitation-reads.ts"
import { claim, discard, health, list, messageKey, retry, settle } from "./outbox.ts"
import { load } from "./reads.ts"
import { openSession, type Perform, type Session } from "./session.ts"

/** A store over that database, whose calls wait at most `lockTimeout` milliseconds. One store alone may be over it. */
export function storeOver(database: Database, lockTimeout = TURN_TIMEOUT): Store {
  const transactions = new WeakSet<Store>()

  const storeOf = (session: Session): Store => ({
    organizations: {
      idOfSlug: async (slug) => session.step(() => database.slugs.get(slug) ?? null),
    },
    invitations: {
      findByToken: async (hash) => session.step(() => receivedByToken(database, hash)),
      pendingFor: async (email, at, by) => session.step(() => receivedAt(database, email, at, by)),
    },
    outbox: {
      claim: async (by) =>
        session.step((perform) => {
          const messages = claim(database, by, session.isHeld, perform)
          session.hold(messages.map(({ organizationId, id }) => messageKey(organizationId, id)))
          return messages
        }),
      settle: (organizationId, id, lease, outcome) =>
        exclusively(session, [messageKey(organizationId, id)], (perform) =>
          settle(database, organizationId, id, lease, outcome, perform),
        ),
      list: async (state, by) => session.step(() => list(database, state, by)),
      retry: (organizationId, id, at) =>
        exclusively(session, [messageKey(organizationId, id)], (perform) =>
          retry(database, organizationId, id, at, perform),
        ),
      discard: (organizationId, id) =>
        exclusively(session, [messageKey(organizationId, id)], (perform) =>
          discard(database, organizationId, id, perform),
        ),
      health: async () => session.step(() => health(database)),
    },
    load: async (organizationId, wants) => session.step(() => load(database, organizationId, wants)),
    commit: (changes) => exclusively(session, keysOf(changes), (perform) => applyChanges(database, changes, perform)),
    transaction: (work) =>
      session.transaction((inner) => {
        const store = storeOf(inner)
        transactions.add(store)
        return work(store)
      }),
    lock: async (organizationId) => {
      if (!session.inTransaction) throw new Error("lock needs a transaction")
      await exclusively(session, [organizationKey(organizationId)], () => undefined)
    },
    withTransaction: (transaction) => {
      if (isStore(transaction)) return transaction
      throw new TypeError("expected the store that transaction() gave")
    },
  })

  const isStore = (value: unknown): value is Store =>
    typeof value === "object" && value !== null && transactions.has(value as Store)

  return storeOf(openSession(lockTimeout))
}

/** One step with these keys to itself; inside a transaction they stay held to its end. */
const exclusively = <T>(session: Session, keys: readonly string[], work: (perform: Perform) => T): Promise<T> =>
  session.whenFree(keys, () => {
    const result = session.step(work)
    session.hold(keys)
    return result
  })
