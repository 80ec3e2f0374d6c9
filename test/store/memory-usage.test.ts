/**
 * What the memory store promises of keys and usage beyond the port: no scans, nothing copied, nothing kept for ever.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import { account } from "../../src/billing/account.ts"
import { emptyDatabase } from "../../src/store/memory/database.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { storeOver } from "../../src/store/memory/store-over.ts"
import {
  aConsumption,
  aCounter,
  aHold,
  aMembership,
  anAccount,
  anApiKey,
  anOrganization,
  aRestriction,
  BUILT_AT,
  beginning,
  beginningAccount,
  following,
} from "../../src/testing/testing.ts"
import { contents, contentsOf } from "./contents.ts"

const OWN = { payer: "organization", at: BUILT_AT, meters: true } as const
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const later = (milliseconds: number): Date => new Date(BUILT_AT.getTime() + milliseconds)

const quota = (cap: number | null) => ({ name: "quota api", period: "2026-01", cap })

/** What every call costs, in rows looked at, in an organization with `size` members, keys and counters. */
async function costs(size: number): Promise<ReadonlyMap<string, number>> {
  const database = emptyDatabase()
  const store = storeOver(database)
  const acme = anOrganization()
  const own = account.organization(acme.id)
  const rows = <T>(make: (index: number) => T): T[] => Array.from({ length: size }, (_, index) => make(index))
  const members = rows((index) => aMembership(acme, { userId: `u_${index}` }))
  const keys = rows((index) => {
    const { id, userId } = members[index % 10 === 0 ? 0 : index] ?? aMembership(acme)
    const isHeld = index % 20 !== 0 || index < 100
    return anApiKey(acme, {
      holder: isHeld ? { type: "member", userId, membershipId: id } : { type: "organization" },
      createdBy: { type: "user", id: index < 10 ? "u_maker" : userId },
      deletedAt: index % 2 === 1 && index < size / 2 ? BUILT_AT : null,
    })
  })
  const restrictions = { insert: members.map(({ id }) => aRestriction(acme, { id })) }
  await store.commit(beginning(acme, { memberships: { insert: members }, apiKeys: { insert: keys }, restrictions }))
  const use = (index: number, month = "2026-01") => {
    const keyId = keys[index]?.id ?? null
    const takes = [quota(null), { name: `key ${keyId}`, period: month, cap: null }]
    const counter = aCounter({ organizationId: acme.id, keyId, month })
    return aConsumption(own, { takes, counter, at: later((index % 60) * MINUTE) })
  }
  for (let index = 0; index < size; index++) await store.usage.consume(use(index))
  for (let index = 0; index < size; index++) await store.usage.hold(use(index), aHold())
  const key = keys.at(-1)
  const member = members.at(-1)
  if (key === undefined || member === undefined) throw new Error("no rows")
  await store.usage.consume(use(size - 1, "2026-02"))

  const measured = new Map<string, number>()
  const measure = async (name: string, call: () => Promise<unknown>) => {
    const before = database.tally.rows
    await call()
    measured.set(name, database.tally.rows - before)
  }
  const page = { after: keys[size / 2]?.id ?? null, limit: 51 }
  const every = { keyId: null, holder: null, month: null }
  const february = use(0, "2026-02").counter.month
  const load = (name: string, wants: Parameters<typeof store.load>[1]) =>
    measure(name, () => store.load(acme.id, wants))
  await load("apiKey", { apiKey: key.id, actingKey: key.id, apiKeyCount: true })
  await load("apiKeys", { apiKeys: { holder: null, projectId: null, ...page } })
  await load("apiKeys past deleted ones", { apiKeys: { holder: null, projectId: null, after: null, limit: 51 } })
  await load("apiKeys of a holder", { apiKeys: { holder: member.userId, projectId: null, ...page } })
  await load("keysOf", { keysOf: { membershipId: member.id } })
  await load("keysUsedSince", { keysUsedSince: BUILT_AT })
  await load("restrictions", { restrictions: [acme.id, member.id] })
  await load("billed", { billed: OWN })
  await load("usage of a key", { usage: { ...every, keyId: key.id } })
  await load("usage of a month", { usage: { ...every, month: february } })
  await measure("usage of an account's key", () => store.accounts.load(own, { usage: { ...every, keyId: key.id } }))
  await measure("findBySecret", async () => store.apiKeys.findBySecret(key.secret.hash, OWN))
  await measure("consume", async () => store.usage.consume(use(size - 1)))
  await measure("consume, refused", async () => store.usage.consume({ ...use(size - 1), takes: [quota(0)] }))
  const hold = aHold()
  await measure("hold", () => store.usage.hold(use(size - 1), hold))
  await measure("settle", () => store.usage.settle(own, hold.id, 1, BUILT_AT))
  await measure("add", () => store.usage.add([use(1), use(2), use(3)]))
  await measure("commit", () =>
    store.commit(following(acme, { apiKeys: { insert: [anApiKey(acme)], update: [{ ...key, name: "Changed" }] } })),
  )
  return measured
}

