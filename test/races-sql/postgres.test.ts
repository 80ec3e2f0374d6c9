/**
 * Crowds over Postgres.
 *
 * @module
 */
import { afterAll } from "vitest"
import { describeWith } from "../server.ts"
import { openPostgres } from "../store/sql/databases.ts"
import { CONNECTIONS, crowds, REPETITIONS } from "./crowds.ts"

describeWith("crowds over Postgres", await openPostgres(CONNECTIONS), (database) => {
  afterAll(() => database.close())
  crowds(database, REPETITIONS)
})
