/** Organizations with administrators, developers, billing managers and viewers. */
import { addDays } from "date-fns/addDays"
import { beforeEach, describe, expect, it } from "vitest"
import { account } from "../../src/index.ts"
import { projects } from "../../src/presets/presets.ts"
import { joined, person, refusal, world } from "../world.ts"

const ana = person("ana")
const [second, dev, bill, view] = [person("second"), person("dev"), person("bill"), person("view")]
type Role = "administrator" | "developer" | "billing-manager" | "viewer"

async function organization() {
  const here = world(projects)
  const { tenantry, tokenFor } = here
  const { id: organizationId } = await tenantry.organizations.create(ana, { name: "Client One" })
  const invite = async (who: typeof ana, role: Role) => {
    await tenantry.invitations.send(ana, { organizationId, email: who.email, role })
    return joined(tenantry.invitations.accept(who, { token: await tokenFor(who.email) }))
  }
  return { ...here, organizationId, invite }
}

let at: Awaited<ReturnType<typeof organization>>
beforeEach(async () => {
  at = await organization()
})

const permissionsOf = async (who: typeof ana) => {
  const map = (await at.tenantry.access(who, { organizationId: at.organizationId })).permissions()
  return new Set(Object.entries(map).flatMap(([permission, held]) => (held ? [permission] : [])))
}

describe("roles overview", () => {
  it("gives administrators full control: members, billing, settings and all projects", async () => {
    const held = await permissionsOf(ana)
    expect(held.size).toBe(
      Object.keys((await at.tenantry.access(ana, { organizationId: at.organizationId })).permissions()).length,
    )
  })

  it("lets developers build and ship: create projects, manage API keys, view usage", async () => {
    await at.invite(dev, "developer")
    const held = await permissionsOf(dev)
    for (const permission of [
      "projects.create",
      "projects.update",
      "apiKeys.create",
      "apiKeys.update",
      "apiKeys.delete",
      "api.use",
      "usage.read",
    ]) {
      expect(held).toContain(permission)
    }
    for (const permission of [
      "members.invite",
      "members.update",
      "members.remove",
      "organization.update",
      "organization.delete",
      "billing.read",
      "billing.manage",
    ]) {
      expect(held).not.toContain(permission)
    }
  })

  it("lets billing managers handle finances and view usage, without API access", async () => {
    await at.invite(bill, "billing-manager")
    const held = await permissionsOf(bill)
    expect([...held].sort()).toEqual([
      "activity.read",
      "billing.cancel",
      "billing.manage",
      "billing.read",
      "members.read",
      "organization.read",
      "projects.read",
      "roles.read",
      "usage.read",
    ])
  })

  it("lets viewers view everything and change nothing", async () => {
    await at.invite(view, "viewer")
    const every = Object.keys((await at.tenantry.access(view, { organizationId: at.organizationId })).permissions())
    expect([...(await permissionsOf(view))].sort()).toEqual(
      every.filter((permission) => permission.endsWith(".read")).sort(),
    )
  })
})

describe("inviting team members", () => {
  it("sends an e-mail with a link to join, in the selected role", async () => {
    const { tenantry, organizationId, mail } = at
    await tenantry.invitations.send(ana, { organizationId, email: dev.email, role: "developer" })
    await tenantry.outbox.deliver()
    expect(mail.last(dev.email)).toMatchObject({ organizationName: "Client One", role: "developer", inviter: "ana" })
    expect(mail.last(dev.email)?.text).toContain("https://app.example/join/")
  })

  it("expires after 7 days, and can be cancelled or resent while pending", async () => {
    const { tenantry, organizationId, clock, tokenFor } = at
    const { id: invitationId } = await tenantry.invitations.send(ana, {
      organizationId,
      email: dev.email,
      role: "developer",
    })
    const first = await tokenFor(dev.email)
    clock.advance({ days: 7 })
    await expect(tenantry.invitations.accept(dev, { token: first })).rejects.toMatchObject(
      refusal("invitation_expired"),
    )
    const resent = await tenantry.invitations.resend(ana, { organizationId, invitationId })
    expect(resent).toMatchObject({ status: "pending", expiresAt: addDays(clock.now(), 7) })
    const secondToken = await tokenFor(dev.email)
    expect(secondToken).not.toBe(first)
    await expect(tenantry.invitations.accept(dev, { token: first })).rejects.toMatchObject(refusal("not_found"))
    await tenantry.invitations.cancel(ana, { organizationId, invitationId })
    await expect(tenantry.invitations.accept(dev, { token: secondToken })).rejects.toMatchObject(
      refusal("invitation_closed"),
    )
  })
})

