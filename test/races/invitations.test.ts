/** An acceptance that meets the end of what it accepts. */
import { describe, expect, it } from "vitest"
import { system } from "../../src/index.ts"
import type { Preset } from "../../src/presets/presets.ts"
import { customRoles, paidTeam } from "../../src/presets/presets.ts"
import { payForSeats, person } from "../world.ts"
import type { Aftermath } from "./race.ts"
import { layouts, stage } from "./race.ts"

const [ada, bob, cyd] = [person("ada"), person("bob"), person("cyd")]
const host = system("host")

/** Bob has an invitation as member from cyd, an admin; a minute has passed, so that it can be sent anew. */
const invited = (preset: Preset = customRoles as Preset, settings = {}) =>
  stage(
    preset,
    async ({ tenantry, clock, tokenFor }) => {
      const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
      if (preset.billing?.account === "organization") await payForSeats(tenantry, organizationId)
      const adminRole = (preset.policy.isSystemRole("maintainer") ? "maintainer" : "admin") as never
      const admin = { id: cyd.id, email: cyd.email }
      const inviter = await tenantry.memberships.add(host, { organizationId, user: admin, role: adminRole })
      const as = { organizationId, email: bob.email, role: "member" as never }
      const { id: invitationId } = await tenantry.invitations.send(cyd, as)
      const token = await tokenFor(bob.email)
      clock.advance({ minutes: 1 })
      return { organizationId, invitationId, token, inviterId: inviter.id }
    },
    settings,
  )

const joined = ({ organizations }: Aftermath): boolean =>
  organizations.some(({ members }) => members.some(({ userId }) => userId === bob.id))
const statuses = ({ organizations }: Aftermath) =>
  organizations.flatMap(({ invitations }) => invitations.map(({ invitation }) => invitation.status))
const actions = ({ organizations }: Aftermath) =>
  organizations.flatMap(({ entries }) => entries.map(({ action }) => action))

describe.each(Object.entries(layouts))("%s", (_, layout) => {
  it("either accepts or cancels", async () => {
    const { found, race } = await invited()
    const { organizationId, invitationId, token } = found
    await race(
      [
        ({ invitations }) => invitations.accept(bob, { token }),
        ({ invitations }) => invitations.cancel(ada, { organizationId, invitationId }),
      ],
      (after) => {
        const accepted = joined(after)
        expect(after.outcomes).toEqual(accepted ? ["done", "invitation_closed"] : ["invitation_closed", "done"])
        expect(statuses(after)).toEqual([accepted ? "accepted" : "cancelled"])
      },
      layout,
    )
  })

  it("either accepts or declines", async () => {
    const { found, race } = await invited()
    await race(
      [
        ({ invitations }) => invitations.accept(bob, { token: found.token }),
        ({ invitations }) => invitations.decline(bob, { token: found.token }),
      ],
      (after) => {
        const accepted = joined(after)
        expect(after.outcomes).toEqual(accepted ? ["done", "invitation_closed"] : ["invitation_closed", "done"])
      },
      layout,
    )
  })

  it("either accepts, or resends and kills the token", async () => {
    const { found, race } = await invited()
    const { organizationId, invitationId, token } = found
    await race(
      [
        ({ invitations }) => invitations.accept(bob, { token }),
        ({ invitations }) => invitations.resend(ada, { organizationId, invitationId }),
      ],
      (after) => {
        const accepted = joined(after)
        expect(after.outcomes).toEqual(accepted ? ["done", "invitation_closed"] : ["not_found", "done"])
        expect(statuses(after)).toEqual([accepted ? "accepted" : "pending"])
      },
      layout,
    )
  })

  it("either accepts, or ends with the inviter", async () => {
    const { found, race } = await invited()
    const { organizationId, inviterId, token } = found
    await race(
      [
        ({ invitations }) => invitations.accept(bob, { token }),
        ({ memberships }) => memberships.remove(ada, { organizationId, membershipId: inviterId }),
      ],
      (after) => {
        expect(after.outcomes).toEqual([joined(after) ? "done" : "invitation_closed", "done"])
        expect(statuses(after)).toEqual([joined(after) ? "accepted" : "cancelled"])
      },
      layout,
    )
  })

  it("lets nobody into a deleted organization", async () => {
    const { found, race } = await invited()
    const { organizationId, token } = found
    await race(
      [
        ({ invitations }) => invitations.accept(bob, { token }),
        ({ organizations }) => organizations.delete(ada, { organizationId }),
      ],
      (after) => {
        expect(after.outcomes).toEqual([joined(after) ? "done" : "not_found", "done"])
        expect(actions(after).at(-1)).toBe("organization.deleted")
      },
      layout,
    )
  })
})

it("keeps an organization that must be empty when somebody joins first", async () => {
  const { found, race } = await invited(paidTeam as Preset, { organizations: { deleteWithMembers: false } })
  const { organizationId, inviterId, token } = found
  await race(
    [
      ({ invitations }) => invitations.accept(bob, { token }),
      ({ memberships }) => memberships.remove(ada, { organizationId, membershipId: inviterId }),
      ({ organizations }) => organizations.delete(ada, { organizationId }),
    ],
    (after) => {
      const deleted = after.organizations.some(({ organization }) => organization.status === "deleted")
      expect(deleted && joined(after)).toBe(false)
    },
  )
})

it("makes one member of an invitation accepted and a person added at once", async () => {
  const { found, race } = await invited()
  const { organizationId, token } = found
  await race(
    [
      ({ invitations }) => invitations.accept(bob, { token }),
      ({ memberships }) =>
        memberships.add(host, { organizationId, user: { id: bob.id, email: bob.email }, role: "admin" as never }),
    ],
    (after) => expect(statuses(after)).toEqual(["accepted"]),
  )
})

it("either accepts, or refuses once the inviter may no longer invite", async () => {
  const { found, race } = await invited()
  const { organizationId, inviterId, token } = found
  await race(
    [
      ({ invitations }) => invitations.accept(bob, { token }),
      ({ memberships }) =>
        memberships.changeRole(ada, { organizationId, membershipId: inviterId, role: "member" as never }),
    ],
    (after) => expect(after.outcomes).toEqual([joined(after) ? "done" : "invitation_void", "done"]),
  )
})

it("never goes above the cap when people are invited, added, accept and cancel at once", async () => {
  const { found, race } = await invited(customRoles as Preset, { seats: { cap: 4 } })
  const { organizationId, invitationId, token } = found
  const guest = (name: string) => ({ id: `u_${name}`, email: `${name}@acme.example` })
  await race([
    ({ invitations }) => invitations.accept(bob, { token }),
    ({ invitations }) => invitations.cancel(ada, { organizationId, invitationId }),
    ({ invitations }) => invitations.send(cyd, { organizationId, email: guest("dan").email, role: "member" as never }),
    ({ memberships }) => memberships.add(host, { organizationId, user: guest("eve"), role: "member" as never }),
  ])
})
