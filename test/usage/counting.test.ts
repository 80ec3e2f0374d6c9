import { describe, expect, it } from "vitest"
import { user } from "../../src/index.ts"
import { person, refusal } from "../world.ts"
import { FEBRUARY, host, scene } from "./scene.ts"

describe("usage.record", () => {
  it("takes units from the payer's quota and answers how it stands", async () => {
    const { tenantry, bob, inAcme } = await scene()
    expect(await tenantry.usage.record(bob, { ...inAcme, units: 4 })).toEqual({
      quotas: [{ of: "account", limit: 10, used: 4, held: 0, remaining: 6, resetAt: FEBRUARY }],
      replayed: false,
    })
    const { quotas } = await tenantry.usage.record(bob, inAcme)
    expect(quotas[0]?.used).toBe(5)
  })

  it("takes nothing when there is no room", async () => {
    const { tenantry, bob, inAcme } = await scene()
    await tenantry.usage.record(bob, { ...inAcme, units: 7 })
    const refused = tenantry.usage.record(bob, { ...inAcme, units: 4 })
    await expect(refused).rejects.toMatchObject(refusal("quota_exceeded", { remaining: 3 }))
    const { quotas } = await tenantry.usage.record(bob, { ...inAcme, units: 3 })
    expect(quotas[0]?.remaining).toBe(0)
  })

  it.each([-1, 0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "5"])("refuses %s units", async (units) => {
    const { tenantry, bob, inAcme } = await scene()
    const asked = { ...inAcme, units: units as number }
    await expect(tenantry.usage.record(bob, asked)).rejects.toMatchObject(refusal("invalid_input"))
    await expect(tenantry.usage.reserve(bob, asked)).rejects.toMatchObject(refusal("invalid_input"))
    await expect(tenantry.usage.commit(bob, { ...asked, holdId: "hold_1" })).rejects.toMatchObject(
      refusal("invalid_input"),
    )
    expect((await tenantry.usage.ofMember(bob, inAcme)).total).toBe(0)
  })

  it("refuses an API that is not declared, in verify's words", async () => {
    const { tenantry, ada, bob, inAcme, key } = await scene({ apis: ["vin"] })
    const { secret } = await key(ada)
    await tenantry.usage.record(bob, { ...inAcme, api: "vin" })
    const issues = [{ path: ["api"], message: "not among the declared `apis`" }]
    const refused = refusal("invalid_input", { issues })
    await expect(tenantry.usage.record(bob, { ...inAcme, api: "tax" })).rejects.toMatchObject(refused)
    await expect(tenantry.usage.reserve(bob, { ...inAcme, api: "tax", units: 1 })).rejects.toMatchObject(refused)
    await expect(tenantry.apiKeys.verify(secret, { api: "tax" })).rejects.toMatchObject(refused)
  })

  it("counts for the member, for the key and its holder, for an organization's key alone, for the host alone", async () => {
    const { tenantry, ada, bob, inAcme, key } = await scene()
    const shared = await key(ada)
    const bobs = await key(bob, { ...inAcme, holder: "member" })
    await tenantry.usage.record(bob, { ...inAcme, units: 1 })
    await tenantry.usage.record(bobs.actor, { ...inAcme, units: 2 })
    await tenantry.usage.record(shared.actor, { ...inAcme, units: 3 })
    await tenantry.usage.record(host, { ...inAcme, units: 4 })
    const { byMember, byKey, total } = await tenantry.usage.ofOrganization(ada, inAcme)
    expect(total).toBe(10)
    expect(byMember).toEqual([
      { userId: "u_bob", units: 3 },
      { userId: null, units: 7 },
    ])
    expect(byKey).toEqual([
      { keyId: shared.id, units: 3 },
      { keyId: bobs.id, units: 2 },
      { keyId: null, units: 5 },
    ])
  })

  it("keeps to a key's own month, also of many at once", async () => {
    const { tenantry, ada, inAcme, key } = await scene()
    const { actor } = await key(ada, { ...inAcme, monthlyUnits: 3 })
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => tenantry.usage.record(actor, inAcme)))
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(3)
    const { quotas } = await tenantry.usage.record(host, inAcme)
    expect(quotas[0]?.used).toBe(4)
  })

  it("counts exactly the remainder of many at once, over all organizations of one owner", async () => {
    const { tenantry, ada, bob, inAcme } = await scene()
    const other = await tenantry.organizations.create(ada, { name: "Other" })
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, n) =>
        n % 2 === 0 ? tenantry.usage.record(bob, inAcme) : tenantry.usage.record(ada, { organizationId: other.id }),
      ),
    )
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(10)
    const { total, byOrganization, quota } = await tenantry.usage.ofAccount(ada, {})
    expect(total).toBe(10)
    expect(byOrganization).toHaveLength(2)
    expect(quota).toEqual({ of: "account", limit: 10, used: 10, held: 0, remaining: 0, resetAt: FEBRUARY })
  })

  it("counts a request once within 24 hours, for each who asks", async () => {
    const { tenantry, ada, bob, inAcme, clock } = await scene()
    const asked = { ...inAcme, units: 2, requestId: "r1" }
    expect((await tenantry.usage.record(bob, asked)).replayed).toBe(false)
    const again = await tenantry.usage.record(bob, asked)
    expect(again).toMatchObject({ replayed: true, quotas: [{ used: 2 }] })
    expect((await tenantry.usage.record(ada, asked)).replayed).toBe(false)
    clock.advance({ hours: 24 })
    expect((await tenantry.usage.record(bob, asked)).replayed).toBe(false)
    expect((await tenantry.usage.ofAccount(ada, {})).total).toBe(6)
  })

  it("is `ok` for a replay where there is no room any more", async () => {
    const { tenantry, bob, inAcme } = await scene()
    const asked = { ...inAcme, units: 10, requestId: "r1" }
    await tenantry.usage.record(bob, asked)
    expect(await tenantry.usage.record(bob, asked)).toMatchObject({ replayed: true })
  })

  it("shares its quota and its requests with verify", async () => {
    const { tenantry, ada, inAcme, key } = await scene()
    const { secret, actor } = await key(ada)
    await tenantry.apiKeys.verify(secret, { units: 6, requestId: "r1" })
    expect((await tenantry.usage.record(actor, { ...inAcme, units: 6, requestId: "r1" })).replayed).toBe(true)
    const refused = tenantry.usage.record(actor, { ...inAcme, units: 6 })
    await expect(refused).rejects.toMatchObject(refusal("quota_exceeded", { remaining: 4 }))
  })

  it("wants an active subscription where somebody is billed", async () => {
    const { tenantry, bob, inAcme, payer } = await scene()
    await tenantry.subscriptions.put(payer, { plan: "ten", status: "cancelled" })
    const refused = refusal("subscription_required", { product: "api" })
    await expect(tenantry.usage.record(bob, inAcme)).rejects.toMatchObject(refused)
    await expect(tenantry.usage.reserve(host, { ...inAcme, units: 1 })).rejects.toMatchObject(refused)
    await tenantry.subscriptions.put(payer, { plan: "ten", status: "past_due" })
    await tenantry.usage.record(bob, inAcme)
  })

  it("counts without any quota where nobody is billed", async () => {
    const { tenantry, bob, inAcme } = await scene({ billing: { account: "none" } })
    expect(await tenantry.usage.record(bob, { ...inAcme, units: 1000 })).toEqual({ quotas: [], replayed: false })
    expect((await tenantry.usage.ofMember(bob, inAcme)).total).toBe(1000)
  })

  it("is for whoever is inside and may use the API", async () => {
    const { tenantry, ada, eve, inAcme } = await scene()
    await expect(tenantry.usage.record(eve, inAcme)).rejects.toMatchObject(refusal("not_found"))
    const { secret } = await tenantry.apiKeys.create(ada, { ...inAcme, name: "reader", scopes: ["members.read"] })
    const verdict = await tenantry.apiKeys.verify(secret, { meter: false, permission: "members.read" })
    if (!verdict.ok) throw new Error(verdict.code)
    const refused = refusal("forbidden", { permission: "api.use" })
    await expect(tenantry.usage.record(verdict.actor, inAcme)).rejects.toMatchObject(refused)
  })
})