describe("managing members", () => {
  it("changes a role with immediate effect", async () => {
    const { tenantry, organizationId } = at
    const { id: membershipId } = await at.invite(view, "viewer")
    await tenantry.memberships.changeRole(ana, { organizationId, membershipId, role: "developer" })
    expect((await tenantry.access(view, { organizationId: at.organizationId })).can("projects.create")).toBe(true)
  })

  it("ends access the moment a member is removed", async () => {
    const { tenantry, organizationId } = at
    const { id: membershipId } = await at.invite(dev, "developer")
    await tenantry.memberships.remove(ana, { organizationId, membershipId })
    await expect(tenantry.access(dev, { organizationId: at.organizationId })).rejects.toMatchObject(
      refusal("not_found"),
    )
  })

  it("has several administrators, and never loses the last one", async () => {
    const { tenantry, organizationId } = at
    const own = await tenantry.memberships.find(ana, { organizationId, userId: ana.id })
    const membershipId = own?.id ?? ""
    const tries = () => [
      tenantry.memberships.leave(ana, { organizationId }),
      tenantry.memberships.remove(ana, { organizationId, membershipId }),
      tenantry.memberships.changeRole(ana, { organizationId, membershipId, role: "viewer" }),
    ]
    for (const attempt of tries()) await expect(attempt).rejects.toMatchObject(refusal("last_owner"))
    await at.invite(second, "administrator")
    await tenantry.memberships.leave(ana, { organizationId })
    await expect(tenantry.memberships.leave(second, { organizationId })).rejects.toMatchObject(refusal("last_owner"))
  })
})

describe("activity tracking", () => {
  it("logs invitations sent, invitations accepted, role changes and member removals, with who did it", async () => {
    const { tenantry, organizationId } = at
    const { id: membershipId } = await at.invite(dev, "developer")
    await tenantry.memberships.changeRole(ana, { organizationId, membershipId, role: "viewer" })
    await tenantry.memberships.remove(ana, { organizationId, membershipId })
    await at.invite(view, "viewer")
    const { data } = await tenantry.activity.list(view, {
      organizationId,
      actions: ["invitation.sent", "invitation.accepted", "member.role_changed", "member.removed"],
    })
    expect(
      data
        .map(({ action, actor, target }) => [action, actor.name, target.email])
        .reverse()
        .slice(0, 4),
    ).toEqual([
      ["invitation.sent", "ana", dev.email],
      ["invitation.accepted", "dev", dev.email],
      ["member.role_changed", "ana", dev.email],
      ["member.removed", "ana", dev.email],
    ])
    const [change] = data.filter(({ action }) => action === "member.role_changed")
    expect(change).toMatchObject({ before: { role: "developer" }, after: { role: "viewer" } })
    expect(await tenantry.activity.verify(view, { organizationId })).toMatchObject({ ok: true })
  })
})

