/**
 * Crowds over MariaDB.
 *
 * @module
 */
import { afterAll } from "vitest"
import { describeWith } from "../server.ts"
import { openMariadb } from "../store/sql/databases.ts"
import { CONNECTIONS, crowds, REPETITIONS } from "./crowds.ts"

describeWith("crowds over MariaDB", await openMariadb(CONNECTIONS), (database) => {
  afterAll(() => database.close())
  crowds(database, REPETITIONS)
})
