/** System roles with organization-scoped roles on top, which shadow them. */
import { beforeEach, describe, expect, it } from "vitest"
import { attempt, customRoleName, platformAdmin } from "../../src/index.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { joined, person, refusal, world } from "../world.ts"

const [owen, adele, moe] = [person("owen"), person("adele"), person("moe")]

async function organization() {
  const here = world(customRoles)
  const { tenantry, tokenFor } = here
  const { id: organizationId } = await tenantry.organizations.create(owen, {
    name: "Aperture",
    timezone: "America/Los_Angeles",
  })
  const invite = async (who: typeof owen, role: Parameters<typeof tenantry.invitations.send>[1]["role"]) => {
    await tenantry.invitations.send(owen, { organizationId, email: who.email, role })
    return joined(tenantry.invitations.accept(who, { token: await tokenFor(who.email) }))
  }
  const admin = await invite(adele, "admin")
  const member = await invite(moe, "member")
  return { ...here, organizationId, invite, members: { admin, member } }
}

let at: Awaited<ReturnType<typeof organization>>
beforeEach(async () => {
  at = await organization()
})

describe("the current organization", () => {
  it("is read by its members and updated by admins: name, logo, time zone", async () => {
    const { tenantry, organizationId } = at
    expect(await tenantry.organizations.get(moe, { organizationId })).toMatchObject({
      name: "Aperture",
      timezone: "America/Los_Angeles",
    })
    const changes = { name: "Aperture Labs", logo: "https://aperture.example/logo.svg", timezone: "Europe/Paris" }
    expect(await tenantry.organizations.update(adele, { organizationId, ...changes })).toMatchObject(changes)
    await expect(tenantry.organizations.update(moe, { organizationId, name: "Mine" })).rejects.toMatchObject(
      refusal("forbidden", { permission: "organization.update" }),
    )
  })

  it("answers the permission map of the caller's role, under both names", async () => {
    const map = (await at.tenantry.access(moe, { organizationId: at.organizationId })).permissions()
    expect(map).toMatchObject({
      "members.read": true,
      "users.read": true,
      "members.invite": false,
      "users.invite": false,
    })
    expect((await at.tenantry.access(adele, { organizationId: at.organizationId })).can("users.delete")).toBe(true)
  })
})

describe("callers", () => {
  it("are sessions and API keys, each asked for the same permission", async () => {
    const { tenantry, organizationId } = at
    const keyed = async (scope: "users.read" | "api.use") => {
      const { secret } = await tenantry.apiKeys.create(owen, { organizationId, name: "backend", scopes: [scope] })
      const verdict = await tenantry.apiKeys.verify(secret, { permission: scope })
      if (!verdict.ok) throw new Error(verdict.code)
      return verdict.actor
    }
    const [reader, user] = [await keyed("users.read"), await keyed("api.use")]
    for (const caller of [moe, reader]) {
      expect((await tenantry.memberships.list(caller, { organizationId })).data).toHaveLength(3)
    }
    const refused = refusal("forbidden", { permission: "members.read" })
    await expect(tenantry.memberships.list(user, { organizationId })).rejects.toMatchObject(refused)
    expect((await tenantry.access(user, { organizationId })).permissions()).toMatchObject({ "users.read": false })
  })
})

describe("members", () => {
  it.each([
    ["users.read", ["organization.read", "users.read"], true, false, false],
    ["users.update", ["organization.read", "users.update", "members.read"], true, true, false],
    ["users.delete", ["organization.read", "users.delete", "members.read"], true, false, true],
  ] as const)(
    "are listed, updated and removed by what %s says",
    async (_, permissions, mayList, mayUpdate, mayRemove) => {
      const { tenantry, organizationId, invite } = at
      await tenantry.roles.create(owen, { organizationId, name: "helper", permissions: [...permissions] })
      await tenantry.roles.create(owen, { organizationId, name: "guest", permissions: [] })
      await tenantry.roles.create(owen, { organizationId, name: "reader", permissions: ["organization.read"] })
      const helper = person("helper")
      await invite(helper, customRoleName("helper"))
      const guest = await invite(person("guest"), customRoleName("guest"))
      const allowed = async (attempted: Promise<unknown>) => {
        const result = await attempt(attempted)
        if (!result.ok) expect(result.error.code).toBe("forbidden")
        return result.ok
      }
      expect(await allowed(tenantry.memberships.list(helper, { organizationId }))).toBe(mayList)
      const change = { organizationId, membershipId: guest.id, role: customRoleName("reader") }
      expect(await allowed(tenantry.memberships.changeRole(helper, change))).toBe(mayUpdate)
      expect(await allowed(tenantry.memberships.remove(helper, { organizationId, membershipId: guest.id }))).toBe(
        mayRemove,
      )
    },
  )
})

