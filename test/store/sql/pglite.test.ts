/**
 * The port over PGlite, in this process.
 *
 * @module
 */
import { afterAll, describe } from "vitest"
import { keepsToThePort } from "./cases.ts"
import { openPglite } from "./databases.ts"

const database = await openPglite()

describe("the store over PGlite", () => {
  afterAll(() => database.close())
  keepsToThePort(database)
})
