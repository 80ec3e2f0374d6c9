/**
 * The port over SQLite, in this process, and with plugins of the host's.
 *
 * @module
 */
import { CamelCasePlugin, ParseJSONResultsPlugin } from "kysely"
import { afterAll, describe, it } from "vitest"
import { storeConformance } from "../../../src/testing/testing.ts"
import { keepsToThePort } from "./cases.ts"
import { openSqlite } from "./databases.ts"

const database = await openSqlite()
const plugged = await openSqlite(new CamelCasePlugin(), new ParseJSONResultsPlugin())

describe("the store over SQLite", () => {
  afterAll(() => database.close())
  keepsToThePort(database)
})

describe("the store over SQLite with plugins that change names and values", () => {
  afterAll(() => plugged.close())
  for (const { name, run } of storeConformance(plugged.open)) it(name, run)
})
