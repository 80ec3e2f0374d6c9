/**
 * The port over Postgres.
 *
 * @module
 */
import { afterAll, describe, it } from "vitest"
import { storeConformance } from "../../../src/testing/testing.ts"
import { openPostgres } from "./databases.ts"

const database = await openPostgres()
if (database === null) throw new Error("none")

describe("the store over Postgres", () => {
  afterAll(() => database.close())
  for (const { name, run } of storeConformance(database.open)) it(name, run)
})
