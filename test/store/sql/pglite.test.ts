/**
 * The port over Pglite.
 *
 * @module
 */
import { afterAll, describe, it } from "vitest"
import { storeConformance } from "../../../src/testing/testing.ts"
import { openPglite } from "./databases.ts"

const database = await openPglite()
if (database === null) throw new Error("none")

describe("the store over Pglite", () => {
  afterAll(() => database.close())
  for (const { name, run } of storeConformance(database.open)) it(name, run)
})
