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
    "Cleo may create API keys: true",
    "What Bob sees of Acme Rockets now: not_found",
    "member.removed           by Ada Lovelace → bob@acme.example",
    "10 entries verified",
  ]) {
    expect(stdout).toContain(line)
  }
})
