/**
 * Something around every port call, inside transactions too.
 *
 * @module
 */
import type { Store } from "../store/store.ts"

/** A port call by its path in `Store`. */
export type PortCall =
  | "load"
  | "commit"
  | "transaction"
  | "lock"
  | `organizations.${keyof Store["organizations"]}`
  | `invitations.${keyof Store["invitations"]}`
  | `outbox.${keyof Store["outbox"]}`
  | `accounts.${keyof Store["accounts"]}`
  | `apiKeys.${keyof Store["apiKeys"]}`
  | `usage.${keyof Store["usage"]}`
  | `platform.${keyof Store["platform"]}`
  | `users.${keyof Store["users"]}`
  | `contexts.${keyof Store["contexts"]}`

/** Runs `proceed`, which is the call itself, when it sees fit. */
export type Around = <T>(call: PortCall, proceed: () => Promise<T>) => Promise<T>

/**
 * The store with `around` around each of its calls, and around those of every store it hands out. The call
 * `transaction` spans the whole transaction.
 */
export function intercept(store: Store, around: Around): Store {
  /** What a transaction handed out, by what stands for it here. */
  const originals = new WeakMap<Store, Store>()

  const wrap = (inner: Store): Store => {
    const { organizations, invitations, outbox, accounts, apiKeys, usage, platform, users, contexts, withTransaction } =
      inner
    const wrapped: Store = {
      organizations: {
        idOfSlug: (slug) => around("organizations.idOfSlug", () => organizations.idOfSlug(slug)),
      },
      invitations: {
        findByToken: (hash) => around("invitations.findByToken", () => invitations.findByToken(hash)),
        pendingFor: (email, at, by) => around("invitations.pendingFor", () => invitations.pendingFor(email, at, by)),
      },
      outbox: {
        claim: (by) => around("outbox.claim", () => outbox.claim(by)),
        settle: (organizationId, id, lease, outcome) =>
          around("outbox.settle", () => outbox.settle(organizationId, id, lease, outcome)),
        list: (state, by) => around("outbox.list", () => outbox.list(state, by)),
        retry: (organizationId, id, at) => around("outbox.retry", () => outbox.retry(organizationId, id, at)),
        discard: (organizationId, id) => around("outbox.discard", () => outbox.discard(organizationId, id)),
        health: () => around("outbox.health", () => outbox.health()),
      },
      accounts: {
        load: (accountId, wants) => around("accounts.load", () => accounts.load(accountId, wants)),
        commit: (changes) => around("accounts.commit", () => accounts.commit(changes)),
      },
      apiKeys: {
        findBySecret: (hash, by) => around("apiKeys.findBySecret", async () => apiKeys.findBySecret(hash, by)),
      },
      usage: {
        consume: (consumption) => around("usage.consume", async () => usage.consume(consumption)),
        add: (consumptions) => around("usage.add", () => usage.add(consumptions)),
        hold: (consumption, hold) => around("usage.hold", () => usage.hold(consumption, hold)),
        settle: (account, id, units, at) => around("usage.settle", () => usage.settle(account, id, units, at)),
      },
      platform: {
        organizations: (by) => around("platform.organizations", () => platform.organizations(by)),
        entries: (by) => around("platform.entries", () => platform.entries(by)),
        purge: (organizationId, limit) => around("platform.purge", () => platform.purge(organizationId, limit)),
      },
      users: {
        organizationsOf: (individual, by) =>
          around("users.organizationsOf", () => users.organizationsOf(individual, by)),
        forget: (home, individual, limit) => around("users.forget", () => users.forget(home, individual, limit)),
      },
      contexts: { of: (userId, by) => around("contexts.of", () => contexts.of(userId, by)) },
      load: (organizationId, wants) => around("load", () => inner.load(organizationId, wants)),
      commit: (changes) => around("commit", () => inner.commit(changes)),
      transaction: (work) => around("transaction", () => inner.transaction((own) => work(wrap(own)))),
      lock: (organizationId) => around("lock", () => inner.lock(organizationId)),
      ...(withTransaction !== undefined && {
        withTransaction: (transaction) => wrap(withTransaction(original(transaction))),
      }),
    }
    originals.set(wrapped, inner)
    return wrapped
  }

  const original = (transaction: unknown): unknown => originals.get(transaction as Store) ?? transaction

  return wrap(store)
}
