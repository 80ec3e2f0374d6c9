/**
 * Processes that are killed while they command and while they deliver, at one Postgres. `TENANTRY_CRASHES` says how
 * many, 20 unless given; half of them command.
 *
 * @module
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sql } from "kysely"
import { afterAll, expect, it } from "vitest"
import { createTenantry, type OrganizationId, system } from "../../src/index.ts"
import { rowsOf, wrongs, wrongsOfActivity } from "../model/invariants.ts"
import { randomFrom } from "../policy/random-policy.ts"
import { describeWith } from "../server.ts"
import { openPostgres } from "../store/sql/databases.ts"
import { person } from "../world.ts"
import { connectionsOf, type Orders, settings, start } from "./fleet.ts"

/** How many of each kind. */
const CRASHES = Math.ceil(Number(process.env["TENANTRY_CRASHES"] ?? 20) / 2)
/** Messages that wait before anything is killed, so that there is always something to deliver. */
const BACKLOG = 100
const LEASE = 60_000
/** How far apart the clocks of two deliverers are, so that the leases of the first have ended for the second. */
const STEP = 2 * LEASE
const [host, ada] = [system("host"), person("ada")]

const directory = mkdtempSync(join(tmpdir(), "tenantry-crash-"))
afterAll(() => rmSync(directory, { recursive: true }))

/** Starts a process and kills it at the given step: every call of its store's begins with one and ends with one. */
async function killed(orders: Orders, steps: number): Promise<void> {
  const child = await start(orders)
  const ended = new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)))
  let left = steps
  child.on("message", () => {
    if (--left === 0) child.kill("SIGKILL")
  })
  child.send("go")
  expect(await ended).toBe("SIGKILL")
}

describeWith("processes killed at one Postgres", await openPostgres(), (database) => {
  afterAll(() => database.close())

  it(
    "leave every chain whole, every count right, every e-mail delivered and nothing held",
    async () => {
      const { store } = await database.open()
      const journal = join(directory, "journal")
      writeFileSync(journal, "")
      const journaled = (kind: string): readonly string[] =>
        readFileSync(journal, "utf8")
          .split("\n")
          .filter((line) => line.startsWith(`${kind} `))
          .map((line) => line.slice(kind.length + 1))
      let ahead = 0
      const tenantry = createTenantry({
        ...settings,
        store,
        clock: { now: () => new Date(Date.now() + ahead) },
        mailer: { sendInvitation: async ({ id }) => appendFileSync(journal, `sent ${id}\n`) },
      })
      const organizationIds: string[] = []
      for (const name of ["One", "Two", "Three"]) {
        organizationIds.push((await tenantry.organizations.create(ada, { name })).id)
      }
      const organizationId = organizationIds[0] ?? ""
      const invitations = Array.from({ length: BACKLOG }, (_, at) => `w${at}@acme.example`)
      for (const email of invitations) {
        await tenantry.invitations.send(ada, { organizationId, email, role: "member" })
      }
      const { secret, apiKey } = await tenantry.apiKeys.create(ada, { organizationId, name: "k" })

      const random = randomFrom(7)
      const schema = database.options.schema ?? ""
      const common = { schema, duels: [], organizationIds, secret: secret.reveal(), journal }
      let interrupted = 0

      async function commanders(): Promise<void> {
        for (let seed = 0; seed < CRASHES; seed++) {
          await killed({ ...common, work: "command", name: "commander", ahead: 0, seed }, 1 + Math.floor(random() * 60))
        }
      }

      async function deliverers(): Promise<void> {
        for (let seed = 0; seed < CRASHES; seed++) {
          ahead += STEP
          const steps = 3 + Math.floor(random() * 40)
          await killed({ ...common, work: "deliver", name: "deliverer", ahead, seed }, steps)
          await expect.poll(() => connectionsOf(database, "deliverer")).toBe(0)
          const longest = new Date(Date.now() + ahead + LEASE)
          const { rows } = await sql<{ held: string; late: string }>`select count(*) as held,
            count(*) filter (where leased_until > ${longest}) as late
            from ${sql.table(`${schema}.tenantry_outbox`)} where lease is not null`.execute(database.db)
          interrupted += Number(rows[0]?.held)
          expect(Number(rows[0]?.late)).toBe(0)
        }
      }

      await Promise.all([commanders(), deliverers()])
      await expect.poll(() => connectionsOf(database, "commander")).toBe(0)
      expect(interrupted).toBeGreaterThan(0)

      ahead += STEP
      while ((await tenantry.outbox.deliver()).sent > 0);
      expect(await tenantry.outbox.health()).toEqual({ queued: 0, dead: 0, oldestQueuedAt: null })

      const sent = new Set(journaled("sent"))
      const ids = new Set<string>()
      for (const id of organizationIds) {
        const rows = await rowsOf(store, id as OrganizationId)
        expect(wrongs(rows, { policy: settings.preset.policy, seats: null, at: new Date() })).toEqual([])
        expect(wrongsOfActivity(rows)).toEqual([])
        for (const { invitation } of rows.invitations) {
          ids.add(invitation.id)
          expect([invitation.email, sent.has(invitation.messageId)]).toEqual([invitation.email, true])
        }
        const recorded = rows.entries.filter(({ action }) => action === "invitation.sent")
        expect(recorded.length).toBe(rows.invitations.length)
      }
      const answered = journaled("invited")
      expect(answered.length).toBeGreaterThan(0)
      expect(answered.filter((id) => !ids.has(id))).toEqual([])
      expect(ids.size - BACKLOG - answered.length).toBeLessThanOrEqual(CRASHES)
      const { lifetime } = await tenantry.usage.ofKey(host, { organizationId, apiKeyId: apiKey.id })
      const verified = journaled("verified").length
      expect(lifetime).toBeGreaterThanOrEqual(verified)
      expect(lifetime).toBeLessThanOrEqual(verified + CRASHES)
    },
    60_000 + 20_000 * CRASHES,
  )
})
