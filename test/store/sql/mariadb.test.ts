/**
 * The port over MariaDB.
 *
 * @module
 */
import { afterAll } from "vitest"
import { describeWith } from "../../server.ts"
import { keepsToThePort } from "./cases.ts"
import { openMariadb } from "./databases.ts"
import { standsInHostTransactions } from "./host-transactions.ts"

describeWith("the store over MariaDB", await openMariadb(), (database) => {
  afterAll(() => database.close())
  keepsToThePort(database)
  standsInHostTransactions(database)
})
