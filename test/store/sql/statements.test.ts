/**
 * How many statements each operation sends.
 *
 * @module
 */
import { afterAll, describe, expect, it } from "vitest"
import { account, platformAdmin, system } from "../../../src/index.ts"
import { workspace } from "../../../src/presets/presets.ts"
import type { Store } from "../../../src/store/store.ts"
import { aConsumption, aCounter } from "../../../src/testing/key-builders.ts"
import { describeWith } from "../../server.ts"
import { person, world } from "../../world.ts"
import { type HostDatabase, openMariadb, openPglite, openSqlite, type Sent } from "./databases.ts"

const [ada, bob] = [person("ada"), person("bob")]
const root = platformAdmin({ id: "u_root", email: "root@host.example", name: "Root" })
const CYD = { email: "cyd@acme.example", role: "viewer" } as const

/** An organization with a key and a quota, of which a unit is used already. */
async function scene(database: HostDatabase) {
  const { store } = await database.open()
  const here = world(workspace, { store })
  const { tenantry, tokenFor } = here
  await tenantry.subscriptions.put(account.user(ada.id), { plan: "pro", status: "active", quota: 100 })
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
  const { secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k" })
  await tenantry.apiKeys.verify(secret)
  await tenantry.invitations.send(ada, { organizationId, email: bob.email, role: "viewer" })
  const added = { organizationId, user: { id: "u_dan", email: "dan@acme.example" }, role: "viewer" } as const
  const { id: membershipId } = await tenantry.memberships.add(system("host"), added)
  const token = await tokenFor(bob.email)
  return { tenantry, at: { organizationId }, dan: { organizationId, membershipId }, secret, token }
}

type Scene = Awaited<ReturnType<typeof scene>>

type Run = (scene: Scene) => Promise<unknown>

/** What is done, how often it reads and how often it writes; in an order in which all of it can be done. */
const TABLE: readonly (readonly [name: string, reads: number, writes: number, run: Run])[] = [
  ["organizations.create", 0, 1, ({ tenantry }) => tenantry.organizations.create(ada, { name: "Beta" })],
  ["organizations.get", 1, 0, ({ tenantry, at }) => tenantry.organizations.get(ada, at)],
  ["organizations.update", 1, 1, ({ tenantry, at }) => tenantry.organizations.update(ada, { ...at, slug: "gamma" })],
  ["invitations.preview", 1, 0, ({ tenantry, token }) => tenantry.invitations.preview({ token })],
  ["invitations.accept", 2, 1, ({ tenantry, token }) => tenantry.invitations.accept(bob, { token })],
  ["invitations.send", 1, 1, ({ tenantry, at }) => tenantry.invitations.send(ada, { ...at, ...CYD })],
  ["invitations.list", 1, 0, ({ tenantry, at }) => tenantry.invitations.list(ada, at)],
  ["memberships.list", 1, 0, ({ tenantry, at }) => tenantry.memberships.list(ada, at)],
  [
    "memberships.changeRole",
    1,
    1,
    ({ tenantry, dan }) => tenantry.memberships.changeRole(ada, { ...dan, role: "editor" }),
  ],
  ["memberships.remove", 1, 1, ({ tenantry, dan }) => tenantry.memberships.remove(ada, dan)],
  ["memberships.leave", 1, 1, ({ tenantry, at }) => tenantry.memberships.leave(bob, at)],
  ["activity.list", 1, 0, ({ tenantry, at }) => tenantry.activity.list(ada, at)],
  ["apiKeys.create", 1, 1, ({ tenantry, at }) => tenantry.apiKeys.create(ada, { ...at, name: "l" })],
  ["apiKeys.list", 1, 0, ({ tenantry, at }) => tenantry.apiKeys.list(ada, at)],
  ["apiKeys.verify", 1, 1, ({ tenantry, secret }) => tenantry.apiKeys.verify(secret)],
  ["projects.create", 1, 1, ({ tenantry, at }) => tenantry.projects.create(ada, { ...at, name: "Web" })],
  ["projects.list", 1, 0, ({ tenantry, at }) => tenantry.projects.list(ada, at)],
  ["contexts.list", 1, 0, ({ tenantry }) => tenantry.contexts.list(ada, {})],
  ["platform.organizations.list", 1, 0, ({ tenantry }) => tenantry.platform.organizations.list(root, {})],
  ["platform.organizations.get", 1, 0, ({ tenantry, at }) => tenantry.platform.organizations.get(root, at)],
  ["platform.organizations.suspend", 1, 1, ({ tenantry, at }) => tenantry.platform.organizations.suspend(root, at)],
  ["platform.organizations.resume", 1, 1, ({ tenantry, at }) => tenantry.platform.organizations.resume(root, at)],
  ["platform.activity.list", 1, 0, ({ tenantry }) => tenantry.platform.activity.list(root, {})],
  ["access", 1, 0, ({ tenantry, at }) => tenantry.access(ada, at)],
]

/** What was sent, a whole transaction as one. */
function stepsOf(sent: readonly Sent[]): readonly string[] {
  const steps: string[] = []
  let isInside = false
  for (const { text } of sent) {
    if (/begin/.test(text)) steps.push("transaction")
    else if (!isInside) steps.push("statement")
    isInside = /begin/.test(text) || (isInside && !/commit|rollback/.test(text))
  }
  return steps
}

const times = (count: number, what: string): readonly string[] => Array.from({ length: count }, () => what)

describe.each([
  ["Postgres: each read and each write is a statement", "statement", await openPglite()],
  ["SQLite: each read is a statement, each write a transaction", "transaction", await openSqlite()],
])("over %s", (_, write, database) => {
  afterAll(() => database.close())

  it("in every operation", async () => {
    const here = await scene(database)
    const found: unknown[] = []
    for (const [name, , , run] of TABLE) {
      found.push([name, ...stepsOf(await database.statementsOf(() => run(here)))])
    }
    const expected = TABLE.map(([name, reads, writes]) => [name, ...times(reads, "statement"), ...times(writes, write)])
    expect(found).toEqual(expected)
  })
})

const QUOTAS = ["api", "mail", "files"].map((product) => ({ name: `quota ${product}`, period: "2026-01", cap: 1000 }))
const at = (key: number, request: string | null = null) =>
  aConsumption("user:u_ada", { takes: QUOTAS, request, counter: aCounter({ keyId: `key_${key % 5}` }) })

/** What counts in steps, and how many statements its transaction has besides those that begin and end it. */
const COUNTING: readonly (readonly [name: string, statements: number, run: (store: Store) => unknown])[] = [
  ["the first use of three meters", 7, ({ usage }) => usage.consume(at(0))],
  ["a use of three meters", 4, ({ usage }) => usage.consume(at(0))],
  ["a use of a request", 7, ({ usage }) => usage.consume(at(0, "r1"))],
  ["a hundred uses by five keys", 4, ({ usage }) => usage.add(times(100, "").map((_, key) => at(key)))],
  ["a hundred requests", 7, ({ usage }) => usage.add(times(100, "").map((_, key) => at(key, `n${key}`)))],
]

const countsInFew = (database: HostDatabase): void => {
  afterAll(() => database.close())

  it("counts in few statements, however much is counted at once", async () => {
    const { store } = await database.open()
    for (const [name, statements, run] of COUNTING) {
      const sent = await database.statementsOf(async () => run(store))
      expect([name, sent.filter(({ text }) => /tenantry_/.test(text)).length]).toEqual([name, statements])
    }
  })
}

const sqlite = await openSqlite()
describe("usage over SQLite", () => countsInFew(sqlite))
describeWith("usage over MariaDB", await openMariadb(), countsInFew)
