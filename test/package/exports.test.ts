/**
 * Every list of the package's entries says the same.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import { describe, expect, it } from "vitest"
import { ROOT, sources } from "../architecture/source.ts"
import { entries } from "./bundle.ts"

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8")
const manifest = JSON.parse(read("package.json"))
const subpath = (entry: string): string => (entry === "index" ? "." : `./${entry}`)
const specifier = (entry: string): string => (entry === "index" ? "tenantry" : `tenantry/${entry}`)

describe("the package's entries", () => {
  it("are exported for import and for require, each with its own types", () => {
    const both = (entry: string) => ({
      import: { types: `./dist/${entry}.d.ts`, default: `./dist/${entry}.js` },
      require: { types: `./dist/${entry}.d.cts`, default: `./dist/${entry}.cjs` },
    })
    const expected = Object.keys(entries).map((entry) => [subpath(entry), both(entry)])
    expect(manifest.exports).toEqual({ ...Object.fromEntries(expected), "./package.json": "./package.json" })
    expect([manifest.main, manifest.types]).toEqual(["./dist/index.cjs", "./dist/index.d.cts"])
  })

  it("have a source each", () => {
    expect(Object.values(entries).filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  })

  it("mean their sources inside the repository", () => {
    const { paths } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile).config.compilerOptions
    const expected = Object.entries(entries).map(([entry, file]) => [specifier(entry), [`./${file}`]])
    expect(paths).toEqual(Object.fromEntries(expected))
  })

  it("are what the reference is made from", () => {
    expect(JSON.parse(read("typedoc.json")).entryPoints).toEqual(Object.values(entries))
  })

  it("stand in the README, and no others do", () => {
    const named = read("README.md").matchAll(/["'`](tenantry(?:\/[a-z-]+)?)["'`]/g)
    const documented = new Set([...named].map((match) => match[1]))
    expect([...documented].sort()).toEqual(Object.keys(entries).map(specifier).sort())
  })
})

describe("the package", () => {
  it("depends on nothing that its sources do not import, and on everything that they do", () => {
    const imported = Object.keys(manifest.dependencies).filter((name) => importers(name) > 0)
    expect(imported).toEqual(["date-fns", "nanoid", "zod"])
    expect(Object.keys(manifest.dependencies)).toEqual(imported)
    expect(manifest.sideEffects).toBe(false)
  })

  it.each(["package-lock.json", "bench/package-lock.json"].filter((file) => existsSync(join(ROOT, file))))(
    "installs from %s on every platform, from any registry",
    (file) => {
      const script = join(ROOT, "scripts/lock.js")
      const args = [script, "--check", join(ROOT, file, "..")]
      const { stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8" })
      expect({ stdout, status }, "run `npm run lock`").toEqual({ stdout: "", status: 0 })
      const hosts = [...read(file).matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map((match) => match[1])
      expect(hosts.filter((host) => host !== "registry.npmjs.org")).toEqual([])
    },
  )
})

const importers = (name: string): number =>
  sources(["src"]).filter(({ imports }) => imports.some((each) => each === name || each.startsWith(`${name}/`))).length
