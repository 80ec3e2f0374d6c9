/**
 * Runs one benchmark: `npm run bench -- NAME [flags]`. Without a name, lists them.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { install } from "./install.js"

const bench = join(import.meta.dirname, "..", "bench")
const names = existsSync(bench)
  ? readdirSync(bench).flatMap((file) => (/^[a-z0-9-]+\.ts$/.test(file) ? [file.slice(0, -3)] : []))
  : []
const [name, ...flags] = process.argv.slice(2)

if (name === undefined) {
  console.log(["Usage: npm run bench -- NAME [flags]", ...names.map((each) => `  ${each}`)].join("\n"))
} else if (!names.includes(name)) {
  console.error(`No benchmark \`${name}\`. There are: ${names.join(", ") || "none"}`)
  process.exitCode = 1
} else {
  install(join(bench, ".."))
  install(bench)
  const run = spawnSync(process.execPath, ["--import", "tsx", join(bench, `${name}.ts`), ...flags], { stdio: "inherit" })
  process.exitCode = run.status ?? 1
}
