import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { runExample } from "./run-example.ts"

const folder = mkdtempSync(join(tmpdir(), "tour-"))
afterAll(() => rmSync(folder, { recursive: true }))

it.each([
  ["over a SQLite file, which it leaves behind", []],
  ["over the file that another tour left", []],
  ["in memory", ["--memory"]],
])("takes the tour %s: exits 0 and prints what happened", (_, args) => {
  const { status, stdout, stderr } = runExample("tour", args, folder)
  expect(stderr).toBe("")
  expect(status).toBe(0)
  for (const line of [
    "bob@acme.example: invited",
    "dan at acme: invalid_input",
    "Cleo tries Bob's link: invitation_email_mismatch",
    'refused: role_not_manageable {"role":"admin"}',
    '→ {"kind":"organizationRole","role":"admin","definition":"system"',
    "Cleo may create API keys: true",
    "and nowhere in print: [secret]",
    "403 subscription_inactive\n200, 2 left\n200, 0 left\n429 quota_exceeded",
    "401 not_found\n429 quota_exceeded\n403 subscription_inactive\n200, 6 left",
    "0 keys; what Bob sees of Acme Rockets now: not_found",
    "member.removed           by Ada Lovelace → bob@acme.example",
    "14 entries verified",
  ]) {
    expect(stdout).toContain(line)
  }
  expect(existsSync(join(folder, "tour.sqlite"))).toBe(true)
})
