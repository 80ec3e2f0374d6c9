/**
 * Accounts: what belongs to a person outside any organization.
 *
 * @module
 */
import { deepEqual, equal, rejects } from "node:assert/strict"
import type { UserId } from "../../kernel/actor.ts"
import type { ApiKeyId } from "../../kernel/id.ts"
import type { AccountChanges } from "../../store/accounts.ts"
import type { Store } from "../../store/store.ts"
import { BUILT_AT } from "../builders.ts"
import {
  aConsumption,
  aCounter,
  anAccount,
  anApiKey,
  aSubscription,
  beginningAccount,
  followingAccount,
} from "../key-builders.ts"
import { ALL_KEYS, beginAccount, type Check, everythingOf, idsOf, later, times } from "./scene.ts"

const keyOf = (userId: string) => anApiKey(null, { holder: { type: "person", userId: userId as UserId } })

/** An account with one row of each kind. */
function furnished(userId: string) {
  const account = anAccount(userId)
  const [key, subscription] = [keyOf(userId), aSubscription(account.id)]
  return {
    account,
    key,
    subscription,
    parts: { apiKeys: { insert: [key] }, subscriptions: { insert: [subscription] } },
  }
}

/** An account, and what the pipeline does to it after a conflict: lock, load, add one key. */
async function locking(store: Store) {
  const account = await beginAccount(store, anAccount("u_ada"))
  const userId = account.id.slice("user:".length)
  const commitUnderLock = (process: Store) =>
    process.transaction(async (inside) => {
      await inside.lock(account.id)
      const { account: row } = await inside.accounts.load(account.id, {})
      return inside.accounts.commit(followingAccount(row ?? account, { apiKeys: { insert: [keyOf(userId)] } }))
    })
  return { account, commitUnderLock }
}

const commit = async (store: Store, changes: AccountChanges) => {
  equal(await store.accounts.commit(changes), "committed")
  return changes.account
}

