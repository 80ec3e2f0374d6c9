/**
 * Counting: to every meter and the counter, or to none.
 *
 * @module
 */
import { deepEqual, equal, rejects } from "node:assert/strict"
import type { UserId } from "../../kernel/actor.ts"
import type { ApiKeyId, OrganizationId } from "../../kernel/id.ts"
import type { Store } from "../../store/store.ts"
import type { Month } from "../../usage/month.ts"
import type { UsageFilter } from "../../usage/repository.ts"
import type { Consumption, Counter, MeterStanding, Take } from "../../usage/usage.ts"
import { BUILT_AT, type Columns } from "../builders.ts"
import { aConsumption, aCounter } from "../key-builders.ts"
import { ALL_USAGE, accountOf, begin, type Check, later, loaded, MINUTE } from "./scene.ts"

const ADA = "user:u_ada"
const HOUR = 60 * MINUTE

const quota = (cap: number | null, period = "2026-01"): Take => ({ name: "quota api", period, cap })
const allowance = (cap: number | null): Take => ({ name: "key key_a", period: "2026-01", cap })
const standing = ({ name, period }: Take, used: number, held = 0): MeterStanding => ({ name, period, used, held })

const consume = (store: Store, columns: Columns<Consumption>, account = ADA) =>
  store.usage.consume(aConsumption(account, columns))

const unitsOf = async (store: Store, account = ADA): Promise<number> => {
  const id = aConsumption(account).account
  const { usage } = await store.accounts.load(id, { usage: ALL_USAGE })
  return usage.reduce((sum, { units }) => sum + units, 0)
}

/** How a meter stands, asked by a take that changes nothing. */
const ask = async (store: Store, take: Take, at = BUILT_AT): Promise<MeterStanding | undefined> => {
  const outcome = await consume(store, { units: 1, takes: [{ ...take, cap: 0 }], at })
  equal(outcome.outcome, "refused")
  return outcome.meters[0]
}

