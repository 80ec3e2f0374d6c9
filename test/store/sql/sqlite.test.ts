/**
 * The port over SQLite, in this process, and with plugins of the host's.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CamelCasePlugin, CompiledQuery, Kysely, ParseJSONResultsPlugin, SqliteDialect } from "kysely"
import Database from "libsql"
import { afterAll, describe, expect, it } from "vitest"
import { attempt } from "../../../src/kernel/error.ts"
import { kyselyStore, migrate } from "../../../src/store/kysely/kysely-store.ts"
import { anOrganization, beginning, storeConformance } from "../../../src/testing/testing.ts"
import { keepsToThePort } from "./cases.ts"
import { openSqlite } from "./databases.ts"

const database = await openSqlite()
const plugged = await openSqlite({ plugins: [new CamelCasePlugin(), new ParseJSONResultsPlugin()] })

describe("the store over SQLite", () => {
  afterAll(() => database.close())
  keepsToThePort(database)
})

describe("a host's transaction over a SQLite file", () => {
  const folder = mkdtempSync(join(tmpdir(), "tenantry-"))
  const opened = () => {
    const database = new Database(join(folder, "host.sqlite"), { timeout: 1 })
    return new Kysely<unknown>({ dialect: new SqliteDialect({ database }) })
  }
  const [own, others] = [opened(), opened()]
  afterAll(async () => {
    await Promise.all([own.destroy(), others.destroy()])
    rmSync(folder, { recursive: true })
  })

  it("is told to run again when another process writes", async () => {
    const options = { dialect: "sqlite" } as const
    await migrate(own, options)
    const store = kyselyStore(own, options)
    const changes = beginning(anOrganization())
    await others.connection().execute(async (connection) => {
      await connection.executeQuery(CompiledQuery.raw("begin immediate"))
      const busy = own.transaction().execute((trx) => (store.withTransaction?.(trx) ?? store).commit(changes))
      expect(await attempt(busy)).toMatchObject({ error: { code: "conflict", details: { retry: "transaction" } } })
      await connection.executeQuery(CompiledQuery.raw("rollback"))
    })
  })
})

describe("the store over SQLite with plugins that change names and values", () => {
  afterAll(() => plugged.close())
  for (const { name, run } of storeConformance(plugged.open)) it(name, run)
})
