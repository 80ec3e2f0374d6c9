/** A paid team: one admin, maintainers and members. */
import { beforeEach, describe, expect, it } from "vitest"
import { paidTeam } from "../../src/presets/presets.ts"
import { person, refusal, world } from "../world.ts"

const [alba, mara, mel] = [person("alba"), person("mara"), person("mel")]

async function team() {
  const here = world(paidTeam)
  const { tenantry, tokenFor } = here
  const { id: organizationId } = await tenantry.organizations.create(alba, { name: "Captcha Farm" })
  const invite = async (by: typeof alba, who: typeof alba, role: "maintainer" | "member") => {
    await tenantry.invitations.send(by, { organizationId, email: who.email, role })
    return tenantry.invitations.accept(who, { token: await tokenFor(who.email) })
  }
  const maintainer = await invite(alba, mara, "maintainer")
  const member = await invite(mara, mel, "member")
  const admin = await tenantry.memberships.find(alba, { organizationId, userId: alba.id })
  if (admin === null) throw new Error("the creator is no member")
  return { ...here, organizationId, invite, members: { admin, maintainer, member } }
}

let at: Awaited<ReturnType<typeof team>>
beforeEach(async () => {
  at = await team()
})

describe("creating organizations", () => {
  it("makes the creator the organization admin, in as many organizations as they like", async () => {
    const other = await at.tenantry.organizations.create(alba, { name: "Second team" })
    expect(at.members.admin.role).toBe("admin")
    expect((await at.tenantry.access(alba, { organizationId: other.id })).role).toBe("admin")
  })
})

describe("roles in an organization", () => {
  const table = [
    ["billing.manage", true, true, false],
    ["billing.cancel", true, true, false],
    ["api.use", true, true, true],
    ["members.invite", true, true, false],
    ["ipRules.manage", true, true, false],
    ["endpointRules.manage", true, true, false],
    ["usage.read", true, true, false],
    ["members.update", true, true, false],
    ["roles.create", true, true, false],
    ["organization.delete", true, false, false],
  ] as const
  it.each(table)("%s: admin %s, maintainer %s, member %s", async (permission, ...cells) => {
    const answers = []
    for (const who of [alba, mara, mel])
      answers.push((await at.tenantry.access(who, { organizationId: at.organizationId })).can(permission))
    expect(answers).toEqual(cells)
  })

  it("has exactly one admin, who cannot leave", async () => {
    const { tenantry, organizationId, members } = at
    await expect(tenantry.memberships.leave(alba, { organizationId })).rejects.toMatchObject(refusal("owner_immutable"))
    await expect(
      tenantry.memberships.changeRole(alba, { organizationId, membershipId: members.maintainer.id, role: "admin" }),
    ).rejects.toMatchObject(refusal("owner_immutable"))
  })

  it("lets maintainers and members leave", async () => {
    const { tenantry, organizationId } = at
    await tenantry.memberships.leave(mara, { organizationId })
    await tenantry.memberships.leave(mel, { organizationId })
    expect((await tenantry.memberships.list(alba, { organizationId })).data).toHaveLength(1)
  })

  it("lets maintainers manage maintainers and members, never the admin", async () => {
    const { tenantry, organizationId, members } = at
    const promoted = await tenantry.memberships.changeRole(mara, {
      organizationId,
      membershipId: members.member.id,
      role: "maintainer",
    })
    expect(promoted.role).toBe("maintainer")
    const membershipId = members.admin.id
    await expect(tenantry.memberships.remove(mara, { organizationId, membershipId })).rejects.toMatchObject(
      refusal("role_not_manageable"),
    )
    await expect(
      tenantry.memberships.changeRole(mara, { organizationId, membershipId, role: "member" }),
    ).rejects.toMatchObject(refusal("role_not_manageable"))
  })

  it("leaves members read-only", async () => {
    const { tenantry, organizationId, members } = at
    expect((await tenantry.memberships.list(mel, { organizationId })).data).toHaveLength(3)
    await expect(tenantry.organizations.update(mel, { organizationId, name: "Mine" })).rejects.toMatchObject(
      refusal("forbidden"),
    )
    await expect(
      tenantry.memberships.remove(mel, { organizationId, membershipId: members.maintainer.id }),
    ).rejects.toMatchObject(refusal("forbidden"))
  })
})

describe("invitations", () => {
  it("are pending at first, and can be cancelled anytime by admin and maintainer", async () => {
    const { tenantry, organizationId, tokenFor } = at
    const nina = person("nina")
    const sent = await tenantry.invitations.send(mara, { organizationId, email: nina.email, role: "member" })
    expect(sent.status).toBe("pending")
    const token = await tokenFor(nina.email)
    await expect(tenantry.invitations.cancel(mel, { organizationId, invitationId: sent.id })).rejects.toMatchObject(
      refusal("forbidden"),
    )
    await tenantry.invitations.cancel(alba, { organizationId, invitationId: sent.id })
    await expect(tenantry.invitations.accept(nina, { token })).rejects.toMatchObject(
      refusal("invitation_closed", { status: "cancelled" }),
    )
  })
})

describe("flexible role management", () => {
  it("lets admins and maintainers add roles, assign them and change them", async () => {
    const { tenantry, organizationId, members } = at
    const role = await tenantry.roles.create(mara, {
      organizationId,
      name: "auditor",
      permissions: ["organization.read", "members.read", "usage.read"],
    })
    const membershipId = members.member.id
    const auditor = await tenantry.memberships.changeRole(mara, {
      organizationId,
      membershipId,
      role: role.name,
    })
    expect(auditor.role).toBe("auditor")
    expect((await tenantry.access(mel, { organizationId: at.organizationId })).can("usage.read")).toBe(true)
    await tenantry.roles.update(alba, { organizationId, roleId: role.id, permissions: ["organization.read"] })
    expect((await tenantry.access(mel, { organizationId: at.organizationId })).can("usage.read")).toBe(false)
  })

  it("lets nobody make a role out of more than they hold", async () => {
    const { tenantry, organizationId } = at
    await expect(
      tenantry.roles.create(mara, { organizationId, name: "closer", permissions: ["organization.delete"] }),
    ).rejects.toMatchObject(refusal("permission_escalation", { permissions: ["organization.delete"] }))
    await expect(tenantry.roles.create(mel, { organizationId, name: "mine", permissions: [] })).rejects.toMatchObject(
      refusal("forbidden"),
    )
  })
})

describe("ending an organization", () => {
  it("waits until the admin has removed every other user", async () => {
    const { tenantry, organizationId, members } = at
    await expect(tenantry.organizations.delete(alba, { organizationId })).rejects.toMatchObject(
      refusal("organization_not_empty", { members: 2 }),
    )
    await tenantry.memberships.remove(alba, { organizationId, membershipId: members.maintainer.id })
    await tenantry.memberships.remove(alba, { organizationId, membershipId: members.member.id })
    const { organization } = await tenantry.organizations.delete(alba, { organizationId })
    expect(organization.status).toBe("deleted")
  })
})
