/**
 * The port over Sqlite.
 *
 * @module
 */
import { afterAll, describe, it } from "vitest"
import { storeConformance } from "../../../src/testing/testing.ts"
import { openSqlite } from "./databases.ts"

const database = await openSqlite()
if (database === null) throw new Error("none")

describe("the store over Sqlite", () => {
  afterAll(() => database.close())
  for (const { name, run } of storeConformance(database.open)) it(name, run)
})
