import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

it("takes the tour: exits 0 and prints what happened", () => {
  const cwd = fileURLToPath(new URL("../..", import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", "examples/tour.ts"], {
    cwd,
    encoding: "utf8",
  })
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
})
