/** A role that is deleted or renamed while somebody is given it. */
import { expect, it } from "vitest"
import { customRoleName, system } from "../../src/index.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { person } from "../world.ts"
import { stage } from "./race.ts"

const [ada, bob, cyd] = [person("ada"), person("bob"), person("cyd")]
const host = system("host")
const support = customRoleName("support")

/** A role that nobody holds, a member, and an invitation as a member. */
const prepared = (as: "member" | typeof support = "member", role = support) =>
  stage(customRoles, async ({ tenantry, tokenFor }) => {
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const permissions = ["members.read", "users.update"] as const
    const { id: roleId } = await tenantry.roles.create(ada, {
      organizationId,
      name: role,
      permissions: [...permissions],
    })
    const user = { id: bob.id, email: bob.email }
    const { id: membershipId } = await tenantry.memberships.add(host, { organizationId, user, role: "member" })
    const { id: invitationId } = await tenantry.invitations.send(ada, { organizationId, email: cyd.email, role: as })
    return { organizationId, roleId, membershipId, invitationId, token: await tokenFor(cyd.email) }
  })

it("either deletes a role or gives it to a member", async () => {
  const { found, race } = await prepared()
  const { organizationId, roleId, membershipId } = found
  await race(
    [
      ({ roles }) => roles.delete(ada, { organizationId, roleId }),
      ({ memberships }) => memberships.changeRole(ada, { organizationId, membershipId, role: support }),
    ],
    ({ outcomes }) =>
      expect([
        ["role_in_use", "done"],
        ["done", "invalid_input"],
      ]).toContainEqual(outcomes),
  )
})

it("either deletes a role or invites into it", async () => {
  const { found, race } = await prepared()
  const { organizationId, roleId } = found
  await race(
    [
      ({ roles }) => roles.delete(ada, { organizationId, roleId }),
      ({ invitations }) => invitations.send(ada, { organizationId, email: "dan@acme.example", role: support }),
    ],
    ({ outcomes }) =>
      expect([
        ["role_in_use", "done"],
        ["done", "invalid_input"],
      ]).toContainEqual(outcomes),
  )
})

it("either deletes a role or adds a person in it", async () => {
  const { found, race } = await prepared()
  const { organizationId, roleId } = found
  await race(
    [
      ({ roles }) => roles.delete(ada, { organizationId, roleId }),
      ({ memberships }) =>
        memberships.add(host, { organizationId, user: { id: "u_dan", email: "dan@acme.example" }, role: support }),
    ],
    ({ outcomes }) =>
      expect([
        ["role_in_use", "done"],
        ["done", "invalid_input"],
      ]).toContainEqual(outcomes),
  )
})

it("leaves no member in a deleted role when an invitation is accepted and cancelled at once", async () => {
  const { found, race } = await prepared(support)
  const { organizationId, roleId, invitationId, token } = found
  await race(
    [
      ({ invitations }) => invitations.accept(cyd, { token }),
      ({ invitations }) => invitations.cancel(ada, { organizationId, invitationId }),
      ({ roles }) => roles.delete(ada, { organizationId, roleId }),
    ],
    ({ outcomes: [accepted, , deleted] }) => expect(accepted === "done" && deleted === "done").toBe(false),
  )
})

it("renames a role or gives it to somebody", async () => {
  const { found, race } = await prepared()
  const { organizationId, roleId, membershipId } = found
  await race(
    [
      ({ roles }) => roles.update(ada, { organizationId, roleId, name: customRoleName("care") }),
      ({ memberships }) => memberships.changeRole(ada, { organizationId, membershipId, role: support }),
      ({ invitations }) => invitations.send(ada, { organizationId, email: "dan@acme.example", role: support }),
    ],
    ({ outcomes: [renamed, ...given] }) => expect(given.includes("done") && renamed === "done").toBe(false),
  )
})

it("leaves the holders of a shadow with the system role when it is deleted while somebody joins", async () => {
  const { found, race } = await prepared("member", customRoleName("member"))
  const { organizationId, roleId, token } = found
  await race([
    ({ invitations }) => invitations.accept(cyd, { token }),
    ({ roles }) => roles.delete(ada, { organizationId, roleId }),
  ])
})

it("makes one role of two with one name", async () => {
  const { found, race } = await prepared()
  const { organizationId, roleId } = found
  const name = customRoleName("care")
  await race(
    [
      ({ roles }) => roles.create(ada, { organizationId, name, permissions: [] }),
      ({ roles }) => roles.create(host, { organizationId, name, permissions: ["roles.read"] }),
      ({ roles }) => roles.update(ada, { organizationId, roleId, name }),
    ],
    ({ outcomes }) => expect(outcomes.toSorted()).toEqual(["conflict", "conflict", "done"]),
  )
})

it("gives nobody more than the giver still holds when a role grows while it is given", async () => {
  const { found, race } = await prepared()
  const { organizationId, roleId, membershipId, token } = found
  await race([
    ({ roles }) => roles.update(ada, { organizationId, roleId, permissions: ["organization.delete"] }),
    ({ memberships }) => memberships.changeRole(ada, { organizationId, membershipId, role: support }),
    ({ invitations }) => invitations.accept(cyd, { token }),
  ])
})
