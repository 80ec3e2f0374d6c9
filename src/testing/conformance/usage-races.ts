/**
 * Counting under concurrency, and inside the host's own transactions.
 *
 * @module
 */
import { deepEqual, equal, rejects } from "node:assert/strict"
import type { Store } from "../../store/store.ts"
import type { Consumed, Take } from "../../usage/usage.ts"
import { BUILT_AT } from "../builders.ts"
import { aConsumption, aHold, anAccount } from "../key-builders.ts"
import { ALL_USAGE, beginAccount, type Check, everythingOf, later, MINUTE, type OpenStore, times } from "./scene.ts"

const ADA = aConsumption("user:u_ada").account
const quota = (cap: number): Take => ({ name: "quota api", period: "2026-01", cap })
const allowance = (key: number, cap: number): Take => ({ name: `key key_${key}`, period: "2026-01", cap })

/** Makes that many calls at once, from two processes where there are two. */
const race = <T>({ store, other }: OpenStore, count: number, call: (store: Store, index: number) => Promise<T>) =>
  Promise.all(times(count, (index) => call(index % 2 === 0 ? store : other, index)))

const countOf = (outcomes: readonly Pick<Consumed, "outcome">[], outcome: Consumed["outcome"]): number =>
  outcomes.filter((each) => each.outcome === outcome).length

async function usedOf(store: Store) {
  const { billed, usage } = await store.accounts.load(ADA, { billed: { at: BUILT_AT }, usage: ALL_USAGE })
  const units = usage.reduce((sum, each) => sum + each.units, 0)
  return [billed.meters[0]?.used, billed.meters[0]?.held, units]
}

export const usageRaces: readonly Check[] = [
  {
    name: "of 100 parallel consume calls against a remainder of 10 exactly 10 are consumed",
    run: async (opened) => {
      await opened.store.usage.consume(aConsumption(ADA, { units: 5, takes: [quota(15)] }))
      const outcomes = await race(opened, 100, async (store) =>
        store.usage.consume(aConsumption(ADA, { takes: [quota(15)] })),
      )
      deepEqual([countOf(outcomes, "consumed"), countOf(outcomes, "refused")], [10, 90])
      deepEqual(await usedOf(opened.store), [15, 0, 15])
    },
  },
  {
    name: "a key's allowance and the quota are taken together or neither, however many consume at once",
    run: async (opened) => {
      const takes = (key: number) => [quota(10), allowance(key, 4)]
      const outcomes = await race(opened, 60, async (store, index) =>
        store.usage.consume(aConsumption(ADA, { takes: takes(index % 4) })),
      )
      equal(countOf(outcomes, "consumed"), 10)
      deepEqual(await usedOf(opened.store), [10, 0, 10])
      const asked = await opened.store.usage.consume(aConsumption(ADA, { takes: times(4, (key) => allowance(key, 0)) }))
      const used = asked.meters.map((meter) => meter.used)
      equal(
        used.reduce((sum, each) => sum + each, 0),
        10,
      )
      equal(Math.max(...used) <= 4, true)
    },
  },
  {
    name: "of parallel consume calls with one request exactly one is consumed, the others are replayed",
    run: async (opened) => {
      const outcomes = await race(opened, 20, async (store, index) => {
        const each = aConsumption(ADA, { takes: [quota(10)], request: "r1" })
        return index % 4 < 2 ? store.usage.consume(each) : store.usage.hold(each, aHold())
      })
      deepEqual([countOf(outcomes, "consumed"), countOf(outcomes, "replayed")], [1, 19])
      const [used = 0, held = 0] = await usedOf(opened.store)
      equal(used + held, 1)
    },
  },
  {
    name: "of two parallel holds of 7 against 10 exactly one is made, and of parallel settlements exactly one counts",
    run: async (opened) => {
      const holds = [aHold(), aHold()]
      const outcomes = await Promise.all(
        holds.map((hold, index) => {
          const store = index === 0 ? opened.store : opened.other
          return store.usage.hold(aConsumption(ADA, { units: 7, takes: [quota(10)] }), hold)
        }),
      )
      deepEqual([countOf(outcomes, "consumed"), countOf(outcomes, "refused")], [1, 1])
      deepEqual(await usedOf(opened.store), [0, 7, 0])
      const made = holds[outcomes.findIndex(({ outcome }) => outcome === "consumed")] ?? aHold()
      const settled = await race(opened, 10, (store) => store.usage.settle(ADA, made.id, 5, later(MINUTE)))
      equal(settled.filter((each) => each?.outcome === "settled").length, 1)
      equal(settled.filter((each) => each?.outcome === "replayed").length, 9)
      deepEqual(await usedOf(opened.store), [5, 0, 5])
    },
  },
  {
    name: "parallel add calls are all counted",
    run: async (opened) => {
      await race(opened, 20, (store) =>
        store.usage.add([aConsumption(ADA, { takes: [quota(0)] }), aConsumption("user:u_bob", { units: 2 })]),
      )
      deepEqual(await usedOf(opened.store), [20, 0, 20])
    },
  },
  {
    name: "consume in two transactions at once never takes more than there is",
    run: async (opened) => {
      const outcomes = await race(opened, 6, (store) =>
        store.transaction(async (inside) => inside.usage.consume(aConsumption(ADA, { units: 4, takes: [quota(10)] }))),
      )
      deepEqual([countOf(outcomes, "consumed"), countOf(outcomes, "refused")], [2, 4])
      deepEqual(await usedOf(opened.store), [8, 0, 8])
    },
  },
  {
    name: "consume, hold and an account commit inside the host's own transaction stand or fall with it",
    needs: "hostTransaction",
    run: async ({ store, hostTransaction }) => {
      const account = anAccount("u_ada")
      const hold = aHold()
      const inHost = (ends: boolean) =>
        hostTransaction?.(async (transaction) => {
          const inside = store.withTransaction?.(transaction)
          if (inside === undefined) throw new Error("needs withTransaction")
          await beginAccount(inside, account)
          equal((await inside.usage.consume(aConsumption(ADA, { units: 4, takes: [quota(10)] }))).outcome, "consumed")
          await inside.usage.hold(aConsumption(ADA, { units: 3, takes: [quota(10)] }), hold)
          equal((await inside.usage.consume(aConsumption(ADA, { units: 4, takes: [quota(10)] }))).outcome, "refused")
          if (!ends) throw new Error("changed my mind")
        }) ?? Promise.reject(new Error("needs hostTransaction"))
      await rejects(inHost(false), /changed my mind/)
      equal((await everythingOf(store, account)).account, null)
      const [used = 0, held = 0, units] = await usedOf(store)
      deepEqual([used, held, units], [0, 0, 0])
      await inHost(true)
      deepEqual((await everythingOf(store, account)).account, account)
      deepEqual(await usedOf(store), [4, 3, 4])
    },
  },
]
