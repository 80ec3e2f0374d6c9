/** A paid team and its API: credits, keys of one's own, restrictions and usage. */
import { beforeEach, describe, expect, it } from "vitest"
import { account, type User } from "../../src/index.ts"
import { paidTeam } from "../../src/presets/presets.ts"
import { person, refusal, world } from "../world.ts"

const [alba, mara, mel] = [person("alba"), person("mara"), person("mel")]

async function team() {
  const here = world(paidTeam, {
    apis: ["recognition", "balance"],
    billing: {
      plans: [
        { id: "basic", quota: 100 },
        { id: "pro", quota: 1000 },
      ],
    },
  })
  const { tenantry, tokenFor } = here
  const { id: organizationId } = await tenantry.organizations.create(alba, { name: "Captcha Farm" })
  const payer = account.organization(organizationId)
  await tenantry.subscriptions.put(payer, { product: "organization", plan: "team", status: "active" })
  await tenantry.subscriptions.put(payer, { plan: "basic", status: "active" })
  const invite = async (who: User, role: "maintainer" | "member") => {
    await tenantry.invitations.send(alba, { organizationId, email: who.email, role })
    const { membership } = await tenantry.invitations.accept(who, { token: await tokenFor(who.email) })
    if (membership === null) throw new Error("nobody joined")
    return membership
  }
  await invite(mara, "maintainer")
  const member = await invite(mel, "member")
  /** A key of that person's own, as a question about a request. */
  const keyOf = async (who: User) => {
    const { secret } = await tenantry.apiKeys.create(who, { organizationId, name: "laptop", holder: "member" })
    return async (request: Parameters<typeof tenantry.apiKeys.verify>[1] = {}) => {
      const verdict = await tenantry.apiKeys.verify(secret, request)
      return verdict.ok ? "ok" : verdict.code
    }
  }
  return { ...here, organizationId, member, keyOf }
}

let at: Awaited<ReturnType<typeof team>>
beforeEach(async () => {
  at = await team()
})

describe("accepting an invitation", () => {
  it("gives the organization's subscription and credits, spent with a key of one's own", async () => {
    const { tenantry, organizationId, keyOf } = at
    const ask = await keyOf(mel)
    expect(await ask({ units: 30 })).toBe("ok")
    expect(await tenantry.billing.subscription(alba, { organizationId })).toMatchObject({
      plan: "basic",
      quota: { limit: 100, used: 30 },
    })
    const made = tenantry.apiKeys.create(mel, { organizationId, name: "shared", holder: "organization" })
    await expect(made).rejects.toMatchObject(refusal("forbidden"))
  })
})

describe("IP whitelisting", () => {
  it("lets admins and maintainers allow addresses for single APIs, and only requests from those pass", async () => {
    const { tenantry, organizationId, keyOf } = at
    const ask = await keyOf(mel)
    const rules = [{ cidr: "203.0.113.0/24", api: "recognition" }]
    for (const who of [alba, mara]) await tenantry.restrictions.ipRules.set(who, { organizationId, rules })
    await expect(tenantry.restrictions.ipRules.set(mel, { organizationId, rules })).rejects.toMatchObject(
      refusal("forbidden"),
    )
    expect(await ask({ api: "recognition", ip: "203.0.113.9" })).toBe("ok")
    expect(await ask({ api: "recognition", ip: "198.51.100.9" })).toBe("ip_not_allowed")
    expect(await ask({ api: "balance", ip: "198.51.100.9" })).toBe("ok")
  })
})

describe("endpoint restrictions", () => {
  const rules = ["POST /solve"]

  it("hold for the whole organization, maintainers included, and not for the admin", async () => {
    const { tenantry, organizationId, keyOf } = at
    const keys = { admin: await keyOf(alba), maintainer: await keyOf(mara), member: await keyOf(mel) }
    await tenantry.restrictions.endpointRules.set(mara, { organizationId, rules })
    for (const ask of Object.values(keys)) expect(await ask({ method: "POST", path: "/solve" })).toBe("ok")
    const balance = { method: "GET", path: "/balance" }
    expect(await keys.admin(balance)).toBe("ok")
    expect(await keys.maintainer(balance)).toBe("endpoint_not_allowed")
    expect(await keys.member(balance)).toBe("endpoint_not_allowed")
  })

  it("hold for single users", async () => {
    const { tenantry, organizationId, member, keyOf } = at
    const keys = { maintainer: await keyOf(mara), member: await keyOf(mel) }
    await tenantry.restrictions.endpointRules.set(alba, { organizationId, membershipId: member.id, rules })
    const balance = { method: "GET", path: "/balance" }
    expect(await keys.maintainer(balance)).toBe("ok")
    expect(await keys.member(balance)).toBe("endpoint_not_allowed")
  })
})

describe("usage monitoring", () => {
  it("shows admins and maintainers what each plan and each user used, and members their own", async () => {
    const { tenantry, organizationId, member, keyOf } = at
    await (await keyOf(mel))({ units: 2 })
    await tenantry.billing.changePlan(mara, { organizationId, plan: "pro" })
    await (await keyOf(mara))({ units: 3 })
    for (const who of [alba, mara]) {
      expect(await tenantry.usage.ofOrganization(who, { organizationId })).toMatchObject({
        total: 5,
        byPlan: [
          { plan: "basic", units: 2 },
          { plan: "pro", units: 3 },
        ],
        byMember: expect.arrayContaining([
          { userId: mel.id, units: 2 },
          { userId: mara.id, units: 3 },
        ]),
      })
    }
    await expect(tenantry.usage.ofOrganization(mel, { organizationId })).rejects.toMatchObject(refusal("forbidden"))
    expect(await tenantry.usage.ofMember(mel, { organizationId, membershipId: member.id })).toMatchObject({ total: 2 })
  })
})
