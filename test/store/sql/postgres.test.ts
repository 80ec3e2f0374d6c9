/**
 * The port over Postgres.
 *
 * @module
 */
import { afterAll } from "vitest"
import { describeWith } from "../../server.ts"
import { keepsToThePort } from "./cases.ts"
import { openPostgres } from "./databases.ts"
import { standsInHostTransactions } from "./host-transactions.ts"

describeWith("the store over Postgres", await openPostgres(), (database) => {
  afterAll(() => database.close())
  keepsToThePort(database)
  standsInHostTransactions(database)
})
