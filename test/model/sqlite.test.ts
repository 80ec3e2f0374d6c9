/**
 * The store on SQLite does what the model says.
 *
 * @module
 */
import { describe } from "vitest"
import { openSqlite } from "../store/sql/databases.ts"
import { agreesOver } from "./over-sql.ts"

const sqlite = await openSqlite()
describe("over SQLite", () => agreesOver(sqlite))