describe("look-ups of keys and usage", () => {
  it("look at no more rows however many keys, counters and holds there are", async () => {
    const [few, many] = [await costs(1000), await costs(10_000)]
    expect(many.size).toBe(18)
    for (const [name, looked] of many) expect(looked, name).toBeLessThanOrEqual(1.8 * (few.get(name) ?? 0) + 3)
    expect(many.get("consume")).toBeLessThan(5)
    expect(many.get("keysUsedSince")).toBeLessThan(70)
  })
})

describe("findBySecret", () => {
  it("hands out the store's own rows: what is read twice is the same", async () => {
    const store = memoryStore()
    const acme = anOrganization()
    const key = anApiKey(acme)
    await store.commit(beginning(acme, { apiKeys: { insert: [key] } }))
    const [one, two] = [
      await store.apiKeys.findBySecret(key.secret.hash, OWN),
      await store.apiKeys.findBySecret(key.secret.hash, OWN),
    ]
    expect(one?.key).toBe(two?.key)
    expect(one?.organization).toBe(two?.organization)
    expect(one?.key).not.toBe(key)
  })

  it("keeps telling what it told, whatever is written since", async () => {
    const store = memoryStore()
    const acme = anOrganization()
    const key = anApiKey(acme)
    await store.commit(beginning(acme, { apiKeys: { insert: [key] } }))
    await store.usage.consume(aConsumption(account.organization(acme.id), { takes: [quota(9)] }))
    const record = await store.apiKeys.findBySecret(key.secret.hash, OWN)
    const before = structuredClone(record)
    await store.usage.consume(aConsumption(account.organization(acme.id), { takes: [quota(9)] }))
    await store.commit(following(acme, { apiKeys: { update: [{ ...key, name: "Changed" }] } }, { name: "Changed" }))
    expect(record).toEqual(before)
  })

  it("sees inside a transaction what it wrote, and outside what stands, also of who pays", async () => {
    const store = memoryStore()
    const acme = anOrganization()
    const [key, owner] = [anApiKey(acme), aMembership(acme, { role: "owner" })]
    await store.commit(beginning(acme, { apiKeys: { insert: [key] }, memberships: { insert: [owner] } }))
    const payer = { owner: owner.role }
    const accountIn = async (from: typeof store) =>
      (await from.apiKeys.findBySecret(key.secret.hash, { payer, at: BUILT_AT, meters: false }))?.billed.account
    expect(await accountIn(store)).toBe(`user:${owner.userId}`)
    const undone = store.transaction(async (inside) => {
      await inside.commit(following(acme, { memberships: { delete: [owner.id] } }))
      expect(await accountIn(inside)).toBe(`organization:${acme.id}`)
      expect(await accountIn(store)).toBe(`user:${owner.userId}`)
      throw new Error("undone")
    })
    await expect(undone).rejects.toThrow("undone")
    expect(await accountIn(store)).toBe(`user:${owner.userId}`)
  })
})

