import { expect, it } from "vitest"
import { runExample } from "./run-example.ts"

it("a host's own row and an organization stand or fall together", () => {
  const { status, stdout, stderr } = runExample("host-transaction")
  expect(stderr).toBe("")
  expect(status).toBe(0)
  expect(stdout.split("\n")).toEqual([
    "Acme is open at /acme",
    "Globex wants the same theme: the settings are refused",
    "Initech invites its owner: already_member",
    "organizations: Acme",
    "settings: dark",
    "",
  ])
})
