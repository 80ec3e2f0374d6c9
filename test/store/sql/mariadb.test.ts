/**
 * The port over Mariadb.
 *
 * @module
 */
import { afterAll, describe, it } from "vitest"
import { storeConformance } from "../../../src/testing/testing.ts"
import { openMariadb } from "./databases.ts"

const database = await openMariadb()
if (database === null) throw new Error("none")

describe("the store over Mariadb", () => {
  afterAll(() => database.close())
  for (const { name, run } of storeConformance(database.open)) it(name, run)
})