describe("roles", () => {
  it("of an organization shadow the system role of the same name, there and nowhere else", async () => {
    const { tenantry, organizationId } = at
    const elsewhere = await tenantry.organizations.create(moe, { name: "Elsewhere" })
    const shadow = await tenantry.roles.create(owen, {
      organizationId,
      name: "member",
      permissions: ["organization.read", "activity.read"],
    })
    const here = await tenantry.access(moe, { organizationId: at.organizationId })
    expect([here.can("activity.read"), here.can("members.read")]).toEqual([true, false])
    const { data } = await tenantry.roles.list(adele, { organizationId })
    expect(data.map(({ name, system, shadowedBy }) => [name, system, shadowedBy])).toEqual([
      ["owner", true, null],
      ["admin", true, null],
      ["member", true, shadow.id],
      ["member", false, null],
    ])
    const other = await tenantry.roles.list(moe, { organizationId: elsewhere.id })
    expect(other.data.map(({ shadowedBy }) => shadowedBy)).toEqual([null, null, null])
  })

  it("that shadow can be deleted: their holders fall back to the system role", async () => {
    const { tenantry, organizationId } = at
    const { id: roleId } = await tenantry.roles.create(owen, { organizationId, name: "member", permissions: [] })
    expect((await tenantry.access(moe, { organizationId: at.organizationId })).can("members.read")).toBe(false)
    await tenantry.roles.delete(owen, { organizationId, roleId })
    expect((await tenantry.access(moe, { organizationId: at.organizationId })).can("members.read")).toBe(true)
  })

  it("never shadow the owner", async () => {
    const { tenantry, organizationId } = at
    await expect(tenantry.roles.create(owen, { organizationId, name: "owner", permissions: [] })).rejects.toMatchObject(
      refusal("role_reserved", { name: "owner" }),
    )
  })

  it("are created, updated and deleted by who may, and never while they are in use", async () => {
    const { tenantry, organizationId, invite } = at
    const role = await tenantry.roles.create(adele, { organizationId, name: "tester", permissions: ["users.read"] })
    expect(role.permissions).toEqual(["members.read"])
    const tess = await invite(person("tess"), customRoleName("tester"))
    await expect(tenantry.roles.delete(adele, { organizationId, roleId: role.id })).rejects.toMatchObject(
      refusal("role_in_use", { memberships: 1, invitations: 0 }),
    )
    await expect(
      tenantry.roles.update(adele, { organizationId, roleId: role.id, name: "quality" }),
    ).rejects.toMatchObject(refusal("role_in_use"))
    await tenantry.memberships.remove(adele, { organizationId, membershipId: tess.id })
    await tenantry.roles.update(adele, { organizationId, roleId: role.id, name: "quality" })
    await tenantry.roles.delete(adele, { organizationId, roleId: role.id })
    await expect(tenantry.roles.create(moe, { organizationId, name: "mine", permissions: [] })).rejects.toMatchObject(
      refusal("forbidden"),
    )
  })
})

describe("invitations of an organization", () => {
  it("are listed with users.read; sent, resent and revoked with users.invite", async () => {
    const { tenantry, organizationId, clock } = at
    const sent = await tenantry.invitations.send(adele, { organizationId, email: "new@acme.example", role: "member" })
    expect(
      (await tenantry.invitations.list(moe, { organizationId, status: "pending" })).data.map(({ id }) => id),
    ).toEqual([sent.id])
    clock.advance({ minutes: 1 })
    for (const refused of [
      tenantry.invitations.send(moe, { organizationId, email: "other@acme.example", role: "member" }),
      tenantry.invitations.resend(moe, { organizationId, invitationId: sent.id }),
      tenantry.invitations.cancel(moe, { organizationId, invitationId: sent.id }),
    ]) {
      await expect(refused).rejects.toMatchObject(refusal("forbidden", { permission: "members.invite" }))
    }
    await tenantry.invitations.resend(adele, { organizationId, invitationId: sent.id })
    const revoked = await tenantry.invitations.cancel(adele, { organizationId, invitationId: sent.id })
    expect(revoked.status).toBe("cancelled")
  })

  it("are seen by their recipient before signing in: organization, inviter, address, role, expiry, nothing else", async () => {
    const { tenantry, organizationId, tokenFor } = at
    const sent = await tenantry.invitations.send(adele, { organizationId, email: "new@acme.example", role: "member" })
    const preview = await tenantry.invitations.preview({ token: await tokenFor("new@acme.example") })
    expect(preview).toEqual({
      organizationName: "Aperture",
      email: "new@acme.example",
      role: "member",
      inviter: "adele",
      expiresAt: sent.expiresAt,
    })
    await expect(tenantry.invitations.preview({ token: "unknown" })).rejects.toMatchObject(refusal("not_found", {}))
  })
})

describe("the super admin", () => {
  const root = platformAdmin({ id: "u_root" })

  it("lists, reads, updates and deletes any organization by its id, and nobody else does", async () => {
    const { tenantry, organizationId } = at
    const { organizations } = tenantry.platform
    const { data } = await organizations.list(root, {})
    expect(data.map(({ id }) => id)).toEqual([organizationId])
    expect(await organizations.get(root, { organizationId })).toMatchObject({ members: 3 })
    expect(await organizations.update(root, { organizationId, name: "Black Mesa" })).toMatchObject({
      name: "Black Mesa",
    })
    for (const who of [owen, adele, moe]) {
      await expect(organizations.get(who, { organizationId })).rejects.toMatchObject(refusal("forbidden"))
    }
    await organizations.delete(root, { organizationId })
    await expect(tenantry.organizations.get(owen, { organizationId })).rejects.toMatchObject(refusal("not_found"))
  })
})
