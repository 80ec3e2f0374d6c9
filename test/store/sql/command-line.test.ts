/**
 * The command that prints the schema.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { schemaSql } from "../../../src/store/kysely/schema/schema.ts"
import config from "../../../tsup.config.ts"
import { ROOT } from "../../architecture/source.ts"

const { entry } = config as { entry: Readonly<Record<string, string>> }

const tenantry = (...args: string[]) => {
  const file = join(ROOT, entry["command-line"] ?? "")
  return spawnSync(process.execPath, ["--import", "tsx", file, ...args], { cwd: ROOT, encoding: "utf8" })
}

describe("npx tenantry", () => {
  it.each(["postgres", "mysql", "sqlite"] as const)("prints the schema for %s", (dialect) => {
    const { stdout, status } = tenantry("sql", "--dialect", dialect, "--prefix", "app_")
    expect(stdout).toBe(schemaSql({ dialect, prefix: "app_" }))
    expect(stdout).toContain("app_memberships")
    expect(status).toBe(0)
  })

  it.each([
    [],
    ["sql"],
    ["sql", "--dialect", "oracle"],
    ["sql", "--dialect"],
    ["sql", "--dialect", "sqlite", "--schema", "s"],
  ])("refuses %j", (...args) => {
    const { stdout, stderr, status } = tenantry(...args)
    expect([stdout, status]).toEqual(["", 1])
    expect(stderr.trim()).not.toBe("")
  })

  it("is what the package calls so", () => {
    const { bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))
    expect(bin).toEqual({ tenantry: "./dist/command-line.js" })
  })
})