describe("projects", () => {
  const [client, contractor] = [person("client"), person("contractor")]
  const project = async (name: string) =>
    (await at.tenantry.projects.create(ana, { organizationId: at.organizationId, name })).id
  /** The organization has subscribed, so that its keys work. */
  const subscribe = () =>
    at.tenantry.subscriptions.put(account.organization(at.organizationId), { plan: "pro", status: "active" })
  /** Invites somebody into one project only, and has them accept. */
  const invitedInto = async (who: typeof ana, projectId: string, role: Role) => {
    const { tenantry, organizationId, tokenFor } = at
    await tenantry.invitations.send(ana, { organizationId, email: who.email, projects: [{ projectId, role }] })
    return tenantry.invitations.accept(who, { token: await tokenFor(who.email) })
  }

  it("are created by developers, and every project inherits the roles of the organization", async () => {
    const { tenantry, organizationId } = at
    await at.invite(dev, "developer")
    await at.invite(view, "viewer")
    const { id: projectId } = await tenantry.projects.create(dev, { organizationId, name: "Client Portal" })
    expect((await tenantry.projects.list(view, { organizationId })).data).toMatchObject([{ name: "Client Portal" }])
    expect((await tenantry.access(dev, { organizationId, projectId })).can("apiKeys.create")).toBe(true)
    expect((await tenantry.access(view, { organizationId, projectId })).can("apiKeys.create")).toBe(false)
    await expect(tenantry.projects.create(view, { organizationId, name: "No" })).rejects.toMatchObject(
      refusal("forbidden"),
    )
    await expect(tenantry.projects.archive(dev, { organizationId, projectId })).rejects.toMatchObject(
      refusal("forbidden"),
    )
    expect(await tenantry.projects.archive(ana, { organizationId, projectId })).toMatchObject({ status: "archived" })
  })

  it("give contractors access to one project only, to build there", async () => {
    const { tenantry, organizationId } = at
    await subscribe()
    const [portal, other] = [await project("Portal"), await project("Other")]
    const joined = await invitedInto(contractor, portal, "developer")
    expect(joined).toMatchObject({ membership: null, projectMemberships: [{ projectId: portal, role: "developer" }] })
    const place = { organizationId, projectId: portal }
    const { secret } = await tenantry.apiKeys.create(contractor, { ...place, name: "build" })
    expect(await tenantry.apiKeys.verify(secret, { projectId: portal })).toMatchObject({ ok: true })
    expect(await tenantry.apiKeys.verify(secret, { projectId: other })).toMatchObject({ code: "permission_denied" })
    for (const ask of [
      () => tenantry.projects.get(contractor, { organizationId, projectId: other }),
      () => tenantry.memberships.list(contractor, { organizationId }),
      () => tenantry.billing.subscription(contractor, { organizationId }),
      () => tenantry.apiKeys.create(contractor, { organizationId, name: "no" }),
    ]) {
      await expect(ask()).rejects.toMatchObject(refusal("not_found"))
    }
  })

  it("show stakeholders of a client their project, and change nothing", async () => {
    const { tenantry, organizationId } = at
    const portal = await project("Portal")
    await invitedInto(client, portal, "viewer")
    const place = { organizationId, projectId: portal }
    expect(await tenantry.projects.get(client, place)).toMatchObject({ name: "Portal", organizationName: "Client One" })
    await expect(tenantry.projects.update(client, { ...place, name: "Mine" })).rejects.toMatchObject(
      refusal("forbidden"),
    )
    await expect(tenantry.apiKeys.create(client, { ...place, name: "no" })).rejects.toMatchObject(refusal("forbidden"))
    const { data } = await tenantry.contexts.list(client, {})
    expect(data).toMatchObject([{ type: "account" }, { role: null, projects: [{ name: "Portal", role: "viewer" }] }])
  })

  it("change a role and end access at once, and the keys that somebody made stay active", async () => {
    const { tenantry, organizationId } = at
    await subscribe()
    const portal = await project("Portal")
    const place = { organizationId, projectId: portal }
    const { projectMemberships } = await invitedInto(contractor, portal, "developer")
    const projectMembershipId = projectMemberships[0]?.id ?? ""
    const { secret, apiKey } = await tenantry.apiKeys.create(contractor, { ...place, name: "build" })
    await tenantry.projects.members.changeRole(ana, { ...place, projectMembershipId, role: "viewer" })
    expect((await tenantry.access(contractor, place)).can("apiKeys.create")).toBe(false)
    const removed = await tenantry.projects.members.remove(ana, { ...place, projectMembershipId })
    expect(removed.apiKeys.map(({ id }) => id)).toEqual([apiKey.id])
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true })
    await expect(tenantry.projects.get(contractor, place)).rejects.toMatchObject(refusal("not_found"))
  })

  it("are in the activity log, with who did it", async () => {
    const { tenantry, organizationId } = at
    const portal = await project("Portal")
    const { projectMemberships } = await invitedInto(contractor, portal, "developer")
    const projectMembershipId = projectMemberships[0]?.id ?? ""
    const place = { organizationId, projectId: portal, projectMembershipId }
    await tenantry.projects.members.changeRole(ana, { ...place, role: "viewer" })
    await tenantry.projects.members.remove(ana, place)
    const { data } = await tenantry.activity.list(ana, { organizationId, limit: 6 })
    expect(data.map(({ action, actor }) => [action, actor.name]).reverse()).toEqual([
      ["project.created", "ana"],
      ["invitation.sent", "ana"],
      ["invitation.accepted", "contractor"],
      ["project_member.joined", "contractor"],
      ["project_member.role_changed", "ana"],
      ["project_member.removed", "ana"],
    ])
    expect(data[1]).toMatchObject({
      before: { role: "developer" },
      after: { role: "viewer" },
      target: { email: contractor.email },
    })
  })
})
