/**
 * That a store in SQL does what the model says. `TENANTRY_SQL_RUNS` says in how many runs, ten unless given: each step is
 * a statement or two.
 *
 * @module
 */
import { afterAll } from "vitest"
import type { HostDatabase } from "../store/sql/databases.ts"
import { agrees, USUAL } from "./agrees.ts"

const SHARE = Number(process.env["TENANTRY_SQL_RUNS"] ?? 10) / USUAL

/** Each run empties the tables first. On Postgres statements have names. */
export function agreesOver(database: HostDatabase): void {
  afterAll(() => database.close())
  agrees(async () => ({ store: (await database.open()).other }), SHARE)
}
