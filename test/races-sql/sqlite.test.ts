/**
 * Several processes over one SQLite file.
 *
 * @module
 */
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, expect, it } from "vitest"
import { ROOT } from "../architecture/source.ts"

const PROCESSES = 3
const folder = mkdtempSync(join(tmpdir(), "tenantry-sqlite-"))
afterAll(() => rmSync(folder, { recursive: true }))

it("lets them begin at once, and gives none of them what another has", async () => {
  const script = join(import.meta.dirname, "sqlite-process.ts")
  const running = Array.from({ length: PROCESSES }, () =>
    promisify(execFile)(process.execPath, ["--import", "tsx", script, join(folder, "host.db")], { cwd: ROOT }),
  )
  const told = (await Promise.all(running)).flatMap(({ stdout }) => stdout.split(" "))
  const countOf = (outcome: string): number => told.filter((each) => each === outcome).length
  expect(countOf("0001_tables")).toBe(1)
  expect([countOf("committed"), countOf("slug_taken")]).toEqual([1, PROCESSES - 1])
  expect([countOf("consumed"), countOf("refused")]).toEqual([30, 20 * PROCESSES - 30])
})
