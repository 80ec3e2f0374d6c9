/** A product of its own shape, by configuration alone: an agency whose managers bring clients into single projects. */
import { beforeEach, describe, expect, it } from "vitest"
import { createTenantry, definePolicy, refuse, type User } from "../../src/index.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { fakeClock, inbox, sequentialIds } from "../../src/testing/testing.ts"
import { person, refusal } from "../world.ts"

const [olga, max, cara, carl] = [person("olga"), person("max"), person("cara"), person("carl")]

const policy = definePolicy({
  permissions: { "files.read": "project", "files.upload": "project" },
  roles: {
    owner: { grants: ["*"] },
    manager: {
      grants: ["*.read", "members.invite", "projects.*", "files.*"],
      except: ["billing.read"],
      manages: { invite: ["client"] },
    },
    client: { grants: ["projects.read", "files.*"] },
  },
  ownership: { role: "owner", holders: "single", transfer: "offer" },
})

async function agency() {
  const [clock, mail] = [fakeClock(), inbox()]
  const tenantry = createTenantry({
    policy,
    store: memoryStore(),
    mailer: mail,
    acceptUrl: (token) => `https://agency.example/join/${token}`,
    clock,
    ids: sequentialIds(),
    seats: { cap: 3 },
    invitations: { expireAfterHours: 72 },
    guards: {
      "invitations.send": ({ input }) =>
        input.role === "client"
          ? refuse({ code: "clients_are_in_projects", status: 409, message: "Clients are invited into projects." })
          : undefined,
    },
  })
  const { id: organizationId } = await tenantry.organizations.create(olga, { name: "Studio" })
  const accept = async (who: User) => {
    await tenantry.outbox.deliver()
    const token = mail.last(who.email)?.acceptUrl.split("/").at(-1) ?? ""
    return tenantry.invitations.accept(who, { token })
  }
  await tenantry.invitations.send(olga, { organizationId, email: max.email, role: "manager" })
  await accept(max)
  const website = await tenantry.projects.create(max, { organizationId, name: "Website" })
  const campaign = await tenantry.projects.create(max, { organizationId, name: "Campaign" })
  const invite = (by: User, who: User) =>
    tenantry.invitations.send(by, {
      organizationId,
      email: who.email,
      projects: [{ projectId: website.id, role: "client" }],
    })
  return { tenantry, clock, organizationId, website, campaign, invite, accept }
}

let at: Awaited<ReturnType<typeof agency>>
beforeEach(async () => {
  at = await agency()
})

describe("managers", () => {
  it("invite clients into their projects, but do not remove them", async () => {
    const { tenantry, organizationId, website, invite, accept } = at
    await invite(max, cara)
    const { membership, projectMemberships } = await accept(cara)
    expect(membership).toBeNull()
    const projectMembershipId = projectMemberships[0]?.id ?? ""
    const input = { organizationId, projectId: website.id, projectMembershipId }
    await expect(tenantry.projects.members.remove(max, input)).rejects.toMatchObject(refusal("forbidden"))
    await tenantry.projects.members.remove(olga, input)
    await expect(tenantry.projects.get(cara, { organizationId, projectId: website.id })).rejects.toMatchObject(
      refusal("not_found"),
    )
  })

  it("invite no managers", async () => {
    const { tenantry, organizationId } = at
    const colleague = tenantry.invitations.send(max, { organizationId, email: "new@agency.example", role: "manager" })
    await expect(colleague).rejects.toMatchObject(refusal("role_not_manageable"))
  })
})

describe("clients", () => {
  it("see the studio's name and their project, and nothing else", async () => {
    const { tenantry, organizationId, website, campaign, invite, accept } = at
    await invite(max, cara)
    await accept(cara)
    const { data } = await tenantry.contexts.list(cara, {})
    expect(data).toMatchObject([
      { type: "account" },
      {
        type: "organization",
        organization: { name: "Studio", slug: null },
        role: null,
        projects: [{ role: "client" }],
      },
    ])
    const access = await tenantry.access(cara, { organizationId, projectId: website.id })
    expect([access.can("files.upload"), access.can("members.invite")]).toEqual([true, false])
    for (const hidden of [
      tenantry.projects.get(cara, { organizationId, projectId: campaign.id }),
      tenantry.organizations.get(cara, { organizationId }),
      tenantry.memberships.list(cara, { organizationId }),
    ])
      await expect(hidden).rejects.toMatchObject(refusal("not_found"))
  })

  it("are never members of the studio itself", async () => {
    const { tenantry, organizationId } = at
    const invited = tenantry.invitations.send(max, { organizationId, email: cara.email, role: "client" })
    await expect(invited).rejects.toMatchObject(refusal("refused", { hostCode: "clients_are_in_projects" }))
  })
})

describe("the contract", () => {
  it("has three seats, clients included", async () => {
    const { tenantry, organizationId, website, invite, accept } = at
    await invite(max, cara)
    await expect(invite(max, carl)).rejects.toMatchObject(refusal("seat_limit_reached", { seats: 3 }))
    const { projectMemberships } = await accept(cara)
    await expect(invite(max, carl)).rejects.toMatchObject(refusal("seat_limit_reached", { seats: 3 }))
    await tenantry.projects.members.remove(olga, {
      organizationId,
      projectId: website.id,
      projectMembershipId: projectMemberships[0]?.id ?? "",
    })
    expect((await invite(max, carl)).status).toBe("pending")
  })

  it("gives three days to accept", async () => {
    const { tenantry, clock, organizationId, invite } = at
    const sent = await invite(max, cara)
    expect(sent.expiresAt.getTime() - clock.now().getTime()).toBe(3 * 86_400_000)
    clock.advance({ days: 3 })
    const late = tenantry.invitations.accept(cara, { organizationId, invitationId: sent.id })
    await expect(late).rejects.toMatchObject(refusal("invitation_expired"))
  })

  it("hands the studio over once the other side accepts", async () => {
    const { tenantry, organizationId } = at
    const manager = await tenantry.memberships.find(olga, { organizationId, userId: max.id })
    const input = { organizationId, membershipId: manager?.id ?? "", previousRole: "manager" } as const
    await expect(tenantry.organizations.transferOwnership(olga, input)).rejects.toMatchObject(refusal("feature_off"))
    await tenantry.organizations.offerOwnership(olga, input)
    await tenantry.organizations.acceptOwnership(max, { organizationId })
    expect((await tenantry.access(max, { organizationId })).role).toBe("owner")
    expect((await tenantry.access(olga, { organizationId })).role).toBe("manager")
  })

  it("lets nobody come by what nobody gave them", async () => {
    expect(await policy.audit()).toEqual([])
  })
})
