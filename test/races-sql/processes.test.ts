/**
 * Four processes at one Postgres, at the same organizations at the same time.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import type { Entry } from "../../src/activity/activity.ts"
import { account, createTenantry, type OrganizationId, system } from "../../src/index.ts"
import { inbox } from "../../src/testing/testing.ts"
import { rowsOf, wrongs, wrongsOfActivity } from "../model/invariants.ts"
import { describeWith } from "../server.ts"
import { openPostgres } from "../store/sql/databases.ts"
import { person } from "../world.ts"
import { heard, SEATS, settings, start, type Tally } from "./fleet.ts"

const NAMES = ["p0", "p1", "p2", "p3"] as const
const QUOTA = 12
/** What each process tries to be the first to take. */
const SLUGS = 8
const DUELS = 8
/** What may come of a command beside success; nothing else may come of a verification than its quota's end. */
const REFUSALS = [
  ["already_member", "invitation_pending", "seat_limit_reached", "conflict"],
  ["not_found", "invitation_closed", "last_owner", "slug_taken", "quota_exceeded"],
].flat()
const DEEDS = [
  "invitations.send",
  "invitations.accept",
  "memberships.changeRole",
  "memberships.leave",
  "apiKeys.create",
]
const [host, ada] = [system("host"), person("ada")]

const directory = mkdtempSync(join(tmpdir(), "tenantry-processes-"))
afterAll(() => rmSync(directory, { recursive: true }))

const sum = (tallies: readonly Tally[], outcome: string): number =>
  tallies.reduce((total, tally) => total + (tally[outcome] ?? 0), 0)

describeWith("four processes at one Postgres", await openPostgres(), (database) => {
  afterAll(() => database.close())

  it("keep every law of every organization, and count exactly what they answered", async () => {
    const { store } = await database.open()
    const tenantry = createTenantry({ ...settings, seats: { cap: SEATS }, store, mailer: inbox() })
    const organizationIds: string[] = []
    for (const name of ["Hot", "One", "Two", "Three"]) {
      organizationIds.push((await tenantry.organizations.create(ada, { name })).id)
    }
    const duels: string[] = []
    for (let at = 0; at < DUELS; at++) {
      const { id: organizationId } = await tenantry.organizations.create(person("p0"), { name: `Duel ${at}` })
      for (const { id, email } of NAMES.slice(1).map((name) => person(name))) {
        await tenantry.memberships.add(host, { organizationId, user: { id, email }, role: "owner" })
      }
      duels.push(organizationId)
    }
    const hot = organizationIds[0] ?? ""
    await tenantry.subscriptions.put(account.organization(hot), { plan: "pro", status: "active", quota: QUOTA })
    const { secret, apiKey } = await tenantry.apiKeys.create(ada, { organizationId: hot, name: "hot" })
    const orders = { work: "crowd", schema: database.options.schema ?? "", ahead: 0 } as const
    const journal = join(directory, "journal")
    const processes = await Promise.all(
      NAMES.map((name, seed) =>
        start({ ...orders, name, seed, organizationIds, duels, secret: secret.reveal(), journal }),
      ),
    )
    const tallies = await Promise.all(
      processes.map((child) => {
        const tally = heard<Tally>(child)
        child.send("go")
        return tally
      }),
    )
    for (const deed of DEEDS) expect([deed, sum(tallies, `${deed} done`) > 0]).toEqual([deed, true])
    const entries: Entry[] = []
    const refused = tallies.flatMap((tally) => Object.keys(tally).map((outcome) => outcome.split(" ").at(-1) ?? ""))
    expect(refused.filter((code) => code !== "done" && !REFUSALS.includes(code))).toEqual([])
    for (const organizationId of [...organizationIds, ...duels]) {
      const rows = await rowsOf(store, organizationId as OrganizationId)
      expect(wrongs(rows, { policy: settings.preset.policy, seats: SEATS, at: new Date() })).toEqual([])
      expect(wrongsOfActivity(rows)).toEqual([])
      entries.push(...rows.entries)
    }
    const recorded = (action: string) => entries.filter((entry) => entry.action === action).length
    expect(recorded("invitation.sent")).toBe(sum(tallies, "invitations.send done"))
    expect(recorded("api_key.created")).toBe(sum(tallies, "apiKeys.create done") + 1)
    expect(recorded("member.left")).toBe(sum(tallies, "memberships.leave done") + sum(tallies, "owners leave done"))
    expect(sum(tallies, "owners leave done")).toBe(DUELS * (NAMES.length - 1))
    expect(sum(tallies, "slugs done")).toBe(SLUGS)
    expect(sum(tallies, "apiKeys.verify done")).toBe(QUOTA)
    expect((await tenantry.usage.ofKey(host, { organizationId: hot, apiKeyId: apiKey.id })).lifetime).toBe(QUOTA)
  })
})
