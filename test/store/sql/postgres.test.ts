/**
 * The port over Postgres.
 *
 * @module
 */
import { Kysely, PostgresDialect, sql } from "kysely"
import { Pool } from "pg"
import { afterAll, expect, it } from "vitest"
import { kyselyStore, migrate, verifySchema } from "../../../src/store/kysely/kysely-store.ts"
import { anOrganization, beginning } from "../../../src/testing/testing.ts"
import { describeWith } from "../../server.ts"
import { keepsToThePort } from "./cases.ts"
import { openPostgres } from "./databases.ts"
import { standsInHostTransactions } from "./host-transactions.ts"

describeWith("the store over Postgres", await openPostgres(), (database) => {
  afterAll(() => database.close())
  keepsToThePort(database)
  standsInHostTransactions(database)

  it("a connection that is lost is unavailable, and the next one serves", async () => {
    const { store } = await database.open()
    const acme = anOrganization()
    const work = store.transaction(async (inside) => {
      expect(await inside.commit(beginning(acme))).toBe("committed")
      const schema = database.options.schema ?? ""
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where pid <> pg_backend_pid() and state = 'idle in transaction' and query like ${`%${schema}%`}`.execute(
        database.db,
      )
      await inside.load(acme.id, {})
    })
    await expect(work).rejects.toMatchObject({ code: "unavailable", details: {} })
    expect(await store.load(acme.id, {})).toBeNull()
    expect(await store.commit(beginning(acme))).toBe("committed")
  })

  it("a database that is gone is unavailable", async () => {
    const gone = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new Pool({ port: 1 }) }) })
    const store = kyselyStore(gone, database.options)
    const acme = anOrganization()
    for (const call of [
      () => store.load(acme.id, {}),
      () => store.commit(beginning(acme)),
      () => store.transaction((inside) => inside.commit(beginning(acme))),
      () => store.outbox.claim({ lease: "l", at: acme.createdAt, until: acme.createdAt, limit: 1 }),
      () => migrate(gone, database.options),
      () => verifySchema(gone, database.options),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "unavailable", details: {} })
    }
    await gone.destroy()
  })
})
