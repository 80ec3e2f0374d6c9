/**
 * The store in SQL does what the model says. `TENANTRY_SQL_RUNS` says in how many runs, of two hundred in memory.
 *
 * @module
 */
import { afterAll, describe } from "vitest"
import { describeWith } from "../server.ts"
import { type HostDatabase, openMariadb, openPostgres, openSqlite } from "../store/sql/databases.ts"
import { agrees } from "./agrees.ts"

/** Ten unless given: each step is a statement or two. */
const SHARE = Number(process.env["TENANTRY_SQL_RUNS"] ?? 10) / 200

const agreesOver = (database: HostDatabase) => {
  afterAll(() => database.close())
  agrees(async () => ({ store: (await database.open()).store }), SHARE)
}

const sqlite = await openSqlite()
describe("over SQLite", () => agreesOver(sqlite))
describeWith("over Postgres", await openPostgres(), agreesOver)
describeWith("over MariaDB", await openMariadb(), agreesOver)
