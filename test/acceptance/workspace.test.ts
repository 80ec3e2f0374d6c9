/** A shared workspace: owner, admin, editor and viewer; the owner stands apart. */
import { addDays } from "date-fns/addDays"
import { beforeEach, describe, expect, it } from "vitest"
import { workspace } from "../../src/presets/presets.ts"
import { joined, person, refusal, world } from "../world.ts"

const olga = person("olga")
const [adam, edith, victor] = [person("adam"), person("edith"), person("victor")]

async function team() {
  const here = world(workspace)
  const { tenantry, tokenFor } = here
  const { id: organizationId } = await tenantry.organizations.create(olga, { name: "Garage" })
  const joinAs = async (who: typeof olga, role: "admin" | "editor" | "viewer") => {
    await tenantry.invitations.send(olga, { organizationId, email: who.email, role })
    return joined(tenantry.invitations.accept(who, { token: await tokenFor(who.email) }))
  }
  const members = {
    admin: await joinAs(adam, "admin"),
    editor: await joinAs(edith, "editor"),
    viewer: await joinAs(victor, "viewer"),
  }
  const owner = await tenantry.memberships.find(olga, { organizationId, userId: olga.id })
  if (owner === null) throw new Error("the creator is no member")
  return { ...here, organizationId, members: { ...members, owner } }
}

let at: Awaited<ReturnType<typeof team>>
beforeEach(async () => {
  at = await team()
})

describe("roles and permissions", () => {
  it("makes the user who created the organization its owner", () => {
    expect(at.members.owner.role).toBe("owner")
  })

  const table = [
    ["members.read", true, true, true, true],
    ["apiKeys.read", true, true, true, true],
    ["apiKeys.create", true, true, true, false],
    ["apiKeys.update", true, true, true, false],
    ["apiKeys.delete", true, true, false, false],
    ["members.invite", true, true, false, false],
    ["members.update", true, true, false, false],
    ["members.remove", true, true, false, false],
    ["organization.update", true, false, false, false],
    ["organization.delete", true, false, false, false],
  ] as const
  it.each(table)("%s: owner %s, admin %s, editor %s, viewer %s", async (permission, ...cells) => {
    const answers = []
    for (const who of [olga, adam, edith, victor]) {
      answers.push((await at.tenantry.access(who, { organizationId: at.organizationId })).can(permission))
    }
    expect(answers).toEqual(cells)
  })

  it("lets admins manage editors and viewers", async () => {
    const { tenantry, organizationId, members } = at
    const promoted = await tenantry.memberships.changeRole(adam, {
      organizationId,
      membershipId: members.viewer.id,
      role: "editor",
    })
    expect(promoted.role).toBe("editor")
    await tenantry.memberships.remove(adam, { organizationId, membershipId: members.editor.id })
    expect(await tenantry.memberships.find(olga, { organizationId, userId: edith.id })).toBeNull()
  })

  it("lets only the owner invite, promote or manage admins", async () => {
    const { tenantry, organizationId, members } = at
    const amy = person("amy")
    const tries = [
      tenantry.invitations.send(adam, { organizationId, email: amy.email, role: "admin" }),
      tenantry.memberships.changeRole(adam, { organizationId, membershipId: members.editor.id, role: "admin" }),
      tenantry.memberships.changeRole(adam, { organizationId, membershipId: members.admin.id, role: "viewer" }),
    ]
    for (const attempt of tries)
      await expect(attempt).rejects.toMatchObject(refusal("role_not_manageable", { role: "admin" }))
    const promoted = await tenantry.memberships.changeRole(olga, {
      organizationId,
      membershipId: members.editor.id,
      role: "admin",
    })
    expect(promoted.role).toBe("admin")
    await tenantry.invitations.send(olga, { organizationId, email: amy.email, role: "admin" })
    await tenantry.memberships.remove(olga, { organizationId, membershipId: members.admin.id })
  })

  it("keeps the owner: cannot be removed, cannot have their role changed, cannot leave", async () => {
    const { tenantry, organizationId, members } = at
    const membershipId = members.owner.id
    await expect(tenantry.memberships.remove(adam, { organizationId, membershipId })).rejects.toMatchObject(
      refusal("role_not_manageable"),
    )
    await expect(
      tenantry.memberships.changeRole(adam, { organizationId, membershipId, role: "viewer" }),
    ).rejects.toMatchObject(refusal("role_not_manageable"))
    await expect(
      tenantry.memberships.changeRole(olga, { organizationId, membershipId, role: "admin" }),
    ).rejects.toMatchObject(refusal("owner_immutable"))
    await expect(tenantry.memberships.remove(olga, { organizationId, membershipId })).rejects.toMatchObject(
      refusal("owner_immutable"),
    )
    await expect(tenantry.memberships.leave(olga, { organizationId })).rejects.toMatchObject(refusal("owner_immutable"))
  })

  it("has one owner: nobody else is made one", async () => {
    const { tenantry, organizationId, members } = at
    await expect(
      tenantry.memberships.changeRole(olga, { organizationId, membershipId: members.admin.id, role: "owner" }),
    ).rejects.toMatchObject(refusal("owner_immutable"))
    await expect(
      tenantry.invitations.send(olga, { organizationId, email: "second@acme.example", role: "owner" }),
    ).rejects.toMatchObject(refusal("owner_immutable"))
  })

  it("lets editors and viewers neither invite nor manage", async () => {
    const { tenantry, organizationId, members } = at
    for (const who of [edith, victor]) {
      await expect(
        tenantry.invitations.send(who, { organizationId, email: "new@acme.example", role: "viewer" }),
      ).rejects.toMatchObject(refusal("forbidden", { permission: "members.invite" }))
      await expect(
        tenantry.memberships.remove(who, { organizationId, membershipId: members.admin.id }),
      ).rejects.toMatchObject(refusal("forbidden", { permission: "members.remove" }))
    }
  })
})

