/**
 * Stores that are wrong about keys, accounts and usage, each with the case that must catch it.
 *
 * @module
 */
import type { KeyRecord } from "../../src/api-key/verdict.ts"
import type { Store } from "../../src/store/store.ts"
import { BUILT_AT } from "../../src/testing/testing.ts"
import type { Consumption, Take } from "../../src/usage/usage.ts"

/** A wrong store: a right one with some of its calls replaced. */
export type Break = (right: Store) => Partial<Store>

const usage =
  (wrong: (right: Store["usage"], store: Store) => Partial<Store["usage"]>): Break =>
  (right) => ({ usage: { ...right.usage, ...wrong(right.usage, right) } })

const accounts =
  (wrong: (right: Store["accounts"]) => Partial<Store["accounts"]>): Break =>
  (right) => ({ accounts: { ...right.accounts, ...wrong(right.accounts) } })

const FOREVER = new Date("9999-12-31T00:00:00.000Z")

const uncapped = (takes: readonly Take[]): readonly Take[] => takes.map((take) => ({ ...take, cap: null }))

/** A replay, answered without looking whether it is one. */
async function replayed(right: Store["usage"], each: Consumption) {
  const takes = each.takes.map((take) => ({ ...take, cap: 0 }))
  const { meters } = takes.length === 0 ? { meters: [] } : await right.consume({ ...each, takes, request: null })
  return { outcome: "replayed", meters } as const
}

