/**
 * The store on MariaDB does what the model says.
 *
 * @module
 */
import { describeWith } from "../server.ts"
import { openMariadb } from "../store/sql/databases.ts"
import { agreesOver } from "./over-sql.ts"

describeWith("over MariaDB", await openMariadb(), agreesOver)
