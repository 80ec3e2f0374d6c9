/**
 * The port over SQLite, in this process.
 *
 * @module
 */
import { afterAll, describe } from "vitest"
import { keepsToThePort } from "./cases.ts"
import { openSqlite } from "./databases.ts"

const database = await openSqlite()

describe("the store over SQLite", () => {
  afterAll(() => database.close())
  keepsToThePort(database)
})
