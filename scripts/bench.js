/**
 * Runs one benchmark, a file of bench/: `npm run bench -- NAME [flags]`. Without a name, lists them.
 *
 * It is compiled as the package is. `tsx` would not do: it names each closure when it is made, at several times its cost.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { installIfStale } from "./npm-ci.js"

const root = join(import.meta.dirname, "..")
const bench = join(root, "bench")
const files = existsSync(bench) ? readdirSync(bench) : []
const names = files.flatMap((file) => (/^[a-z0-9-]+\.ts$/.test(file) ? [file.slice(0, -3)] : []))
const [name, ...flags] = process.argv.slice(2)

if (name === undefined) {
  console.log(["Usage: npm run bench -- NAME [flags]", ...names.map((each) => `  ${each}`)].join("\n"))
} else if (!names.includes(name)) {
  console.error(`No benchmark \`${name}\`. There are: ${names.join(", ") || "none"}`)
  process.exitCode = 1
} else {
  installIfStale(root)
  installIfStale(bench)
  const { build } = await import("esbuild")
  const peers = Object.keys(JSON.parse(readFileSync(join(bench, "package.json"), "utf8")).dependencies)
  const outdir = join(bench, "node_modules", ".bench")
  rmSync(outdir, { recursive: true, force: true })
  await build({
    entryPoints: [join(bench, `${name}.ts`)],
    outdir,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: [...peers, "pg", "kysely"].flatMap((peer) => [peer, `${peer}/*`]),
    logLevel: "warning",
  })
  const args = [join(outdir, `${name}.js`), ...flags]
  process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1
}
