/**
 * The port over a database in memory: every call one synchronous step of a session. What comes in and what goes out is
 * copied here, at the door; inside, rows are shared and never changed.
 *
 * @module
 */
import { TURN_TIMEOUT } from "../../kernel/queue.ts"
import type { Store } from "../store.ts"
import { applyAccountChanges, loadAccount } from "./accounts.ts"
import { applyChanges, boundaryKey, keysOf } from "./commit.ts"
import { copy } from "./copy.ts"
import type { Database } from "./database.ts"
import { receivedAt, receivedByToken } from "./invitation-reads.ts"
import { contextsOf } from "./project-reads.ts"
import { load } from "./reads.ts"
import { findBySecret } from "./secrets.ts"
import { openSession, type Perform, type Session } from "./session.ts"
import { add, consume, hold, settle, usageKey } from "./usage.ts"

/** A store over that database, whose calls wait at most `lockTimeout` milliseconds. One store alone may be over it. */
export function storeOver(database: Database, lockTimeout = TURN_TIMEOUT): Store {
  const { books } = database
  const transactions = new WeakSet<object>()

  const storeOf = (session: Session): Store => {
    const read = async <T>(work: () => T): Promise<T> => {
      session.look()
      return copy(work())
    }
    const users = async () => (await import("./users.ts")).usersOver(database, session)
    const outbox = async () => (await import("./outbox.ts")).outboxOver(database, session)
    const platform = async () => (await import("./platform.ts")).platformOver(database, session)

    return {
      organizations: { idOfSlug: (slug) => read(() => database.slugs.get(slug) ?? null) },
      invitations: {
        findByToken: (hash) => read(() => receivedByToken(database, hash)),
        pendingFor: (email, at, by) => read(() => receivedAt(database, email, at, by)),
      },
      outbox: {
        claim: async (by) => (await outbox()).claim(by),
        settle: async (...delivered) => (await outbox()).settle(...delivered),
        list: async (state, by) => (await outbox()).list(state, by),
        retry: async (...dead) => (await outbox()).retry(...dead),
        discard: async (...dead) => (await outbox()).discard(...dead),
        health: async () => (await outbox()).health(),
      },
      accounts: {
        load: (id, wants) => read(() => loadAccount(database, id, wants)),
        commit: (changes) => {
          const own = copy(changes)
          const keys = [boundaryKey(own.guard.accountId)]
          return session.stepAlone(keys, (perform) => applyAccountChanges(database, own, perform))
        },
      },
      apiKeys: {
        findBySecret: (hash, by) => {
          session.look()
          return findBySecret(database, hash, by)
        },
      },
      usage: {
        consume: (each) => {
          const work = (perform: Perform) => consume(books, each, perform)
          return session.isFree() ? session.step(work) : session.stepAlone([usageKey(each.account)], work)
        },
        add: (all) =>
          session.stepAlone(
            all.map(({ account }) => usageKey(account)),
            (perform) => add(books, all, perform),
          ),
        hold: (each, kept) =>
          session.stepAlone([usageKey(each.account)], (perform) => hold(books, each, kept, perform)),
        settle: (account, id, units, at) =>
          session.stepAlone([usageKey(account)], (perform) => settle(books, account, id, units, at, perform)),
      },
      platform: {
        organizations: async (by) => (await platform()).organizations(by),
        entries: async (by) => (await platform()).entries(by),
        purge: async (...some) => (await platform()).purge(...some),
      },
      users: {
        organizationsOf: async (...asked) => (await users()).organizationsOf(...asked),
        forget: async (...asked) => (await users()).forget(...asked),
      },
      contexts: { of: (userId, by) => read(() => contextsOf(database, userId, by)) },
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
      lock: async (boundary) => {
        if (!session.inTransaction) throw new Error("lock needs a transaction")
        await session.stepAlone([boundaryKey(boundary)], () => undefined)
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
