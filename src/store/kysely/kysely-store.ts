/**
 * The store in the host's own database, through its own Kysely: Postgres, MySQL and MariaDB, or SQLite.
 *
 * @module
 */
import type { Kysely } from "kysely"
import type { Answer } from "../../kernel/port.ts"
import type { HostTransaction, Store } from "../store.ts"
import { commit, commitAccount } from "./commit/commit.ts"
import { hostConnection } from "./host-transaction.ts"
import { idOfSlug, lock } from "./lock.ts"
import { outboxOf } from "./outbox.ts"
import { platformOf } from "./platform/platform.ts"
import { contextsOf } from "./reads/contexts.ts"
import { load, loadAccount } from "./reads/load.ts"
import { invitationLookups } from "./reads/received-invitations.ts"
import { secretsOf } from "./reads/secrets.ts"
import { openSession, type Session, sessionIn, told } from "./session.ts"
import { layoutOf, type SchemaOptions } from "./tables/layout.ts"
import { forgetting } from "./usage/forgetting.ts"
import { usageOf } from "./usage/usage.ts"
import { usersOf } from "./users/users.ts"

export type { Begun, IdempotencyStore, KeptAnswer } from "../idempotency.ts"
export type { DialectName } from "./dialect.ts"
export { kyselyIdempotency } from "./idempotency.ts"
export { preparedPool } from "./prepared-pool.ts"
export { migrate } from "./schema/migrations.ts"
export { schemaSql } from "./schema/schema.ts"
export { verifySchema } from "./schema/verify-schema.ts"
export type { SchemaOptions } from "./tables/layout.ts"

/**
 * A store over the host's Kysely, whatever other tables it has. The tables are made by `migrate`, or by the plain SQL
 * that `npx tenantry sql` prints.
 */
export function kyselyStore<Database>(db: Kysely<Database>, options: SchemaOptions): Store {
  const layout = layoutOf(options)
  const forget = forgetting()

  const storeOf = (session: Session): Store => {
    const answering = <Args extends readonly unknown[], T>(call: (...args: Args) => Answer<T>) => {
      return (...args: Args): Promise<T> => told(session, async () => call(...args))
    }
    const [invitations, outbox, keys, usage, platform, users, contexts] = [
      invitationLookups(session),
      outboxOf(session),
      secretsOf(session),
      usageOf(session, forget),
      platformOf(session),
      usersOf(session),
      contextsOf(session),
    ]
    return {
      organizations: { idOfSlug: answering((slug) => idOfSlug(session, slug)) },
      invitations: {
        findByToken: answering(invitations.findByToken),
        pendingFor: answering(invitations.pendingFor),
      },
      outbox: {
        claim: answering(outbox.claim),
        settle: answering(outbox.settle),
        list: answering(outbox.list),
        retry: answering(outbox.retry),
        discard: answering(outbox.discard),
        health: answering(outbox.health),
      },
      accounts: {
        load: (id, wants) => told(session, () => loadAccount(session, id, wants)),
        commit: answering((changes) => commitAccount(session, changes)),
      },
      apiKeys: { findBySecret: answering(keys.findBySecret) },
      usage: {
        consume: answering(usage.consume),
        add: answering(usage.add),
        hold: answering(usage.hold),
        settle: answering(usage.settle),
      },
      platform: {
        organizations: answering(platform.organizations),
        entries: answering(platform.entries),
        purge: answering(platform.purge),
      },
      users: { organizationsOf: answering(users.organizationsOf), forget: answering(users.forget) },
      contexts: { of: answering(contexts.of) },
      load: (id, wants) => told(session, () => load(session, id, wants)),
      commit: answering((changes) => commit(session, changes)),
      transaction: (work) => told(session, () => session.transaction((inside) => work(storeOf(inside)))),
      lock: answering((boundary) => lock(session, boundary)),
      withTransaction: (transaction: HostTransaction) => storeOf(sessionIn(hostConnection(transaction), layout)),
    }
  }

  return storeOf(openSession(db, layout))
}
