/** Where requests with an idempotency key are kept: each store keeps to the port, and to its bounds. */
import { CompiledQuery } from "kysely"
import { afterAll, describe, expect, it } from "vitest"
import { memoryIdempotency } from "../../src/http/http.ts"
import { account } from "../../src/index.ts"
import type { OrganizationId } from "../../src/kernel/id.ts"
import { kyselyIdempotency } from "../../src/store/kysely/kysely-store.ts"
import { layoutOf } from "../../src/store/kysely/tables/layout.ts"
import { anOrganization, BUILT_AT, beginning, idempotencyConformance } from "../../src/testing/testing.ts"
import { describeWith } from "../server.ts"
import { type HostDatabase, openMariadb, openPglite, openPostgres, openSqlite } from "../store/sql/databases.ts"

const ada = account.user("u_ada")
const [at, end, after] = [0, 1, 2].map((hours) => new Date(BUILT_AT.getTime() + hours * 3_600_000)) as [
  Date,
  Date,
  Date,
]

describe("records of this process", () => {
  const open = async () => {
    const store = memoryIdempotency()
    return { store, other: store }
  }
  for (const { name, run } of idempotencyConformance(open)) it(name, run)

  it("are 1,000 an account and 1,000 accounts, the oldest making room", async () => {
    const store = memoryIdempotency()
    const bob = account.user("bob")
    for (let n = 0; n <= 1000; n++) await store.begin(ada, `k${n}`, "f", end, at)
    expect(await store.begin(ada, "k1", "f", end, at)).toEqual({ fingerprint: "f", answer: null })
    expect(await store.begin(ada, "k0", "f", end, at)).toBeNull()
    for (let n = 0; n < 999; n++) await store.begin(account.user(`u${n}`), "k", "f", end, at)
    expect(await store.begin(ada, "k1000", "f", end, at)).not.toBeNull()
    for (let n = 0; n < 999; n++) await store.begin(account.user(`v${n}`), "k", "f", end, at)
    await store.begin(bob, "k", "f", end, at)
    expect(await store.begin(ada, "k1000", "f", end, at)).toBeNull()
  })
})

const SQL = {
  SQLite: await openSqlite(),
  PGlite: await openPglite(),
  Postgres: await openPostgres(),
  MariaDB: await openMariadb(),
} as const

for (const [name, opened] of Object.entries(SQL)) {
  describeWith(`records in ${name}`, opened, (database) => {
    afterAll(() => database.close())
    const { db, options } = database
    const open = async () => {
      const { store } = await database.open()
      return {
        domain: store,
        store: kyselyIdempotency(db, options),
        other: kyselyIdempotency(database.other, options),
      }
    }
    for (const { name, run } of idempotencyConformance(open)) it(name, run)

    it("are forgotten once they have expired, as others begin, and one begun anew is not", async () => {
      const { store, other } = await open()
      for (let n = 0; n < 30; n++) await store.begin(ada, `k${n}`, "f", end, at)
      await store.begin(ada, "long", "f", after, at)
      expect(await count(database)).toBe(31)
      expect(await other.begin(ada, "k0", "g", after, end)).toBeNull()
      expect(await count(database)).toBe(2)
      expect(await store.begin(ada, "k0", "h", after, end)).toEqual({ fingerprint: "g", answer: null })
    })

    it("hold nothing that a client chose, but what it was answered", async () => {
      const { store } = await open()
      await store.begin(ada, "chosen by a client", "f".repeat(64), end, at)
      const { rows } = await db.executeQuery(CompiledQuery.raw(`select * from ${place(database)}`))
      expect(JSON.stringify(rows)).not.toContain("chosen")
    })

    it("end with the account: of a person who is erased, and of an organization that is purged", async () => {
      const { domain, store } = await open()
      const acme = anOrganization({ status: "purging" })
      const [bob, theirs] = [account.user("u_bob"), account.organization(acme.id)]
      await domain.commit(beginning(acme))
      for (const owner of [ada, bob, theirs]) for (const key of ["a", "b"]) await store.begin(owner, key, "f", end, at)
      const individual = { userId: "u_ada" as never, emails: [] }
      expect(await domain.users.forget(ada, individual, 1)).toBe(1)
      expect(await domain.users.forget(ada, individual, 10)).toBe(1)
      expect(await domain.users.forget(acme.id, individual, 10)).toBe(0)
      expect(await count(database)).toBe(4)
      while ((await domain.platform.purge(acme.id as OrganizationId, 1)) === "more");
      expect(await count(database)).toBe(2)
      expect(await store.begin(bob, "a", "g", end, at)).not.toBeNull()
    })

    it("cost one statement to begin, now and then some to forget, and three to be found", async () => {
      const { store } = await open()
      const sent = async (key: string) =>
        (await database.statementsOf(() => store.begin(ada, key, "f", end, at))).filter(({ text }) =>
          text.startsWith("/* tenantry */"),
        ).length
      await store.begin(ada, "k", "f", end, at)
      const counts = []
      for (let n = 0; n < 20; n++) counts.push(await sent(`k${n}`))
      expect(counts.slice(0, 19)).toEqual(Array(19).fill(1))
      expect(counts[19]).toBeGreaterThan(1)
      expect(await sent("k")).toBe(3)
    })

    it("that cannot be kept are unavailable, and nothing of the database is told", async () => {
      const nowhere = kyselyIdempotency(db, { ...options, prefix: "nowhere_" })
      for (const call of [
        () => nowhere.begin(ada, "k", "f", end, at),
        () => nowhere.finish(ada, "k", { secretOf: "key_1" }),
        () => nowhere.forget(ada, "k"),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: "unavailable", details: {} })
      }
      expect(() => kyselyIdempotency(db, { ...options, prefix: "no-such" })).toThrow(TypeError)
    })
  })
}

const place = ({ options }: HostDatabase) => layoutOf(options).tables.idempotency.texts[0]

async function count(database: HostDatabase): Promise<number> {
  const { rows } = await database.db.executeQuery(CompiledQuery.raw(`select count(*) as n from ${place(database)}`))
  return Number((rows[0] as Readonly<{ n: unknown }>).n)
}