export const BROKEN_USAGE: readonly (readonly [what: string, wrong: Break, fails: string])[] = [
  [
    "checks a remainder that it read before",
    usage((right, store) => ({
      consume: async (each: Consumption) => {
        const [take] = each.takes
        const { billed } = await store.accounts.load(each.account, { billed: { at: each.at } })
        const used = billed.meters.find(({ name }) => name === take?.name)?.used ?? 0
        const hasRoom = take === undefined || take.cap === null || used + each.units <= take.cap
        return right.consume(hasRoom ? { ...each, takes: uncapped(each.takes) } : each)
      },
    })),
    "of 100 parallel consume calls against a remainder of 10 exactly 10 are consumed",
  ],
  [
    "takes from one meter after another",
    usage((right) => ({
      consume: async (each) => {
        for (const [by, take] of each.takes.slice(0, -1).entries()) {
          const taken = await right.consume({ ...each, takes: [take], request: null })
          if (taken.outcome === "refused") return { ...taken, by }
        }
        return right.consume({ ...each, takes: each.takes.slice(-1) })
      },
    })),
    "a key's allowance and the quota are taken together or neither, however many consume at once",
  ],
  [
    "never lets holds expire",
    usage((right) => ({ hold: (each, kept) => right.hold(each, { ...kept, expiresAt: FOREVER }) })),
    "from the instant it expires a hold keeps nothing aside, and settle answers null",
  ],
  [
    "lets holds expire for whoever reads, and not for whoever consumes",
    usage((right) => ({ consume: (each) => right.consume({ ...each, at: BUILT_AT }) })),
    "from the instant it expires a hold keeps nothing aside, and settle answers null",
  ],
  [
    "settles what was settled once more",
    usage((right) => ({
      settle: async (account, id, units, at) => {
        const settled = await right.settle(account, id, units, at)
        return settled && { ...settled, outcome: "settled" }
      },
    })),
    "settle answers a hold that was settled before as it is, and adds nothing",
  ],
  [
    "settles for what was held",
    usage((right, store) => ({
      settle: async (account, id, units, at) => {
        const { hold } = await store.accounts.load(account, { hold: id })
        return right.settle(account, id, units === 0 ? 0 : (hold?.units ?? 0), at)
      },
    })),
    "settle ends an open hold and adds its units to its meters and counter, few or many; 0 only ends it",
  ],
  [
    "forgets requests",
    usage((right) => ({ consume: (each) => right.consume({ ...each, request: null }) })),
    "a request counted for that account within the 24 hours before changes nothing",
  ],
  [
    "remembers requests for ever",
    usage((right) => {
      const seen = new Set<string>()
      return {
        consume: async (each) => {
          const request = `${each.account} ${each.request}`
          const isSeen = each.request !== null && seen.has(request)
          const consumed = await right.consume(isSeen ? { ...each, at: BUILT_AT } : each)
          if (consumed.outcome === "consumed") seen.add(request)
          return consumed
        },
      }
    }),
    "a request counted for that account within the 24 hours before changes nothing",
  ],
  [
    "takes one account's request for another's",
    usage((right) => {
      const seen = new Set<string>()
      return {
        consume: async (each) => {
          if (each.request !== null && seen.has(each.request)) return replayed(right, each)
          if (each.request !== null) seen.add(each.request)
          return right.consume(each)
        },
      }
    }),
    "a request counted for that account within the 24 hours before changes nothing",
  ],
  [
    "remembers a request that it refused",
    usage((right) => {
      const seen = new Set<string>()
      return {
        consume: async (each) => {
          if (each.request !== null && seen.has(each.request)) return replayed(right, each)
          const consumed = await right.consume(each)
          if (each.request !== null) seen.add(each.request)
          return consumed
        },
      }
    }),
    "a take without room makes consume change nothing; it answers which, and how every meter stands",
  ],
  [
    "keeps to the caps when it adds",
    usage((right) => ({
      add: async (all) => {
        const added = []
        for (const each of all) {
          const { meters, outcome } = await right.consume(each)
          added.push({ meters, outcome: outcome === "replayed" ? outcome : ("consumed" as const) })
        }
        return added
      },
    })),
    "add adds the units of every consumption whatever the caps, and answers what became of each in turn",
  ],
  [
    "folds the case of meters",
    usage((right) => ({
      consume: (each) =>
        right.consume({ ...each, takes: each.takes.map((take) => ({ ...take, name: take.name.toLowerCase() })) }),
    })),
    "meters are told apart by account, name and period, to the byte",
  ],
  [
    "keeps one counter of a key, whatever the API",
    usage((right) => ({ consume: (each) => right.consume({ ...each, counter: { ...each.counter, api: null } }) })),
    "one counter is kept of each combination; usage answers every counter that matches",
  ],
  [
    "counts beside the transaction",
    (right) => ({ transaction: (work) => right.transaction((inside) => work({ ...inside, usage: right.usage })) }),
    "what is consumed and added in a transaction counts when its work resolves, and never when it rejects",
  ],
  [
    "holds beside the transaction",
    (right) => ({ transaction: (work) => right.transaction((inside) => work({ ...inside, usage: right.usage })) }),
    "what is held and settled in a transaction is so when its work resolves, and never when it rejects",
  ],
  [
    "finds a key by a secret that it had once",
    (right) => {
      const known = new Map<string, KeyRecord>()
      return {
        apiKeys: {
          findBySecret: async (hash, by) => {
            const record = (await right.apiKeys.findBySecret(hash, by)) ?? known.get(hash) ?? null
            if (record !== null) known.set(hash, record)
            return record
          },
        },
      }
    },
    "findBySecret answers the key one of whose secrets has that hash, expired or not; null when there is none",
  ],
  [
    "finds no key by the secret before",
    (right) => ({
      apiKeys: {
        findBySecret: async (hash, by) => {
          const record = await right.apiKeys.findBySecret(hash, by)
          return record?.key.secret.hash === hash ? record : null
        },
      },
    }),
    "findBySecret answers the key one of whose secrets has that hash, expired or not; null when there is none",
  ],
  [
    "lets every organization pay for itself",
    (right) => ({
      apiKeys: { findBySecret: (hash, by) => right.apiKeys.findBySecret(hash, { ...by, payer: "organization" }) },
    }),
    "findBySecret and billed answer the account that pays; without a holder of the role, the organization's own",
  ],
  [
    "finds a key in two steps",
    (right) => ({
      apiKeys: {
        findBySecret: async (hash, by) => {
          const record = await right.apiKeys.findBySecret(hash, by)
          const organization = record?.organization && (await right.load(record.organization.id, {}))
          return record && { ...record, organization: organization?.organization ?? null }
        },
      },
    }),
    "findBySecret answers everything as of one instant",
  ],
  [
    "lists every key, whoever holds it",
    (right) => ({
      load: (id, wants) =>
        right.load(id, wants.apiKeys ? { ...wants, apiKeys: { ...wants.apiKeys, holder: null } } : wants),
    }),
    "apiKeys answers the page of keys that match and are not deleted, by id ascending, and apiKeyCount how many",
  ],
  [
    "ignores an account's guard",
    accounts((right) => ({
      commit: async (changes) => {
        const { account } = await right.load(changes.guard.accountId, {})
        return right.commit({ ...changes, guard: { ...changes.guard, revision: account?.revision ?? null } })
      },
    })),
    "accounts.commit applies only if the guard still holds, and all of the changes or none: otherwise `conflict`",
  ],
  [
    "looks at an account's revision first and writes afterwards",
    accounts((right) => ({
      commit: async (changes) => {
        const revision = async () => (await right.load(changes.guard.accountId, {})).account?.revision ?? null
        if ((await revision()) !== changes.guard.revision) return "conflict"
        for (;;) {
          const guard = { ...changes.guard, revision: await revision() }
          if ((await right.commit({ ...changes, guard })) === "committed") return "committed"
        }
      },
    })),
    "of parallel account commits with one guard exactly one is committed",
  ],
  [
    "loads an account in two steps",
    accounts((right) => ({
      load: async (id, wants) => {
        const [found, row] = [await right.load(id, wants), await right.load(id, {})]
        return { ...found, ...row }
      },
    })),
    "accounts.load answers the account and every want as they stood at one instant",
  ],
  [
    "drops the subscriptions of an account",
    accounts((right) => ({
      commit: ({ rows: { apiKeys }, ...changes }) => right.commit({ ...changes, rows: apiKeys ? { apiKeys } : {} }),
    })),
    "accounts.load answers the account's row, null before anything was written of it, and every want",
  ],
]
