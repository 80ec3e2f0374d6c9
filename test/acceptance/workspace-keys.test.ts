/** A shared workspace's keys: shared by the team, counted by key and by API, paid by the owner's personal subscription. */
import { addDays } from "date-fns/addDays"
import { beforeEach, describe, expect, it } from "vitest"
import { account } from "../../src/index.ts"
import { workspace } from "../../src/presets/presets.ts"
import { person, refusal, world } from "../world.ts"

const olga = person("olga")
const [adam, edith, victor] = [person("adam"), person("edith"), person("victor")]
const owners = account.user(olga.id)

async function garage() {
  const here = world(workspace, {
    apis: ["vin", "plates"],
    billing: {
      plans: [
        { id: "starter", quota: 10 },
        { id: "pro", quota: 1000 },
      ],
    },
  })
  const { tenantry, tokenFor } = here
  await tenantry.subscriptions.put(owners, { plan: "starter", status: "active" })
  const { id: organizationId } = await tenantry.organizations.create(olga, { name: "Garage" })
  for (const [who, role] of [
    [adam, "admin"],
    [edith, "editor"],
    [victor, "viewer"],
  ] as const) {
    await tenantry.invitations.send(olga, { organizationId, email: who.email, role })
    await tenantry.invitations.accept(who, { token: await tokenFor(who.email) })
  }
  const { apiKey, secret } = await tenantry.apiKeys.create(edith, { organizationId, name: "production" })
  const status = async () => {
    const verdict = await tenantry.apiKeys.verify(secret, { api: "vin", meter: false })
    return verdict.ok ? "active" : verdict.code
  }
  return { ...here, organizationId, apiKeyId: apiKey.id, secret, status }
}

let at: Awaited<ReturnType<typeof garage>>
beforeEach(async () => {
  at = await garage()
})

describe("managing keys", () => {
  it("lets the whole team view them", async () => {
    const { tenantry, organizationId } = at
    for (const who of [olga, adam, edith, victor]) {
      const { data } = await tenantry.apiKeys.list(who, { organizationId })
      expect(data).toMatchObject([{ name: "production", state: "active", holder: { type: "organization" } }])
    }
  })

  it("lets all but viewers create, enable, disable and rename them, and owner and admin alone delete them", async () => {
    const { tenantry, organizationId, apiKeyId } = at
    const here = { organizationId, apiKeyId }
    const lacking = (permission: string) => refusal("forbidden", { permission })
    await expect(tenantry.apiKeys.create(victor, { organizationId, name: "x" })).rejects.toMatchObject(
      lacking("apiKeys.create"),
    )
    await expect(tenantry.apiKeys.disable(victor, here)).rejects.toMatchObject(lacking("apiKeys.update"))
    for (const who of [olga, adam, edith]) {
      expect((await tenantry.apiKeys.disable(who, here)).apiKey.state).toBe("disabled")
      expect((await tenantry.apiKeys.enable(who, here)).apiKey.state).toBe("active")
      expect((await tenantry.apiKeys.update(who, { ...here, name: `by ${who.name}` })).apiKey.name).toBe(
        `by ${who.name}`,
      )
    }
    for (const who of [edith, victor]) {
      await expect(tenantry.apiKeys.delete(who, here)).rejects.toMatchObject(lacking("apiKeys.delete"))
    }
    await tenantry.apiKeys.delete(adam, here)
    expect(await at.status()).toBe("not_found")
  })

  it("shares keys with the workspace, whoever made them: they outlast their maker's membership", async () => {
    const { tenantry, organizationId, apiKeyId } = at
    const edithsMembership = await tenantry.memberships.find(olga, { organizationId, userId: edith.id })
    const membershipId = edithsMembership?.id ?? ""
    const { apiKeys } = await tenantry.memberships.remove(adam, { organizationId, membershipId })
    expect(apiKeys).toMatchObject([{ id: apiKeyId, name: "production" }])
    expect(await at.status()).toBe("active")
  })
})

