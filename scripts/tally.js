/**
 * Adds up vitest's JSON reports: `node scripts/tally.js REPORT…` prints `N passed, N failed`.
 *
 * @module
 */
import { readFileSync } from "node:fs"

const reports = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")))
const sum = (field) => reports.reduce((total, report) => total + report[field], 0)
const skipped = sum("numPendingTests") + sum("numTodoTests")

console.log(
  `${sum("numPassedTests")} passed, ${sum("numFailedTests")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
)
if (sum("numPassedTests") === 0 || reports.some(({ success }) => !success)) process.exitCode = 1
