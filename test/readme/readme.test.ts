import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { problemsIn } from "../type-check.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const folder = `${root}/test/readme/.snippets`

const pages = ["README.md", ...readdirSync(`${root}/docs`).map((name) => `docs/${name}`)]

/** The compiler takes a while where other work is going on. */
const PATIENCE = 300_000

/** Every TypeScript block of the pages, with `console.log(value) // expected` as an assertion. */
const snippets = pages.flatMap((page) =>
  [...readFileSync(`${root}/${page}`, "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""], index) => ({
    path: `${folder}/${page.replace(/\W/g, "-")}-${index + 1}.ts`,
    heading: code.split("\n").findLast((line) => line.trim() !== "") ?? "",
    code: code.replace(/^console\.log\((.+)\) \/\/ (.+)$/gm, "deepEqual($1, $2)"),
  })),
)

/** Compiled once: to compile the sources for each snippet takes most of a minute. */
const compiled = `${folder}/compiled`

beforeAll(async () => {
  mkdirSync(folder, { recursive: true })
  for (const { path, code } of snippets)
    writeFileSync(path, `import { deepEqual } from "node:assert/strict"\nvoid deepEqual\n${code}\nexport {}\n`)
  const how = { bundle: true, splitting: true, platform: "node", format: "esm", packages: "external" } as const
  await build({ ...how, entryPoints: snippets.map(({ path }) => path), outdir: compiled, logLevel: "warning" })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the README and the docs", () => {
  it("have snippets that type-check", { timeout: PATIENCE }, () => {
    expect(problemsIn(snippets.map(({ path }) => path))).toEqual([])
  })

  it.each(snippets)("have a snippet that runs, up to `$heading`", ({ path }) => {
    const file = `${compiled}/${basename(path, ".ts")}.js`
    const { status, stderr } = spawnSync(process.execPath, [file], { cwd: root, encoding: "utf8" })
    expect(stderr).toBe("")
    expect(status).toBe(0)
  })

  it("name tests of acceptance that there are", () => {
    const folder = `${root}/test/acceptance`
    const tests = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, "utf8"))
    const page = readFileSync(`${root}/README.md`, "utf8")
    const [, table = ""] = /## Products it reproduces(.*?)\n## /s.exec(page) ?? []
    const titles = [...table.matchAll(/^\|.*\|(.*)\|$/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, title = ""]) => title),
    )
    expect(titles.length).toBeGreaterThan(50)
    expect(titles.filter((title) => !tests.some((text) => text.includes(`"${title}"`)))).toEqual([])
  })

  it("start with the two commands", () => {
    const page = readFileSync(`${root}/README.md`, "utf8")
    const scripts = Object.keys(JSON.parse(readFileSync(`${root}/package.json`, "utf8")).scripts)
    for (const command of ["start", "test"]) {
      expect(page).toContain(`npm ${command}`)
      expect(scripts).toContain(command)
    }
  })
})
