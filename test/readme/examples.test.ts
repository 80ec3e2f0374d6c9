/** Every example runs by itself, ends, and shows what it says it shows. */
import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** What each prints, in part. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  "hono.ts": [
    "POST /api/organizations 201",
    "GET /v1/cars 200 \nGET /v1/cars 429 rate_limited",
    "GET /team-size 401 unauthenticated",
  ],
  "express.ts": [
    "GET /v1/cars 200 \nGET /v1/cars 401 unauthenticated\nGET /team-size 200",
    "mail to bob@acme.example: Ada invites you to join Acme",
  ],
  "fastify.ts": ["GET /v1/cars 200 \nGET /v1/cars 401 unauthenticated\nGET /api/organizations/me 200"],
  "nextjs.ts": ["/v1/cars 200 \n/v1/cars 401 unauthenticated\n/team-size 200 1\n/team-size 401 unauthenticated"],
  "host-transaction.ts": [
    "Acme is open at /acme\nGlobex wants the same theme: the settings are refused",
    "Initech invites its owner: already_member\norganizations: Acme\nsettings: dark",
  ],
  "your-own-store.ts": [" cases passed, 5 skipped, many commits counted"],
  "nodemailer.ts": [
    "To: bob@acme.example\nSubject: Ada Lovelace invites you to join Acme",
    "bob@acme.example followed the link and is a member",
    "delivery: sent, invitation: accepted",
  ],
  "stripe-webhook.ts": [
    "paid, told again: 200, active, keys work",
    "late: payment was tried: 200, active, keys work",
    "forged: 400, active, keys work",
    "cancelled: 200, cancelled, keys do not work",
    "subscription.cancelled, subscription.changed, subscription.changed",
  ],
}

it.each(Object.entries(SHOWN))("%s runs", (name, lines) => {
  const args = ["--import", "tsx", `examples/${name}`]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" })
  expect([status, stderr]).toEqual([0, ""])
  for (const line of lines) expect(stdout).toContain(line)
})

it("are all of them, with the tour and where it is kept", () => {
  const files = readdirSync(`${root}/examples`).filter((name) => name.endsWith(".ts"))
  expect(files.toSorted()).toEqual([...Object.keys(SHOWN), "tour.ts", "tour-store.ts"].toSorted())
})
