/**
 * Arrows point down only: who may import whom.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import { importsOf, type Source, sources } from "./source.ts"

/** A noun's files that do things with a store; its others are pure. */
const SHELL = "(?:[a-z-]+-)?(?:commands|queries|verify|deliver|worker|outbox)"

/** From the bottom up. A file may import its own layer and those below; the first pattern that fits names its layer. */
const LAYERS: readonly (readonly [name: string, files: RegExp])[] = [
  ["kernel", /^src\/kernel\//],
  ["policy", /^src\/policy\//],
  [
    "noun",
    new RegExp(`^src/(?!store|pipeline|presets|testing|http)[a-z-]+/(?!(?:repository|${SHELL})\\.)[a-z-]+\\.ts$`),
  ],
  ["store port", /^src\/(?:store\/[a-z-]+|[a-z-]+\/repository)\.ts$/],
  ["pipeline", /^src\/pipeline\//],
  ["shell", new RegExp(`^src/(?!store|presets|testing|http)[a-z-]+/${SHELL}\\.ts$`)],
  ["tenantry", /^src\/(?!index)[a-z-]+\.ts$/],
  ["index", /^src\/index\.ts$/],
]
const PORTS = ["kernel", "policy", "noun", "store port"]

/** Files beside the layers, and the layers they may import besides their own folder. */
const BESIDE: readonly (readonly [files: RegExp, layers: readonly string[], folders: readonly RegExp[]])[] = [
  [/^src\/presets\//, ["kernel", "policy"], [/^src\/billing\/plan\.ts$/]],
  [/^src\/store\/memory\//, PORTS, []],
  [/^src\/store\/kysely\//, PORTS, []],
  [/^src\/rate-limiter-flexible\//, PORTS, []],
  [/^src\/redis\//, PORTS, []],
  [/^src\/http\//, [...PORTS, "pipeline", "tenantry"], []],
  [/^src\/testing\//, [...PORTS, "tenantry"], [/^src\/store\/memory\//, /^src\/presets\//]],
]

/** The only packages that the core may import. */
const PACKAGES = /^(?:zod|nanoid|date-fns\/[A-Za-z]+|node:(?:crypto|async_hooks))$/
/** What an adapter may import besides: its own library. */
const ADAPTERS: readonly (readonly [files: RegExp, packages: RegExp])[] = [
  [/^src\/http\//, /^hono(?:\/cors)?$/],
  [/^src\/testing\//, /^node:assert(?:\/strict)?$/],
  [/^src\/store\/kysely\//, /^kysely$/],
  [/^src\/store\/kysely\/command-line\.ts$/, /^node:util$/],
]

const layerOf = (path: string): number => LAYERS.findIndex(([, files]) => files.test(path))

/** Why `from` may not import `to`, or null. */
function forbidden(from: string, to: string): string | null {
  if (!to.startsWith("src/")) {
    const allowed = PACKAGES.test(to) || ADAPTERS.some(([files, packages]) => files.test(from) && packages.test(to))
    return allowed ? null : "not a package the core may import"
  }
  const beside = BESIDE.find(([files]) => files.test(from))
  if (beside !== undefined) {
    const [own, layers, folders] = beside
    if ([own, ...folders].some((folder) => folder.test(to))) return null
    return layers.includes(LAYERS[layerOf(to)]?.[0] ?? "") ? null : "not among what this folder may import"
  }
  const [above, below] = [layerOf(from), layerOf(to)]
  if (above < 0) return "in no layer"
  if (below < 0) {
    const shape = ["tenantry", "index"].includes(LAYERS[above]?.[0] ?? "") && to === "src/presets/preset.ts"
    return shape ? null : "an adapter or preset, which only hosts choose"
  }
  if (below > above) return `\`${LAYERS[above]?.[0]}\` may not reach up to \`${LAYERS[below]?.[0]}\``
  const across = LAYERS[above]?.[0] === "shell" && below === above && folderOf(from) !== folderOf(to)
  return across ? "another noun's commands or queries" : null
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"))

const violations = (files: readonly Source[]): readonly string[] =>
  files.flatMap(({ path, imports }) =>
    imports.flatMap((to) => {
      const why = forbidden(path, to)
      return why === null ? [] : [`${path} → ${to}: ${why}`]
    }),
  )

describe("arrows", () => {
  const files = sources(["src"])

  it("point down only", () => {
    expect(files.length).toBeGreaterThan(20)
    expect(violations(files)).toEqual([])
  })

  it.each([
    ["src/kernel/page.ts", "src/policy/policy.ts"],
    ["src/policy/policy.ts", "src/role/role.ts"],
    ["src/invitation/invitation.ts", "src/store/store.ts"],
    ["src/invitation/invitation.ts", "src/invitation/commands.ts"],
    ["src/store/store.ts", "src/pipeline/shell.ts"],
    ["src/pipeline/shell.ts", "src/membership/commands.ts"],
    ["src/outbox/message.ts", "src/outbox/deliver.ts"],
    ["src/membership/commands.ts", "src/invitation/commands.ts"],
    ["src/membership/queries.ts", "src/invitation/recipient-commands.ts"],
    ["src/membership/commands.ts", "src/tenantry.ts"],
    ["src/presets/workspace.ts", "src/membership/membership.ts"],
    ["src/store/memory/memory-store.ts", "src/pipeline/shell.ts"],
    ["src/store/memory/memory-store.ts", "src/membership/commands.ts"],
    ["src/testing/testing.ts", "src/membership/queries.ts"],
    ["src/tenantry.ts", "src/index.ts"],
    ["src/tenantry.ts", "src/store/memory/memory-store.ts"],
    ["src/tenantry.ts", "src/presets/workspace.ts"],
    ["src/index.ts", "src/testing/testing.ts"],
    ["src/tenantry.ts", "src/http/problem.ts"],
    ["src/http/app.ts", "src/membership/commands.ts"],
    ["src/organization/organization.ts", "hono"],
    ["src/kernel/id.ts", "date-fns"],
    ["src/kernel/id.ts", "node:fs"],
    ["src/membership/membership.ts", "node:assert"],
  ])("would catch %s importing %s", (from, to) => {
    expect(forbidden(from, to)).not.toBeNull()
  })

  it.each([
    ["src/invitation/invitation.ts", "src/membership/membership.ts"],
    ["src/invitation/commands.ts", "src/invitation/queries.ts"],
    ["src/invitation/commands.ts", "src/pipeline/shell.ts"],
    ["src/store/memory/memory-store.ts", "src/store/store.ts"],
    ["src/testing/testing.ts", "src/tenantry.ts"],
    ["src/testing/testing.ts", "node:assert"],
    ["src/http/app.ts", "hono"],
    ["src/http/routes.ts", "src/registry.ts"],
    ["src/index.ts", "src/tenantry.ts"],
  ])("would allow %s importing %s", (from, to) => {
    expect(forbidden(from, to)).toBeNull()
  })

  it("are read from every form of import", () => {
    const text = [
      'import { a } from "./a.ts"',
      'import type * as z from "zod"',
      "import {",
      "  b,",
      '} from "../policy/b.ts"',
      'export { c } from "./c.ts"',
      'export * from "./d.ts"',
      'import "./e.ts"',
      'const f = await import("./f.ts")',
      'export const from = "./not-an-import.ts"',
    ].join("\n")
    const folder = "src/kernel"
    expect(importsOf(`${folder}/x.ts`, text)).toEqual([
      `${folder}/a.ts`,
      "zod",
      "src/policy/b.ts",
      ...["c", "d", "e", "f"].map((name) => `${folder}/${name}.ts`),
    ])
  })
})
