/** People who come into a project while it, they or what brings them ends. */
import { describe, expect, it } from "vitest"
import { system } from "../../src/index.ts"
import type { Preset } from "../../src/presets/presets.ts"
import { projects } from "../../src/presets/presets.ts"
import { person } from "../world.ts"
import { type Aftermath, layouts, stage } from "./race.ts"

const [ada, bob, con] = [person("ada"), person("bob"), person("con")]
const host = system("host")

/** Bob is a member, con is invited into a project. */
const began = (settings = {}) =>
  stage(
    projects as Preset,
    async ({ tenantry, tokenFor }) => {
      const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
      const { id: projectId } = await tenantry.projects.create(ada, { organizationId, name: "Site" })
      const user = { id: bob.id, email: bob.email }
      const { id: membershipId } = await tenantry.memberships.add(host, {
        organizationId,
        user,
        role: "viewer" as never,
      })
      const offered = [{ projectId, role: "developer" }]
      const sent = { organizationId, email: con.email, projects: offered }
      const { id: invitationId } = await tenantry.invitations.send(ada, sent)
      const token = await tokenFor(con.email)
      return { organizationId, projectId, membershipId, invitationId, token }
    },
    settings,
  )

const actions = ({ organizations }: Aftermath) =>
  organizations.flatMap(({ entries }) => entries.map(({ action }) => action))
const times = (after: Aftermath, name: string) => actions(after).filter((action) => action === name).length

describe.each(Object.entries(layouts))("%s", (_, layout) => {
  it("adds somebody before the project is archived, or not at all", async () => {
    const { found, race } = await began()
    const { organizationId, projectId, membershipId } = found
    await race(
      [
        (tenantry) => tenantry.projects.archive(ada, { organizationId, projectId }),
        (tenantry) =>
          tenantry.projects.members.add(ada, { organizationId, projectId, membershipId, role: "developer" }),
      ],
      (after) => {
        const added = times(after, "project_member.added") === 1
        expect(after.outcomes).toEqual(["done", added ? "done" : "project_archived"])
        if (added) expect(actions(after).slice(-2)).toEqual(["project_member.added", "project.archived"])
      },
      layout,
    )
  })

  it("makes one project member of two acceptances", async () => {
    const { found, race } = await began()
    const { token } = found
    await race(
      [
        (tenantry) => tenantry.invitations.accept(con, { token }),
        (tenantry) => tenantry.invitations.accept(con, { token }),
      ],
      (after) => {
        expect(after.outcomes).toEqual(["done", "done"])
        expect(after.values[0]).toEqual(after.values[1])
        expect([times(after, "project_member.joined"), times(after, "invitation.accepted")]).toEqual([1, 1])
      },
      layout,
    )
  })

  it("accepts before the project is archived, or not at all", async () => {
    const { found, race } = await began()
    const { organizationId, projectId, token } = found
    await race(
      [
        (tenantry) => tenantry.invitations.accept(con, { token }),
        (tenantry) => tenantry.projects.archive(ada, { organizationId, projectId }),
      ],
      (after) => {
        const joined = times(after, "project_member.joined") === 1
        expect(after.outcomes).toEqual([joined ? "done" : "invitation_void", "done"])
      },
      layout,
    )
  })

  it("leaves nobody a project role of the membership that was removed", async () => {
    const { found, race } = await began()
    const { organizationId, projectId, membershipId } = found
    await race(
      [
        (tenantry) => tenantry.memberships.remove(ada, { organizationId, membershipId }),
        (tenantry) =>
          tenantry.projects.members.add(ada, { organizationId, projectId, membershipId, role: "developer" }),
      ],
      (after) => {
        const added = times(after, "project_member.added")
        expect(after.outcomes).toEqual(["done", added === 1 ? "done" : "not_found"])
        expect(times(after, "project_member.removed")).toBe(added)
      },
      layout,
    )
  })

  it("gives the last seat to one of two who come into a project", async () => {
    const { found, race } = await began({ seats: { cap: 4 } })
    const { organizationId, projectId } = found
    const add = (id: string) => ({
      ...{ organizationId, projectId, role: "viewer" },
      user: { id, email: `${id}@acme.example` },
    })
    await race(
      ["u_dan", "u_eve"].map((id) => (tenantry) => tenantry.projects.members.add(host, add(id))),
      (after) => {
        expect(after.outcomes.toSorted()).toEqual(["done", "seat_limit_reached"])
        expect(times(after, "project_member.added")).toBe(1)
      },
      layout,
    )
  })
})
