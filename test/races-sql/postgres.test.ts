/**
 * Crowds over Postgres.
 *
 * @module
 */
import { afterAll } from "vitest"
import { describeWith } from "../server.ts"
import { openPostgres } from "../store/sql/databases.ts"
import { crowds } from "./crowds.ts"

describeWith("crowds over Postgres", await openPostgres(), (database) => {
  afterAll(() => database.close())
  crowds(database)
})
