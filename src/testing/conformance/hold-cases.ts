/**
 * Holds: units kept aside until their cost is known, or until they expire.
 *
 * @module
 */
import { deepEqual, equal, rejects } from "node:assert/strict"
import type { HoldId } from "../../kernel/id.ts"
import type { Store } from "../../store/store.ts"
import type { Consumption, Hold, MeterStanding, Settled, Take } from "../../usage/usage.ts"
import { BUILT_AT, type Columns } from "../builders.ts"
import { aConsumption, aCounter, aHold } from "../key-builders.ts"
import { ALL_USAGE, accountOf, begin, type Check, later, loaded, MINUTE } from "./scene.ts"

const ADA = aConsumption("user:u_ada").account
const END = later(10 * MINUTE)
const HOUR = 60 * MINUTE

const quota = (cap: number | null = 10): Take => ({ name: "quota api", period: "2026-01", cap })
const standing = (used: number, held: number): MeterStanding => ({ name: "quota api", period: "2026-01", used, held })

const consumption = (units: number, columns: Columns<Consumption> = {}) =>
  aConsumption(ADA, { units, takes: [quota()], ...columns })

/** Holds units until `END`, and answers the hold's id. */
async function held(store: Store, units: number, columns: Columns<Consumption> = {}): Promise<HoldId> {
  const { id, expiresAt } = aHold({ expiresAt: END })
  equal((await store.usage.hold(consumption(units, columns), { id, expiresAt })).outcome, "consumed")
  return id
}

const stands = async (store: Store, at: Date = BUILT_AT) =>
  (await store.accounts.load(ADA, { billed: { at } })).billed.meters

const counted = async (store: Store): Promise<number> => {
  const { usage } = await store.accounts.load(ADA, { usage: ALL_USAGE })
  return usage.reduce((sum, { units }) => sum + units, 0)
}

const readHold = async (store: Store, id: HoldId) => (await store.accounts.load(ADA, { hold: id })).hold

const outcomeOf = (settled: Settled | null) => settled && [settled.outcome, settled.hold.settled, settled.meters]