describe("using keys", () => {
  it("works like a personal key, on the same subscription", async () => {
    const { tenantry, secret } = at
    const personal = await tenantry.apiKeys.create(olga, { name: "mine" })
    const left = async (key: typeof secret) => {
      const verdict = await tenantry.apiKeys.verify(key, { api: "vin" })
      return verdict.ok ? verdict.quotas[0]?.remaining : verdict.code
    }
    expect([await left(secret), await left(personal.secret), await left(secret)]).toEqual([9, 8, 7])
  })

  it("tracks lifetime usage and monthly usage broken down by API type, for each key", async () => {
    const { tenantry, organizationId, apiKeyId, secret, clock } = at
    await tenantry.apiKeys.verify(secret, { api: "vin", units: 3 })
    await tenantry.apiKeys.verify(secret, { api: "plates" })
    const first = clock.now().toISOString().slice(0, 7)
    clock.set(addDays(clock.now(), 31))
    await tenantry.apiKeys.verify(secret, { api: "vin", units: 2 })
    const second = clock.now().toISOString().slice(0, 7)
    expect(await tenantry.usage.ofKey(adam, { organizationId, apiKeyId })).toEqual({
      lifetime: 6,
      months: [
        { month: first, api: "plates", units: 1 },
        { month: first, api: "vin", units: 3 },
        { month: second, api: "vin", units: 2 },
      ],
    })
  })

  it("is active only while the owner's subscription is, and by itself again when it is restored", async () => {
    const { tenantry, organizationId } = at
    const second = await tenantry.organizations.create(olga, { name: "Second" })
    const other = await tenantry.apiKeys.create(olga, { organizationId: second.id, name: "other" })
    const both = async () => [await at.status(), (await tenantry.apiKeys.verify(other.secret, { meter: false })).ok]
    const { revision } = await tenantry.organizations.get(olga, { organizationId })
    expect(await both()).toEqual(["active", true])
    await tenantry.subscriptions.put(owners, { plan: "starter", status: "cancelled" })
    expect(await both()).toEqual(["subscription_inactive", false])
    expect((await tenantry.apiKeys.list(victor, { organizationId })).data).toMatchObject([{ state: "inactive" }])
    await tenantry.subscriptions.put(owners, { plan: "pro", status: "active" })
    expect(await both()).toEqual(["active", true])
    expect((await tenantry.organizations.get(olga, { organizationId })).revision).toBe(revision)
  })
})

describe("billing", () => {
  it("counts every organization's usage against the owner's one quota", async () => {
    const { tenantry, secret } = at
    const second = await tenantry.organizations.create(olga, { name: "Second" })
    const other = await tenantry.apiKeys.create(olga, { organizationId: second.id, name: "other" })
    await tenantry.apiKeys.verify(secret, { units: 6 })
    expect(await tenantry.apiKeys.verify(other.secret, { units: 5 })).toMatchObject({
      ok: false,
      code: "quota_exceeded",
      quota: { limit: 10, used: 6, remaining: 4 },
    })
    expect(await tenantry.apiKeys.verify(other.secret, { units: 4 })).toMatchObject({ ok: true })
    expect(await at.status()).toBe("quota_exceeded")
    expect(await tenantry.usage.ofAccount(olga, {})).toMatchObject({ total: 10 })
  })

  it("knows no plan, invoice or payment method of an organization", async () => {
    const { tenantry, organizationId } = at
    for (const call of [
      tenantry.billing.subscription(olga, { organizationId }),
      tenantry.billing.quote(olga, { organizationId }),
      tenantry.billing.changePlan(olga, { organizationId, plan: "pro" }),
      tenantry.billing.cancel(olga, { organizationId }),
    ]) {
      await expect(call).rejects.toMatchObject(refusal("not_billable"))
    }
    expect(await tenantry.billing.subscription(olga, {})).toMatchObject({ plan: "starter", status: "active" })
  })
})

describe("deleting the organization", () => {
  it("says how many keys were used of late, and removes the team's access to them", async () => {
    const { tenantry, organizationId, secret, clock } = at
    await tenantry.apiKeys.verify(secret)
    clock.set(addDays(clock.now(), 2))
    const second = await tenantry.apiKeys.create(adam, { organizationId, name: "second" })
    await tenantry.apiKeys.verify(second.secret)
    expect(await tenantry.organizations.delete(olga, { organizationId })).toMatchObject({ keysUsedLastDay: 1 })
    expect(await at.status()).toBe("organization_inactive")
  })
})