describe("team and invitations", () => {
  it("invites one at a time or in bulk, each with the role chosen for the invitee", async () => {
    const { tenantry, organizationId } = at
    const results = await tenantry.invitations.sendMany(adam, {
      organizationId,
      invitations: [
        { email: "one@acme.example", role: "editor" },
        { email: "two@acme.example", role: "viewer" },
        { email: "not an address", role: "viewer" },
        { email: "three@acme.example", role: "admin" },
        { email: edith.email, role: "viewer" },
        { email: "ONE@acme.example", role: "viewer" },
      ],
    })
    expect(results.map((result) => (result.ok ? result.invitation.role : result.error.code))).toEqual([
      "editor",
      "viewer",
      "invalid_input",
      "role_not_manageable",
      "already_member",
      "invitation_pending",
    ])
  })

  it("expires an invitation 7 days after it is sent", async () => {
    const { tenantry, organizationId, clock, tokenFor } = at
    const nina = person("nina")
    const sent = await tenantry.invitations.send(olga, { organizationId, email: nina.email, role: "viewer" })
    expect(sent.expiresAt).toEqual(addDays(clock.now(), 7))
    const token = await tokenFor(nina.email)
    clock.set(sent.expiresAt)
    await expect(tenantry.invitations.accept(nina, { token })).rejects.toMatchObject(refusal("invitation_expired"))
  })

  it("lets in only who is signed in with the invited address", async () => {
    const { tenantry, organizationId, tokenFor } = at
    const nina = person("nina")
    await tenantry.invitations.send(olga, { organizationId, email: "Nina@Acme.Example", role: "viewer" })
    const token = await tokenFor(nina.email)
    await expect(tenantry.invitations.accept(person("eve"), { token })).rejects.toMatchObject(
      refusal("invitation_email_mismatch"),
    )
    const unproven = person("nina", { emailVerified: false })
    await expect(tenantry.invitations.accept(unproven, { token })).rejects.toMatchObject(refusal("email_unverified"))
    expect(await tenantry.invitations.accept(nina, { token })).toMatchObject({
      membership: { role: "viewer", userId: nina.id },
    })
  })

  it("lists active members beside pending and failed invitations, which can be resent", async () => {
    const { tenantry, organizationId, mail, clock } = at
    await tenantry.invitations.send(olga, { organizationId, email: "pending@acme.example", role: "viewer" })
    await tenantry.outbox.deliver()
    await tenantry.invitations.send(olga, { organizationId, email: "failed@acme.example", role: "viewer" })
    mail.failNext(8)
    for (let attempt = 0; attempt < 8; attempt++) {
      await tenantry.outbox.deliver()
      clock.advance({ hours: 12 })
    }
    const page = await tenantry.organizations.team(edith, { organizationId })
    expect(page.members.data.map(({ role }) => role)).toEqual(["owner", "admin", "editor", "viewer"])
    expect(page.invitations.data.map(({ email, delivery }) => [email, delivery.state])).toEqual([
      ["pending@acme.example", "sent"],
      ["failed@acme.example", "failed"],
    ])
    const failed = page.invitations.data[1]
    const resent = await tenantry.invitations.resend(adam, { organizationId, invitationId: failed?.id ?? "" })
    expect(resent.delivery.state).toBe("queued")
    await tenantry.outbox.deliver()
    expect(mail.last("failed@acme.example")).toBeDefined()
  })

  it("revokes a removed member's access at once", async () => {
    const { tenantry, organizationId, members } = at
    await tenantry.memberships.remove(adam, { organizationId, membershipId: members.editor.id })
    await expect(tenantry.access(edith, { organizationId })).rejects.toMatchObject(refusal("not_found"))
    await expect(tenantry.organizations.get(edith, { organizationId })).rejects.toMatchObject(refusal("not_found"))
  })
})

describe("deleting an organization", () => {
  it("is for the owner alone, and everybody's access ends with it", async () => {
    const { tenantry, organizationId } = at
    for (const who of [adam, edith, victor]) {
      await expect(tenantry.organizations.delete(who, { organizationId })).rejects.toMatchObject(
        refusal("forbidden", { permission: "organization.delete" }),
      )
    }
    await tenantry.organizations.delete(olga, { organizationId })
    for (const who of [olga, adam, edith, victor]) {
      await expect(tenantry.access(who, { organizationId })).rejects.toMatchObject(refusal("not_found"))
    }
  })

  it("kills its pending invitations", async () => {
    const { tenantry, organizationId, tokenFor } = at
    const nina = person("nina")
    await tenantry.invitations.send(olga, { organizationId, email: nina.email, role: "viewer" })
    const token = await tokenFor(nina.email)
    await tenantry.organizations.delete(olga, { organizationId })
    await expect(tenantry.invitations.preview({ token })).rejects.toMatchObject(refusal("not_found"))
    await expect(tenantry.invitations.accept(nina, { token })).rejects.toMatchObject(refusal("not_found"))
    expect((await tenantry.invitations.listMine(nina, {})).data).toEqual([])
  })
})

describe("organizations of one person", () => {
  it("may be many, and keep apart", async () => {
    const { tenantry, organizationId } = at
    const other = await tenantry.organizations.create(olga, { name: "Garage" })
    expect(other.slug).toMatch(/^garage-[a-z0-9]{6}$/)
    expect(other.id).not.toBe(organizationId)
    await expect(tenantry.access(adam, { organizationId: other.id })).rejects.toMatchObject(refusal("not_found"))
  })
})