export const holdCases: readonly Check[] = [
  {
    name: "hold keeps the units aside: they count as held by every meter, and by no counter",
    run: async ({ store }) => {
      const allowance = { name: "key key_a", period: "2026-01", cap: null }
      const asked = consumption(7, { takes: [quota(), allowance] })
      deepEqual(await store.usage.hold(asked, aHold({ expiresAt: END })), {
        outcome: "consumed",
        meters: [standing(0, 7), { name: "key key_a", period: "2026-01", used: 0, held: 7 }],
      })
      deepEqual([await stands(store), await counted(store)], [[standing(0, 7)], 0])
      deepEqual(await store.usage.hold(consumption(7), aHold({ expiresAt: END })), {
        outcome: "refused",
        by: 0,
        meters: [standing(0, 7)],
      })
      equal((await store.usage.consume(consumption(4))).outcome, "refused", "what is held is not free")
      deepEqual((await store.usage.consume(consumption(3))).meters, [standing(3, 7)])
    },
  },
  {
    name: "a hold answers as it was made, to its organization and its account alone",
    run: async ({ store }) => {
      const [acme, globex] = [await begin(store), await begin(store)]
      const counter = aCounter({ organizationId: acme.id, keyId: "key_a", holder: "u_ada", api: "images", plan: "pro" })
      const { id, expiresAt } = aHold({ expiresAt: later(999_999) })
      await store.usage.hold(consumption(7, { counter, at: later(123) }), { id, expiresAt })
      const meters = [{ name: "quota api", period: "2026-01" }]
      const expected: Hold = {
        id,
        account: ADA,
        units: 7,
        meters,
        counter,
        createdAt: later(123),
        expiresAt,
        settled: null,
      }
      deepEqual(await readHold(store, id), expected)
      deepEqual((await loaded(store, acme, { hold: id })).hold, expected)
      equal((await loaded(store, globex, { hold: id })).hold, null)
      equal((await store.accounts.load(accountOf(acme), { hold: id })).hold, null)
      equal(await readHold(store, "hold_nobody" as HoldId), null)
      equal(await store.usage.settle(accountOf(acme), id, 1, BUILT_AT), null)
    },
  },
  {
    name: "from the instant it expires a hold keeps nothing aside, and settle answers null",
    run: async ({ store }) => {
      const id = await held(store, 7)
      const before = new Date(END.getTime() - 1)
      equal((await store.usage.consume(consumption(4, { at: before }))).outcome, "refused")
      deepEqual([await stands(store, END), await stands(store, before)], [[standing(0, 0)], [standing(0, 7)]])
      deepEqual((await store.usage.consume(consumption(10, { at: END }))).meters, [standing(10, 0)])
      equal(await store.usage.settle(ADA, id, 1, END), null)
      deepEqual([await stands(store, END), await counted(store)], [[standing(10, 0)], 10])
      const found = await readHold(store, id)
      deepEqual([found?.id, found?.settled], [id, null])
    },
  },
  {
    name: "settle ends an open hold and adds its units to its meters and counter, few or many; 0 only ends it",
    run: async ({ store }) => {
      const counter = aCounter({ keyId: "key_a", month: "2025-12" })
      const [less, more, none] = [await held(store, 3, { counter }), await held(store, 3), await held(store, 3)]
      const at = later(2 * MINUTE + 1)
      deepEqual(outcomeOf(await store.usage.settle(ADA, less, 2, at)), ["settled", 2, [standing(2, 6)]])
      deepEqual(outcomeOf(await store.usage.settle(ADA, none, 0, at)), ["settled", 0, [standing(2, 3)]])
      deepEqual(outcomeOf(await store.usage.settle(ADA, more, 12, at)), ["settled", 12, [standing(14, 0)]])
      const { usage } = await store.accounts.load(ADA, { usage: { ...ALL_USAGE, keyId: counter.keyId } })
      deepEqual(usage, [{ ...counter, account: ADA, units: 2, lastUsedAt: later(2 * MINUTE) }])
      equal(await counted(store), 14)
      deepEqual(await stands(store, END), [standing(14, 0)])
    },
  },
  {
    name: "settle answers a hold that was settled before as it is, and adds nothing",
    run: async ({ store }) => {
      const [id, released] = [await held(store, 7), await held(store, 1)]
      await store.usage.settle(ADA, id, 5, BUILT_AT)
      await store.usage.settle(ADA, released, 0, BUILT_AT)
      for (const at of [BUILT_AT, later(1), END]) {
        deepEqual(outcomeOf(await store.usage.settle(ADA, id, 6, at)), ["replayed", 5, [standing(5, 0)]])
        deepEqual(outcomeOf(await store.usage.settle(ADA, released, 1, at)), ["replayed", 0, [standing(5, 0)]])
      }
      equal(await counted(store), 5)
      equal(await store.usage.settle(ADA, "hold_nobody" as HoldId, 1, BUILT_AT), null)
    },
  },
  {
    name: "a replay of a request makes no hold; one that was held is counted",
    run: async ({ store }) => {
      const id = await held(store, 3, { request: "r1" })
      const again = aHold({ expiresAt: END })
      const replayed = await store.usage.hold(consumption(3, { request: "r1" }), again)
      deepEqual(replayed, { outcome: "replayed", meters: [standing(0, 3)] })
      equal(await readHold(store, again.id), null)
      equal((await store.usage.consume(consumption(1, { request: "r1" }))).outcome, "replayed")
      equal((await readHold(store, id))?.settled, null)
    },
  },
  {
    name: "hold answers that hold after its end for 24 hours at least, whatever is held meanwhile",
    run: async ({ store }) => {
      const [expired, settled] = [await held(store, 1), await held(store, 1)]
      const ended = new Date(END.getTime() - 1)
      await store.usage.settle(ADA, settled, 1, ended)
      for (const hours of [6, 12, 18, 23]) {
        const at = later(hours * HOUR)
        await store.usage.hold(consumption(1, { at }), aHold({ expiresAt: later(hours * HOUR + MINUTE) }))
      }
      deepEqual([(await readHold(store, expired))?.settled, (await readHold(store, settled))?.settled], [null, 1])
      const late = await store.usage.settle(ADA, settled, 1, later(23 * HOUR))
      equal(late?.outcome, "replayed")
    },
  },
  {
    name: "what is held and settled in a transaction is so when its work resolves, and never when it rejects",
    run: async ({ store }) => {
      const open = await held(store, 2)
      const fresh = aHold({ expiresAt: END })
      const work = (ends: boolean) =>
        store.transaction(async (inside) => {
          equal((await inside.usage.hold(consumption(3), fresh)).outcome, "consumed")
          equal((await inside.usage.settle(ADA, open, 1, BUILT_AT))?.outcome, "settled")
          deepEqual(await stands(inside), [standing(1, 3)])
          if (!ends) throw new Error("changed my mind")
        })
      await rejects(work(false), /changed my mind/)
      deepEqual([await stands(store), await counted(store)], [[standing(0, 2)], 0])
      deepEqual([await readHold(store, fresh.id), (await readHold(store, open))?.settled], [null, null])
      await work(true)
      deepEqual([await stands(store), await counted(store)], [[standing(1, 3)], 1])
      equal((await store.usage.settle(ADA, fresh.id, 3, BUILT_AT))?.outcome, "settled")
      deepEqual(await stands(store), [standing(4, 0)])
    },
  },
]