export const accountCases: readonly Check[] = [
  {
    name: "accounts.load answers the account's row, null before anything was written of it, and every want",
    run: async ({ store }) => {
      const { account, key, subscription, parts } = furnished("u_ada")
      const nothing = await everythingOf(store, account)
      deepEqual([nothing.account, nothing.apiKeys, nothing.apiKeyCount, nothing.usage], [null, [], 0, []])
      deepEqual(nothing.billed, { account: account.id, subscriptions: [], meters: [] })
      await beginAccount(store, { ...account, createdAt: later(-1) }, parts)
      const found = await everythingOf(store, account)
      deepEqual(found.account, { ...account, createdAt: later(-1) })
      deepEqual([found.apiKeys, found.apiKeyCount], [[{ key, lastUsedAt: null, member: null, project: null }], 1])
      deepEqual(found.billed.subscriptions, [subscription])
      const some = await store.accounts.load(account.id, { apiKey: key.id, apiKeys: undefined })
      deepEqual([some.apiKey?.key, some.apiKeys], [key, undefined])
      const absent = await store.accounts.load(account.id, { apiKey: "key_nobody" as ApiKeyId })
      equal(absent.apiKey, null)
    },
  },
  {
    name: "accounts.commit inserts, updates and deletes rows; a deleted key is none",
    run: async ({ store }) => {
      const { account, key, subscription, parts } = furnished("u_ada")
      const first = await beginAccount(store, account, parts)
      const [second, third] = [keyOf("u_ada"), keyOf("u_ada")]
      const past = { ...subscription, status: "past_due" as const, quota: 7, occurredAt: later(1), revision: 2 }
      const next = await commit(
        store,
        followingAccount(first, {
          apiKeys: { insert: [second, third], update: [{ ...key, deletedAt: BUILT_AT }] },
          subscriptions: { update: [past] },
        }),
      )
      const found = await everythingOf(store, account)
      deepEqual([found.account, idsOf(found.apiKeys.map((each) => each.key))], [next, [second.id, third.id]])
      deepEqual([found.apiKeyCount, found.billed.subscriptions], [2, [past]])
      const asked = await store.accounts.load(account.id, { apiKey: key.id })
      equal(asked.apiKey, null)
      await commit(
        store,
        followingAccount(next, { apiKeys: { delete: [third.id] }, subscriptions: { delete: [past.id] } }),
      )
      const last = await everythingOf(store, account)
      deepEqual([last.apiKeyCount, last.billed.subscriptions], [1, []])
    },
  },
  {
    name: "apiKeys answers the page of an account's keys, by id ascending",
    run: async ({ store }) => {
      const keys = times(7, () => keyOf("u_ada"))
      const { id } = await beginAccount(store, anAccount("u_ada"), { apiKeys: { insert: keys.toReversed() } })
      const ask = async (want: Partial<typeof ALL_KEYS>) => {
        const { apiKeys } = await store.accounts.load(id, { apiKeys: { ...ALL_KEYS, ...want } })
        return idsOf(apiKeys.map(({ key }) => key))
      }
      deepEqual(await ask({}), idsOf(keys))
      deepEqual(await ask({ after: keys[2]?.id ?? "", limit: 3 }), idsOf(keys.slice(3, 6)))
      deepEqual(await ask({ holder: "u_ada" as UserId, limit: 2 }), idsOf(keys.slice(0, 2)))
      deepEqual(await ask({ holder: "u_bob" as UserId }), [])
    },
  },
  {
    name: "accounts.commit applies only if the guard still holds, and all of the changes or none: otherwise `conflict`",
    run: async ({ store }) => {
      const { account, parts } = furnished("u_ada")
      const first = await beginAccount(store, account, parts)
      const next = await commit(store, followingAccount(first))
      const before = await everythingOf(store, account)
      const more = () => ({
        apiKeys: { insert: [keyOf("u_ada")] },
        subscriptions: { insert: [aSubscription(account.id, { product: "mail" })] },
      })
      const refused = [
        followingAccount(first, more()),
        followingAccount({ ...next, revision: 3 }, more()),
        beginningAccount(account, more()),
      ]
      for (const changes of refused) {
        equal(await store.accounts.commit(changes), "conflict")
        const [key] = changes.rows.apiKeys?.insert ?? []
        const hash = key?.secret.hash ?? keyOf("").secret.hash
        equal(await store.apiKeys.findBySecret(hash, { payer: "organization", at: BUILT_AT, meters: false }), null)
      }
      equal(await store.accounts.commit(followingAccount(anAccount())), "conflict", "one that is not there")
      deepEqual(await everythingOf(store, account), before)
      equal(await store.accounts.commit(followingAccount(next, more())), "committed")
    },
  },
  {
    name: "of parallel account commits with one guard exactly one is committed",
    run: async ({ store, other }) => {
      const account = anAccount("u_ada")
      const race = async (make: (userId: string) => AccountChanges) => {
        const outcomes = await Promise.all(
          times(10, (index) => (index % 2 === 0 ? store : other).accounts.commit(make("u_ada"))),
        )
        equal(outcomes.filter((outcome) => outcome === "committed").length, 1)
        equal(outcomes.filter((outcome) => outcome === "conflict").length, 9)
      }
      await race((userId) => beginningAccount(account, { apiKeys: { insert: [keyOf(userId)] } }))
      await race((userId) => followingAccount(account, { apiKeys: { insert: [keyOf(userId)] } }))
      const found = await everythingOf(store, account)
      deepEqual([found.account?.revision, found.apiKeyCount], [2, 2])
    },
  },
  {
    name: "accounts.load answers the account and every want as they stood at one instant",
    run: async ({ store, other }) => {
      const account = await beginAccount(store, anAccount("u_ada"), { apiKeys: { insert: [keyOf("u_ada")] } })
      const writer = async () => {
        let current = account
        for (let round = 0; round < 12; round++) {
          for (let pause = 0; pause < round % 3; pause++) await other.accounts.load(account.id, {})
          current = await commit(other, followingAccount(current, { apiKeys: { insert: [keyOf("u_ada")] } }))
        }
      }
      const reader = async () => {
        for (let round = 0; round < 12; round++) {
          const found = await everythingOf(store, account)
          deepEqual(
            [found.apiKeyCount, found.apiKeys.length],
            times(2, () => found.account?.revision),
          )
        }
      }
      await Promise.all([writer(), reader(), reader()])
    },
  },
  {
    name: "every read of an account answers its own rows alone, even where ids are the same in two",
    run: async ({ store }) => {
      const [ada, bob] = [furnished("u_ada"), furnished("u_bob")]
      const twin = { ...bob.key, id: ada.key.id }
      const told = { ...bob.subscription, id: ada.subscription.id }
      await beginAccount(store, ada.account, ada.parts)
      await beginAccount(store, bob.account, { apiKeys: { insert: [twin] }, subscriptions: { insert: [told] } })
      const counter = (userId: string) => aCounter({ keyId: ada.key.id, holder: userId })
      await store.usage.consume(aConsumption(bob.account.id, { units: 9, counter: counter("u_bob"), at: later(1) }))
      const found = await everythingOf(store, ada.account)
      deepEqual(found.apiKeys, [{ key: ada.key, lastUsedAt: null, member: null, project: null }])
      deepEqual([found.billed.subscriptions, found.usage], [[ada.subscription], []])
      const before = await everythingOf(store, bob.account)
      deepEqual([before.apiKeys[0]?.key, before.usage.length], [twin, 1])
      await commit(
        store,
        followingAccount(ada.account, {
          apiKeys: { delete: [ada.key.id] },
          subscriptions: { delete: [ada.subscription.id] },
        }),
      )
      deepEqual(await everythingOf(store, bob.account), before)
    },
  },
  {
    name: "an account's rows that are answered are the caller's own",
    run: async ({ store }) => {
      const { account, parts } = furnished("u_ada")
      await beginAccount(store, account, parts)
      const before = structuredClone(await everythingOf(store, account))
      const { apiKeys, billed, ...found } = await everythingOf(store, account)
      Object.assign(found.account ?? {}, { revision: 9 })
      found.account?.createdAt.setTime(0)
      for (const { key } of apiKeys) Object.assign(key.secret, { hash: "" })
      for (const row of billed.subscriptions) row.occurredAt.setTime(0)
      deepEqual(await everythingOf(store, account), before)
    },
  },
  {
    name: "an account commit in a transaction is visible when its work resolves, and never when it rejects",
    run: async ({ store }) => {
      const { account, key, parts } = furnished("u_ada")
      const work = (ends: boolean) =>
        store.transaction(async (inside) => {
          await beginAccount(inside, account, parts)
          equal((await everythingOf(inside, account)).apiKeyCount, 1, "its own writes")
          if (!ends) throw new Error("changed my mind")
        })
      await rejects(work(false), /changed my mind/)
      const found = await everythingOf(store, account)
      deepEqual([found.account, found.apiKeyCount, found.billed.subscriptions], [null, 0, []])
      const by = { payer: "organization", at: BUILT_AT, meters: false } as const
      equal(await store.apiKeys.findBySecret(key.secret.hash, by), null)
      await work(true)
      deepEqual((await store.apiKeys.findBySecret(key.secret.hash, by))?.key, key)
    },
  },
  {
    name: "transactions that lock an account, load and commit are all committed, one after another",
    run: async ({ store, other }) => {
      const { account, commitUnderLock } = await locking(store)
      const outcomes = await Promise.all(times(8, (index) => commitUnderLock(index % 2 === 0 ? store : other)))
      deepEqual(
        outcomes,
        times(8, () => "committed"),
      )
      const found = await store.accounts.load(account.id, { apiKeyCount: true })
      deepEqual([found.account?.revision, found.apiKeyCount], [9, 8])
    },
  },
]
