/**
 * The store on Postgres does what the model says.
 *
 * @module
 */
import { describeWith } from "../server.ts"
import { openPostgres } from "../store/sql/databases.ts"
import { agreesOver } from "./over-sql.ts"

describeWith("over Postgres", await openPostgres(), agreesOver)