export const usageCases: readonly Check[] = [
  {
    name: "consume adds the units to every meter taken from and to the counter, and answers how each meter then stands",
    run: async ({ store }) => {
      const takes = [quota(10), allowance(null)]
      const first = await consume(store, { units: 3, takes, at: later(1) })
      deepEqual(first, { outcome: "consumed", meters: [standing(quota(0), 3), standing(allowance(0), 3)] })
      const second = await consume(store, { units: 7, takes: takes.toReversed(), at: later(MINUTE + 1) })
      deepEqual(second, { outcome: "consumed", meters: [standing(allowance(0), 10), standing(quota(0), 10)] })
      const none = await consume(store, { units: 5, takes: [] })
      deepEqual(none, { outcome: "consumed", meters: [] })
      const { usage } = await store.accounts.load(aConsumption(ADA).account, { usage: ALL_USAGE })
      deepEqual(usage, [{ ...aCounter(), account: ADA, units: 15, lastUsedAt: later(MINUTE) }])
      const large = await consume(store, { units: Number.MAX_SAFE_INTEGER, takes: [quota(null, "2027-01")] })
      deepEqual(large.meters, [standing(quota(0, "2027-01"), Number.MAX_SAFE_INTEGER)])
    },
  },
  {
    name: "a take without room makes consume change nothing; it answers which, and how every meter stands",
    run: async ({ store }) => {
      await consume(store, { units: 8, takes: [quota(10)] })
      await consume(store, { units: 2, takes: [allowance(5)] })
      const refused = async (units: number, takes: readonly Take[], by: number, used: readonly number[]) =>
        deepEqual(await consume(store, { units, takes, request: `r${units}` }), {
          outcome: "refused",
          by,
          meters: takes.map((take, index) => standing(take, used[index] ?? 0)),
        })
      await refused(3, [quota(10), allowance(5)], 0, [8, 2])
      await refused(3, [allowance(5), quota(10)], 1, [2, 8])
      await refused(4, [allowance(5), quota(10)], 0, [2, 8])
      await refused(1, [allowance(null), quota(0, "2026-02")], 1, [2, 0])
      equal(await unitsOf(store), 10)
      const both = await consume(store, { units: 2, takes: [quota(10), allowance(5)] })
      deepEqual(both, { outcome: "consumed", meters: [standing(quota(0), 10), standing(allowance(0), 4)] })
      const after = await consume(store, { units: 3, takes: [quota(null)], request: "r3" })
      equal(after.outcome, "consumed", "a refused request was not counted")
    },
  },
  {
    name: "meters are told apart by account, name and period, to the byte",
    run: async ({ store }) => {
      const takes = ["quota a", "quota A", "quota a ", "quota ä", "key a", "key A"].flatMap((name) =>
        ["2026-01", "2025-12", "2026-02"].map((period) => ({ name, period, cap: 1000 })),
      )
      for (const [index, take] of takes.entries()) await consume(store, { units: index + 1, takes: [take] })
      await consume(store, { units: 500, takes: takes.slice(0, 1) }, "user:u_Ada")
      for (const [index, take] of takes.entries()) deepEqual(await ask(store, take), standing(take, index + 1))
    },
  },
  {
    name: "one counter is kept of each combination; usage answers every counter that matches",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [key, user, month] = ["key_a" as ApiKeyId, "u_ada" as UserId, "2026-02" as Month]
      const base = { organizationId: acme.id }
      const counters = [
        aCounter(base),
        aCounter({ ...base, keyId: key }),
        aCounter({ ...base, keyId: "key_A" }),
        aCounter({ ...base, holder: user }),
        aCounter({ ...base, keyId: key, holder: user, api: "images", plan: "pro" }),
        aCounter({ ...base, keyId: key, holder: user, api: "Images", plan: "pro" }),
        aCounter({ ...base, keyId: key, holder: user, api: "images", plan: null, month }),
        aCounter({ ...base, holder: user, api: "images", month }),
      ]
      const rows = counters.map((counter, index) => ({
        ...counter,
        account: accountOf(acme),
        units: 2 * (index + 1),
        lastUsedAt: later(index * MINUTE),
      }))
      for (const round of [1, 0]) {
        for (const [index, counter] of counters.entries()) {
          const at = later(index * MINUTE * round + 59_999)
          await consume(store, { units: index + 1, counter, at }, accountOf(acme))
        }
      }
      const all = { ...aCounter(base), account: ADA, units: 1, lastUsedAt: BUILT_AT }
      await consume(store, { counter: aCounter(base) }, ADA)
      const check = async (filter: Partial<UsageFilter>, matches: (counter: Counter) => boolean) => {
        const want = { ...ALL_USAGE, ...filter }
        const expected = rows.filter(matches)
        const { usage } = await loaded(store, acme, { usage: want })
        const others = matches(all) ? [all] : []
        deepEqual(sorted(usage), sorted([...expected, ...others]))
        const own = await store.accounts.load(accountOf(acme), { usage: want })
        deepEqual(sorted(own.usage), sorted(expected))
      }
      await check({}, () => true)
      await check({ keyId: key }, ({ keyId }) => keyId === key)
      await check({ holder: user }, ({ holder }) => holder === user)
      await check({ month }, (counter) => counter.month === month)
      await check({ keyId: key, month, holder: user }, (counter) => counter.keyId === key && counter.month === month)
      await check({ keyId: "key_nobody" as ApiKeyId }, () => false)
      await check({ month: "2026-03" as Month }, () => false)
    },
  },
  {
    name: "usage answers an organization's counters, whoever pays, and an account's, whatever it pays for",
    run: async ({ store }) => {
      const [acme, globex] = [await begin(store), await begin(store)]
      const organizations: readonly (OrganizationId | null)[] = [acme.id, globex.id, null]
      const keyId = "key_a"
      for (const [index, organizationId] of organizations.entries()) {
        await consume(store, { units: index + 1, counter: aCounter({ organizationId, keyId }) })
      }
      await consume(store, { units: 9, counter: aCounter({ organizationId: acme.id, keyId }) }, accountOf(acme))
      const filters = [ALL_USAGE, { ...ALL_USAGE, keyId: keyId as ApiKeyId }]
      for (const usage of filters) {
        const ofAcme = (await loaded(store, acme, { usage })).usage
        deepEqual(
          sorted(ofAcme).map(({ account, units }) => [account, units]),
          [
            [accountOf(acme), 9],
            [ADA, 1],
          ],
        )
        deepEqual(
          (await loaded(store, globex, { usage })).usage.map(({ units }) => units),
          [2],
        )
        const ofAda = (await store.accounts.load(aConsumption(ADA).account, { usage })).usage
        deepEqual(ofAda.map(({ units }) => units).toSorted(), [1, 2, 3])
      }
    },
  },
  {
    name: "a request counted for that account within the 24 hours before changes nothing",
    run: async ({ store }) => {
      const takes = [quota(10)]
      const request = { takes, request: "r 1", units: 2 }
      equal((await consume(store, request)).outcome, "consumed")
      for (const at of [BUILT_AT, later(1), later(24 * HOUR - 1), later(-1)]) {
        const replayed = await consume(store, { ...request, units: 9, at })
        deepEqual(replayed, { outcome: "replayed", meters: [standing(quota(0), 2)] })
      }
      equal(await unitsOf(store), 2)
      equal((await consume(store, { ...request, request: "R 1" })).outcome, "consumed", "to the byte")
      equal((await consume(store, { ...request, request: null })).outcome, "consumed")
      equal((await consume(store, { ...request, request: null })).outcome, "consumed")
      equal((await consume(store, request, "user:u_bob")).outcome, "consumed", "another account's")
      const between = later(13 * HOUR)
      equal((await consume(store, { takes: [], request: "r 2", at: between })).outcome, "consumed")
      const next = { ...request, at: later(24 * HOUR + 1) }
      equal((await consume(store, next)).outcome, "consumed", "a day has passed")
      equal((await consume(store, next)).outcome, "replayed")
      equal((await consume(store, { request: "r 2", at: later(37 * HOUR - 1) })).outcome, "replayed")
      equal((await consume(store, { request: "r 2", at: later(37 * HOUR + 1) })).outcome, "consumed")
    },
  },
  {
    name: "add adds the units of every consumption whatever the caps, and answers what became of each in turn",
    run: async ({ store }) => {
      const each = (columns: Columns<Consumption>, account = ADA) => aConsumption(account, columns)
      await consume(store, { request: "r1", takes: [quota(10)] })
      const added = await store.usage.add([
        each({ units: 20, takes: [quota(10)] }),
        each({ units: 5, takes: [quota(10)], request: "r1" }),
        each({ units: 5, takes: [quota(10), allowance(0)], request: "r2" }),
        each({ units: 5, takes: [quota(10)], request: "r2" }),
        each({ units: 1, takes: [quota(10)] }, "user:u_bob"),
      ])
      deepEqual(added, [
        { outcome: "consumed", meters: [standing(quota(0), 21)] },
        { outcome: "replayed", meters: [standing(quota(0), 21)] },
        { outcome: "consumed", meters: [standing(quota(0), 26), standing(allowance(0), 5)] },
        { outcome: "replayed", meters: [standing(quota(0), 26)] },
        { outcome: "consumed", meters: [standing(quota(0), 1)] },
      ])
      deepEqual([await unitsOf(store), await unitsOf(store, "user:u_bob")], [26, 1])
      deepEqual(await store.usage.add([]), [])
    },
  },
  {
    name: "what is consumed and added in a transaction counts when its work resolves, and never when it rejects",
    run: async ({ store }) => {
      const work = (ends: boolean) =>
        store.transaction(async (inside) => {
          const own = await consume(inside, { units: 3, takes: [quota(10)], request: "r1" })
          deepEqual(own.meters, [standing(quota(0), 3)])
          await inside.usage.add([aConsumption(ADA, { units: 2, takes: [quota(10)] })])
          equal((await consume(inside, { request: "r1" })).outcome, "replayed")
          if (!ends) throw new Error("changed my mind")
        })
      await rejects(work(false), /changed my mind/)
      const { usage, billed } = await store.accounts.load(aConsumption(ADA).account, {
        usage: ALL_USAGE,
        billed: { at: BUILT_AT },
      })
      deepEqual([usage, billed.meters.filter(({ used }) => used > 0)], [[], []])
      await work(true)
      deepEqual(await ask(store, quota(0)), standing(quota(0), 5))
      equal(await unitsOf(store), 5)
      equal((await consume(store, { request: "r1" })).outcome, "replayed")
    },
  },
]

const sorted = <Row extends Counter & Readonly<{ units: number }>>(rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