describe("usage of one's own account", () => {
  it("is taken from the same quota as one's organizations, where the owner pays", async () => {
    const { tenantry, ada, bob, inAcme, key } = await scene()
    const mine = await key(ada, {})
    await tenantry.usage.record(bob, { ...inAcme, units: 4 })
    await tenantry.usage.record(ada, { units: 2 })
    await tenantry.usage.record(mine.actor, { units: 3 })
    await expect(tenantry.usage.record(ada, { units: 2 })).rejects.toMatchObject(
      refusal("quota_exceeded", { remaining: 1 }),
    )
    const { byOrganization, byKey } = await tenantry.usage.ofAccount(ada, {})
    expect(byOrganization).toEqual([
      { organizationId: inAcme.organizationId, units: 4 },
      { organizationId: null, units: 5 },
    ])
    expect(byKey).toEqual([
      { keyId: mine.id, units: 3 },
      { keyId: null, units: 6 },
    ])
    expect(await tenantry.usage.ofKey(ada, { apiKeyId: mine.id })).toMatchObject({ lifetime: 3 })
    expect(await tenantry.usage.ofKey(mine.actor, { apiKeyId: mine.id })).toMatchObject({ lifetime: 3 })
  })

  it("keeps to a personal key's own month", async () => {
    const { tenantry, ada, key } = await scene()
    const { actor } = await key(ada, { monthlyUnits: 2 })
    const { quotas } = await tenantry.usage.record(actor, { units: 2 })
    expect(quotas.map(({ of, remaining }) => [of, remaining])).toEqual([
      ["account", 8],
      ["key", 0],
    ])
    await expect(tenantry.usage.record(actor, {})).rejects.toMatchObject(refusal("quota_exceeded", { remaining: 0 }))
  })

  it("is refused to the host, to an organization's key, to a dead key and to one without the scope", async () => {
    const { tenantry, ada, inAcme, key } = await scene()
    const shared = await key(ada, inAcme)
    const mine = await key(ada, {})
    await expect(tenantry.usage.record(host, {})).rejects.toMatchObject(refusal("forbidden"))
    await expect(tenantry.usage.record(shared.actor, {})).rejects.toMatchObject(refusal("forbidden"))
    await expect(tenantry.usage.record(mine.actor, inAcme)).rejects.toMatchObject(refusal("not_found"))
    await expect(tenantry.usage.ofAccount(mine.actor, {})).rejects.toMatchObject(refusal("forbidden"))
    const other = { apiKeyId: (await key(ada, {})).id }
    await expect(tenantry.usage.ofKey(mine.actor, other)).rejects.toMatchObject(
      refusal("forbidden", { permission: "usage.read" }),
    )
    await tenantry.apiKeys.update(ada, { apiKeyId: mine.id, scopes: [] })
    await expect(tenantry.usage.record(mine.actor, {})).rejects.toMatchObject(
      refusal("forbidden", { permission: "api.use" }),
    )
    await tenantry.apiKeys.disable(ada, { apiKeyId: mine.id })
    await expect(tenantry.usage.record(mine.actor, {})).rejects.toMatchObject(refusal("unauthenticated"))
  })

  it("belongs to nobody else", async () => {
    const { tenantry, ada, eve, key } = await scene()
    const mine = await key(ada, {})
    await tenantry.usage.record(mine.actor, {})
    await expect(tenantry.usage.ofKey(eve, { apiKeyId: mine.id })).rejects.toMatchObject(refusal("not_found"))
    expect(await tenantry.usage.ofAccount(eve, {})).toMatchObject({ total: 0, byOrganization: [] })
  })

  it("of an impersonated person is that person's", async () => {
    const { tenantry, ada } = await scene()
    const support = user({ id: ada.id, email: ada.email, emailVerified: true, impersonatedBy: "u_support" })
    await tenantry.usage.record(support, { units: 2 })
    expect((await tenantry.usage.ofAccount(person("ada"), {})).total).toBe(2)
  })
})
