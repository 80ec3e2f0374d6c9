/** Fifty callers at once: one token, one address, the last seats, one slug. */
import { describe, expect, it } from "vitest"
import { type Joined, system } from "../../src/index.ts"
import { workspace } from "../../src/presets/presets.ts"
import type { Rows } from "../model/invariants.ts"
import { person } from "../world.ts"
import { type Aftermath, layouts, stage } from "./race.ts"

const CROWD = 50
const CAP = 10

const [ada, bob, mallory] = [person("ada"), person("bob"), person("mallory")]
const host = system("host")
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))
const guests = times(CROWD, (at) => person(`guest${at}`))

const count = (after: Aftermath, outcome: string): number => after.outcomes.filter((one) => one === outcome).length
const only = ({ organizations: [rows, ...others] }: Aftermath): Rows => {
  if (rows === undefined || others.length > 0) throw new Error("expected one organization")
  return rows
}
const entriesOf = (rows: Rows, action: string) => rows.entries.filter((entry) => entry.action === action)
const statuses = (rows: Rows) => rows.invitations.map(({ invitation }) => invitation.status)

const open = async (preset: typeof workspace) =>
  stage(preset, async ({ tenantry }) => {
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    return { organizationId }
  })

describe.each(Object.entries(layouts))("%s", (_, layout) => {
  it("makes one member of fifty acceptances of one token", async () => {
    const { found, race } = await stage(workspace, async ({ tenantry, tokenFor }) => {
      const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
      await tenantry.invitations.send(ada, { organizationId, email: bob.email, role: "editor" })
      return { token: await tokenFor(bob.email) }
    })
    const again = person("bob", { id: "u_bob_again" })
    const callers = times(CROWD, (at) => (at % 10 === 8 ? again : at % 10 === 9 ? mallory : bob))
    await race(
      callers.map(
        (who) =>
          ({ invitations }) =>
            invitations.accept(who, found),
      ),
      (after) => {
        const rows = only(after)
        expect(entriesOf(rows, "member.joined").map(({ actor }) => actor)).toEqual(["user:u_ada", expect.any(String)])
        expect(entriesOf(rows, "invitation.accepted")).toHaveLength(1)
        expect(statuses(rows)).toEqual(["accepted"])
        const winner = rows.members.find(({ role }) => role === "editor")
        for (const [at, who] of callers.entries()) {
          if (who.id === winner?.userId) expect((after.values[at] as Joined).membership?.id).toBe(winner.id)
          else if (who === mallory) expect(after.outcomes[at]).toMatch(/^(?:invitation_email_mismatch|not_found)$/)
          else expect(after.outcomes[at]).toBe("invitation_closed")
        }
      },
      layout,
    )
  })

  it("leaves one invitation of fifty to one address", async () => {
    const { found, race } = await open(workspace)
    await race(
      times(CROWD, (at) => ({ invitations }) => {
        const email = at % 2 === 0 ? bob.email : " BOB@Acme.Example"
        return invitations.send(at % 5 === 0 ? host : ada, {
          ...found,
          email,
          role: at % 3 === 0 ? "viewer" : "editor",
        })
      }),
      (after) => {
        expect([count(after, "done"), count(after, "invitation_pending")]).toEqual([1, CROWD - 1])
        expect(statuses(only(after))).toEqual(["pending"])
        expect(entriesOf(only(after), "invitation.sent")).toHaveLength(1)
      },
      layout,
    )
  })

  it("fills the last seats and no more with fifty acceptances", async () => {
    const { found, race } = await stage(
      workspace,
      async ({ tenantry }) => {
        const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
        const invitations = guests.map(({ email }) => ({ email, role: "viewer" as const }))
        const sent = await tenantry.invitations.sendMany(ada, { organizationId, invitations })
        return sent.map((result) => ({ organizationId, invitationId: result.ok ? result.invitation.id : "" }))
      },
      { seats: { cap: CAP }, oversold: true },
    )
    await race(
      guests.map(
        (guest, at) =>
          ({ invitations }) =>
            invitations.accept(guest, found[at] ?? { token: "none" }),
      ),
      (after) => {
        expect([count(after, "done"), count(after, "seat_limit_reached")]).toEqual([CAP - 1, CROWD - CAP + 1])
        expect(only(after).members).toHaveLength(CAP)
      },
      layout,
    )
  })

  it("promises the last seats and no more with fifty invitations", async () => {
    const { found, race } = await stage(
      workspace,
      async ({ tenantry }) => ({ organizationId: (await tenantry.organizations.create(ada, { name: "Acme" })).id }),
      { seats: { cap: CAP } },
    )
    await race(
      guests.map(
        ({ email }) =>
          ({ invitations }) =>
            invitations.send(ada, { ...found, email, role: "viewer" }),
      ),
      (after) => {
        expect([count(after, "done"), count(after, "seat_limit_reached")]).toEqual([CAP - 1, CROWD - CAP + 1])
        expect(statuses(only(after))).toEqual(times(CAP - 1, () => "pending"))
      },
      layout,
    )
  })
})

it("gives a slug to one of fifty organizations", async () => {
  const { race } = await open(workspace)
  await race(
    guests.map(
      (guest) =>
        ({ organizations }) =>
          organizations.create(guest, { name: "Beta", slug: "beta" }),
    ),
    (after) => {
      expect([count(after, "done"), count(after, "slug_taken")]).toEqual([1, CROWD - 1])
      expect(after.organizations.map(({ organization }) => organization.slug)).toEqual(["acme", "beta"])
    },
  )
})
