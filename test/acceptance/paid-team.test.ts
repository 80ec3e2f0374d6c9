/** A paid team: one admin, maintainers and members, and a subscription for their seats. */
import { beforeEach, describe, expect, it } from "vitest"
import { account, type Tenantry } from "../../src/index.ts"
import { paidTeam } from "../../src/presets/presets.ts"
import { joined, person, refusal, world } from "../world.ts"

const [alba, mara, mel] = [person("alba"), person("mara"), person("mel")]

/** What the payment provider's webhook says of the organization's subscription. */
const subscribe = (
  { subscriptions }: Pick<Tenantry, "subscriptions">,
  organizationId: string,
  status: "active" | "past_due" | "paused",
) => subscriptions.put(account.organization(organizationId), { product: "organization", plan: "team", status })

async function team() {
  const here = world(paidTeam, { billing: { plans: [{ id: "basic" }, { id: "pro" }] } })
  const { tenantry, tokenFor } = here
  const { id: organizationId } = await tenantry.organizations.create(alba, { name: "Captcha Farm" })
  await subscribe(here.tenantry, organizationId, "active")
  const invite = async (by: typeof alba, who: typeof alba, role: "maintainer" | "member") => {
    await tenantry.invitations.send(by, { organizationId, email: who.email, role })
    return joined(tenantry.invitations.accept(who, { token: await tokenFor(who.email) }))
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

describe("pricing", () => {
  it("is 20 dollars a month with 10 seats, and 5 for each further person", async () => {
    const { tenantry, organizationId, invite } = at
    const quote = () => tenantry.billing.quote(alba, { organizationId })
    expect(await quote()).toMatchObject({ currency: "USD", interval: "month", seats: 3, total: 2000 })
    for (let count = 4; count <= 12; count++) await invite(alba, person(`p${count}`), "member")
    expect(await quote()).toMatchObject({
      seats: 12,
      lines: [
        { item: "base", amount: 2000 },
        { item: "seats", quantity: 2, unitAmount: 500, amount: 1000 },
      ],
      total: 3000,
    })
  })

  it("asks for a subscription to maintain an organization: without one nobody is invited", async () => {
    const { tenantry, organizationId } = at
    await subscribe(tenantry, organizationId, "paused")
    const nina = person("nina")
    await expect(
      tenantry.invitations.send(alba, { organizationId, email: nina.email, role: "member" }),
    ).rejects.toMatchObject(refusal("subscription_required", { product: "organization" }))
    expect((await tenantry.memberships.list(mel, { organizationId })).data).toHaveLength(3)
    await subscribe(tenantry, organizationId, "past_due")
    await tenantry.invitations.send(alba, { organizationId, email: nina.email, role: "member" })
  })
})

describe("subscription management", () => {
  it("lets admins and maintainers upgrade, downgrade and cancel API subscriptions, and members none of it", async () => {
    const { tenantry, organizationId } = at
    for (const who of [alba, mara]) {
      expect(await tenantry.billing.changePlan(who, { organizationId, plan: "pro" })).toMatchObject({ plan: "pro" })
      expect(await tenantry.billing.changePlan(who, { organizationId, plan: "basic" })).toMatchObject({ plan: "basic" })
      expect(await tenantry.billing.cancel(who, { organizationId })).toMatchObject({ status: "cancelled" })
    }
    const { quote, subscription, changePlan, cancel } = tenantry.billing
    for (const asked of [
      quote(mel, { organizationId }),
      subscription(mel, { organizationId }),
      changePlan(mel, { organizationId, plan: "pro" }),
      cancel(mel, { organizationId }),
    ])
      await expect(asked).rejects.toMatchObject(refusal("forbidden"))
  })

  it("keeps personal accounts apart from the organization's", async () => {
    const { tenantry, organizationId } = at
    await tenantry.billing.changePlan(alba, { organizationId, plan: "pro" })
    expect(await tenantry.billing.subscription(alba, {})).toMatchObject({ account: "user:u_alba", status: "none" })
    await tenantry.billing.changePlan(alba, { plan: "basic" })
    expect(await tenantry.billing.subscription(mara, { organizationId })).toMatchObject({ plan: "pro" })
  })
})

describe("cancelling the organization's subscription", () => {
  const product = "organization"

  it("is for the admin alone, after every other user has been removed", async () => {
    const { tenantry, organizationId, members } = at
    await expect(tenantry.billing.cancel(mara, { organizationId, product })).rejects.toMatchObject(
      refusal("forbidden", {}),
    )
    await expect(tenantry.billing.cancel(alba, { organizationId, product })).rejects.toMatchObject(
      refusal("organization_not_empty", { members: 2 }),
    )
    for (const { id: membershipId } of [members.maintainer, members.member])
      await tenantry.memberships.remove(alba, { organizationId, membershipId })
    expect(await tenantry.billing.cancel(alba, { organizationId, product })).toMatchObject({ status: "cancelled" })
  })

  it("leaves the API's credits to the admin's own keys alone", async () => {
    const { tenantry, organizationId, members } = at
    await tenantry.billing.changePlan(alba, { organizationId, plan: "pro" })
    const shared = await tenantry.apiKeys.create(alba, { organizationId, name: "shared", holder: "organization" })
    const own = await tenantry.apiKeys.create(alba, { organizationId, name: "own", holder: "member" })
    for (const { secret } of [shared, own]) expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true })
    for (const { id: membershipId } of [members.maintainer, members.member])
      await tenantry.memberships.remove(alba, { organizationId, membershipId })
    await tenantry.billing.cancel(alba, { organizationId, product })
    expect(await tenantry.apiKeys.verify(own.secret)).toMatchObject({ ok: true })
    expect(await tenantry.apiKeys.verify(shared.secret)).toMatchObject({ ok: false, code: "subscription_inactive" })
    await expect(tenantry.apiKeys.create(alba, { organizationId, name: "more" })).rejects.toMatchObject(
      refusal("subscription_required"),
    )
  })
})

describe("deleting the organization", () => {
  it("says how many keys were used in the last day", async () => {
    const { tenantry, organizationId, members, clock } = at
    await tenantry.billing.changePlan(alba, { organizationId, plan: "pro" })
    const key = async (name: string) => (await tenantry.apiKeys.create(alba, { organizationId, name })).secret
    const [early, late] = [await key("early"), await key("late")]
    await key("never")
    await tenantry.apiKeys.verify(early)
    clock.advance({ hours: 25 })
    await tenantry.apiKeys.verify(late)
    for (const { id: membershipId } of [members.maintainer, members.member])
      await tenantry.memberships.remove(alba, { organizationId, membershipId })
    expect(await tenantry.organizations.delete(alba, { organizationId })).toMatchObject({ keysUsedLastDay: 1 })
  })
})
