/**
 * A store whose commits are told to the cache of records, wherever in the library they are made.
 *
 * @module
 */
import type { Boundary, RecordCache } from "../api-key/record-cache.ts"
import type { Store } from "../store/store.ts"

/** What it answers, or undefined when it throws: a cache is no reason for anything to fail. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

type Drop = (boundaries: readonly Boundary[]) => void

/**
 * The store, which drops from the cache what each write may have changed, once it stands. A host's own transaction stands
 * when the host says so, unseen: what is written there is not dropped. With `countsToo` what is counted is dropped as well:
 * a buffer decides on the meters that a record tells.
 */
export function dropping(store: Store, cache: RecordCache, countsToo: boolean): Store {
  return over(store, (boundaries) => quietly(() => cache.drop(boundaries)), countsToo)
}

function over(store: Store, drop: Drop, countsToo: boolean): Store {
  const { organizations, invitations, outbox, apiKeys, users, contexts } = store
  const { accounts, platform, usage, withTransaction } = store

  /** Whatever came of it: of a write whose answer was lost nobody knows that it was not made. */
  async function dropped<T>(boundaries: readonly Boundary[], write: () => T | Promise<T>): Promise<T> {
    try {
      return await write()
    } finally {
      drop(boundaries)
    }
  }

  return {
    ...{ organizations, invitations, outbox, apiKeys, users, contexts },
    accounts: {
      load: (accountId, wants) => accounts.load(accountId, wants),
      commit: (changes) => dropped([changes.guard.accountId], () => accounts.commit(changes)),
    },
    platform: {
      organizations: (by) => platform.organizations(by),
      entries: (by) => platform.entries(by),
      purge: (organizationId, limit) => dropped([organizationId], () => platform.purge(organizationId, limit)),
    },
    usage: countsToo
      ? {
          consume: (each) => dropped([each.account], () => usage.consume(each)),
          add: (all) => dropped([...new Set(all.map(({ account }) => account))], () => usage.add(all)),
          hold: (each, hold) => dropped([each.account], () => usage.hold(each, hold)),
          settle: (account, id, units, at) => dropped([account], () => usage.settle(account, id, units, at)),
        }
      : usage,
    load: (organizationId, wants) => store.load(organizationId, wants),
    commit: (changes) => dropped([changes.guard.organizationId], () => store.commit(changes)),
    transaction: async (work) => {
      const written = new Set<Boundary>()
      const note: Drop = (boundaries) => {
        for (const boundary of boundaries) written.add(boundary)
      }
      try {
        return await store.transaction((inner) => work(over(inner, note, countsToo)))
      } finally {
        drop([...written])
      }
    },
    lock: (boundary) => store.lock(boundary),
    ...(withTransaction !== undefined && {
      withTransaction: (transaction) => withTransaction.call(store, transaction),
    }),
  }
}
