/**
 * The port over SQLite by better-sqlite3, whose folder `TENANTRY_BETTER_SQLITE3` names: it is compiled for minutes, so
 * that nobody who installs the repository has to.
 *
 * @module
 */
import { createRequire } from "node:module"
import { afterAll, describe, it } from "vitest"
import { keepsToThePort } from "./cases.ts"
import { openSqlite, type SqliteDriver } from "./databases.ts"

const folder = process.env["TENANTRY_BETTER_SQLITE3"] ?? ""

if (folder === "") {
  describe.skip("the store over better-sqlite3: SKIPPED, TENANTRY_BETTER_SQLITE3 does not say where it is", () => {
    it("is not tested", () => {})
  })
} else {
  const driver = createRequire(import.meta.url)(folder) as SqliteDriver
  const database = await openSqlite({ driver })
  describe("the store over better-sqlite3", () => {
    afterAll(() => database.close())
    keepsToThePort(database)
  })
}