describe("usage", () => {
  const own = account.user("u_ada")

  it("waits for a transaction that counts for the same account, and for no other", async () => {
    const store = memoryStore()
    let waiting: unknown = null
    await store.transaction(async (inside) => {
      await inside.usage.consume(aConsumption(own, { units: 7, takes: [quota(10)] }))
      const other = await store.usage.consume(aConsumption("user:u_bob", { takes: [quota(10)] }))
      expect(other.outcome).toBe("consumed")
      waiting = store.usage.consume(aConsumption(own, { units: 7, takes: [quota(10)] }))
      const seen = await store.accounts.load(own, { billed: { at: BUILT_AT } })
      expect(seen.billed.meters).toEqual([])
    })
    expect(await waiting).toMatchObject({ outcome: "refused", meters: [{ used: 7 }] })
  })

  it("answers `unavailable` to whoever waited too long", async () => {
    const store = memoryStore({ lockTimeout: 1 })
    await store.transaction(async (inside) => {
      await inside.usage.consume(aConsumption(own))
      await expect(store.usage.consume(aConsumption(own))).rejects.toMatchObject({ code: "unavailable" })
    })
    expect((await store.usage.consume(aConsumption(own))).outcome).toBe("consumed")
  })

  it("is not changed through what was given or answered", async () => {
    const store = memoryStore()
    const [at, expiresAt] = [later(0), later(HOUR)]
    const meters = [quota(10)]
    const hold = aHold({ expiresAt })
    await store.usage.hold(aConsumption(own, { at, takes: meters }), hold)
    const read = async () => (await store.accounts.load(own, { hold: hold.id })).hold
    const before = structuredClone(await read())
    at.setTime(0)
    expiresAt.setTime(0)
    meters.pop()
    const found = await read()
    found?.expiresAt.setTime(0)
    const settled = await store.transaction((inside) => inside.usage.settle(own, hold.id, 0, BUILT_AT))
    settled?.hold.createdAt.setTime(0)
    expect(await read()).toEqual({ ...before, settled: 0 })
  })

  it("forgets requests after two days at most, and holds after three", async () => {
    const database = emptyDatabase()
    const store = storeOver(database)
    for (let hour = 0; hour < 24 * 10; hour += 6) {
      const at = later(hour * HOUR)
      await store.usage.consume(aConsumption(own, { request: `r${hour}`, at }))
      await store.usage.hold(
        aConsumption(own, { at, takes: [quota(null)] }),
        aHold({ expiresAt: later((hour + 1) * HOUR) }),
      )
    }
    const { requests, books, ledgers } = contentsOf(database.books)
    expect(requests.length).toBeLessThanOrEqual(2 * 4 + 1)
    expect([...database.books.expiring.values()].flat().length).toBeLessThanOrEqual(3 * 4)
    expect(database.books.books.get(own)?.holds?.size).toBeLessThanOrEqual(3 * 4)
    expect(database.books.ledgers.get(own)?.quotas[0]?.line?.holds.length).toBeLessThanOrEqual(3 * 4)
    expect([books.length, ledgers.length]).toEqual([1, 1])
  })
})

describe("a commit of keys that does not fit what is stored", () => {
  const acme = anOrganization()
  const person = anAccount("u_ada")
  const standing = anApiKey(acme)
  const elsewhere = anApiKey(anOrganization())

  it.each([
    ["inserts a key twice", { apiKeys: { insert: [standing] } }],
    ["updates a key that is not there", { apiKeys: { update: [anApiKey(acme)] } }],
    ["holds another organization's key", { apiKeys: { insert: [elsewhere] } }],
    ["holds a personal key", { apiKeys: { insert: [anApiKey(null)] } }],
    ["takes another key's secret", { apiKeys: { insert: [anApiKey(acme, { secret: standing.secret })] } }],
    ["holds another organization's rules", { restrictions: { insert: [aRestriction(anOrganization())] } }],
  ])("throws and leaves nothing behind when it %s", async (_, parts) => {
    const database = emptyDatabase()
    const store = storeOver(database)
    await store.commit(beginning(acme, { apiKeys: { insert: [standing] } }))
    const before = contents(database)
    await expect(store.commit(following(acme, parts))).rejects.toThrow("do not fit")
    expect(contents(database)).toEqual(before)
    expect(await store.commit(following(acme))).toBe("committed")
  })

  it.each([
    ["an organization's key", beginningAccount(person, { apiKeys: { insert: [standing] } })],
    ["another person's key", beginningAccount(person, { apiKeys: { insert: [anApiKey(null)] } })],
    ["an organization's account", beginningAccount(anAccount("", { id: `organization:${acme.id}` }))],
  ])("throws when an account's commit holds %s", async (_, changes) => {
    const database = emptyDatabase()
    const store = storeOver(database)
    const before = contents(database)
    await expect(store.accounts.commit(changes)).rejects.toThrow("do not fit")
    expect(contents(database)).toEqual(before)
    expect(await store.accounts.commit(beginningAccount(person))).toBe("committed")
  })
})
