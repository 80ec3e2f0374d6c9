/**
 * What a host pays: bytes served, and nothing that it did not import.
 *
 * @module
 */
import { rm } from "node:fs/promises"
import { dirname } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sources } from "../architecture/source.ts"
import { buildPackage, built, bundle, heaviest, source } from "./bundle.ts"

const STARTER = `
  import { createTenantry } from "tenantry"
  import { workspace } from "tenantry/presets"
  import { memoryStore } from "tenantry/memory"
  globalThis.tenantry = createTenantry({ preset: workspace, store: memoryStore() })
`
/** In bytes, gzipped, minified, without zod, nanoid, date-fns and Node: what an import loads at once. */
const STARTER_BUDGET = 37_500
/** The same with everything that is loaded when first used: what stands, with little room, so that growth is seen. */
const WHOLE_BUDGET = 81_000

/** What leaks first, by words that only it says. */
const MUST_NOT_APPEAR: Readonly<Record<string, readonly string[]>> = {
  "the conformance suite and test tools": ["storeConformance", "node:assert", "fast-check", "vitest"],
  "date-fns as a whole": ['from"date-fns"'],
  ...Object.fromEntries(
    sources(["src/presets"])
      .filter(({ path }) => path !== "src/presets/workspace.ts")
      .map(({ path, text }) => [path, [...text.matchAll(/description: "([^"]+)"/g)].map((match) => match[1] ?? "")]),
  ),
}

let folder = ""
beforeAll(async () => {
  folder = await buildPackage()
})
afterAll(async () => {
  if (folder !== "") await rm(dirname(folder), { recursive: true })
})

describe("a host with one preset and the memory store", () => {
  it("is served no more at once than its budget", async () => {
    const { gzip } = await bundle(STARTER, built(folder))
    const { modules } = await bundle(STARTER, source)
    expect(gzip, `heaviest modules:\n${heaviest(modules).slice(0, 12).join("\n")}\n`).toBeLessThanOrEqual(
      STARTER_BUDGET,
    )
  })

  it("takes no more in all than the whole is known to weigh", async () => {
    const { code } = await bundle(STARTER, built(folder))
    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(WHOLE_BUDGET)
  })

  it("is served nothing that it did not import", async () => {
    const { code } = await bundle(STARTER, built(folder))
    expect(code).toContain("Sees the team and its keys")
    expect(MUST_NOT_APPEAR["src/presets/paid-team.ts"]?.length).toBeGreaterThan(0)
    const leaks = Object.entries(MUST_NOT_APPEAR).flatMap(([name, text]) =>
      text.some((word) => code.includes(word)) ? [name] : [],
    )
    expect(leaks).toEqual([])
  })

  it("takes no other preset's module, and none of the tests' tools", async () => {
    const { modules } = await bundle(STARTER, source)
    const used = heaviest(modules)
    expect(used.some((module) => module.startsWith("src/presets/workspace.ts "))).toBe(true)
    expect(used.filter((module) => /^(?:src\/testing|src\/presets\/(?!workspace|preset)|test)\b/.test(module))).toEqual(
      [],
    )
  })
})

describe("a host with its own shell", () => {
  const allOf = (entry: string) => `export * from "tenantry/${entry}"`

  it("takes the policy engine without any noun or store", async () => {
    const { modules } = await bundle(allOf("policy"), source)
    const used = heaviest(modules)
    expect(used.length).toBeGreaterThan(3)
    expect(used.filter((module) => !/^src\/(?:policy|kernel)\//.test(module))).toEqual([])
  })

  it.each(["organization", "membership", "invitation", "api-key"])(
    "takes the decisions of `%s` without commands",
    async (noun) => {
      const { modules } = await bundle(allOf(noun), source)
      const shell =
        /^src\/(?:pipeline|store|presets|testing|[a-z-]+\/(?:[a-z-]+-)?(?:commands|queries|verify|deliver|worker|outbox)\.ts|[a-z-]+\.ts)/
      expect(heaviest(modules).length).toBeGreaterThan(1)
      expect(heaviest(modules).filter((module) => shell.test(module))).toEqual([])
    },
  )

  it("takes no more from the built package than from the sources", async () => {
    for (const entry of ["policy", "organization", "membership", "invitation", "api-key"]) {
      const [fromBuild, fromSource] = [await bundle(allOf(entry), built(folder)), await bundle(allOf(entry), source)]
      expect(fromBuild.code.length, entry).toBeLessThanOrEqual(fromSource.code.length * 1.1 + 200)
    }
  })
})
