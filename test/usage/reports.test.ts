import { describe, expect, it } from "vitest"
import { person, refusal } from "../world.ts"
import { host, scene } from "./scene.ts"

const forbidden = refusal("forbidden", { permission: "usage.read" })
const notFound = refusal("not_found")

describe("usage.ofKey", () => {
  it("is for whoever reads usage, and the key itself", async () => {
    const { tenantry, ada, bob, eve, inAcme, key } = await scene()
    const shared = await key(ada)
    await tenantry.apiKeys.verify(shared.secret, { api: "vin", units: 2 })
    const asked = { ...inAcme, apiKeyId: shared.id }
    const report = { lifetime: 2, months: [{ month: "2026-01", api: "vin", units: 2 }] }
    for (const reader of [ada, host, shared.actor]) expect(await tenantry.usage.ofKey(reader, asked)).toEqual(report)
    await expect(tenantry.usage.ofKey(bob, asked)).rejects.toMatchObject(forbidden)
    await expect(tenantry.usage.ofKey(eve, asked)).rejects.toMatchObject(notFound)
    const other = await key(ada)
    await expect(tenantry.usage.ofKey(other.actor, asked)).rejects.toMatchObject(forbidden)
  })

  it("is for whoever holds it, also once it is deleted", async () => {
    const { tenantry, ada, bob, inAcme, key, add } = await scene()
    await add("cid", "editor")
    const bobs = await key(bob, { ...inAcme, holder: "member" })
    const asked = { ...inAcme, apiKeyId: bobs.id }
    expect(await tenantry.usage.ofKey(bob, asked)).toEqual({ lifetime: 0, months: [] })
    await tenantry.apiKeys.verify(bobs.secret, { units: 2 })
    await tenantry.apiKeys.delete(ada, asked)
    expect(await tenantry.usage.ofKey(bob, asked)).toMatchObject({ lifetime: 2 })
    expect(await tenantry.usage.ofKey(ada, asked)).toMatchObject({ lifetime: 2 })
    await expect(tenantry.usage.ofKey(person("cid"), asked)).rejects.toMatchObject(forbidden)
  })

  it("knows no key that is not the organization's", async () => {
    const { tenantry, ada, inAcme, key } = await scene()
    const mine = await key(ada, {})
    await tenantry.usage.record(mine.actor, {})
    const shared = await key(ada)
    await tenantry.usage.record(shared.actor, inAcme)
    await expect(tenantry.usage.ofKey(ada, { ...inAcme, apiKeyId: mine.id })).rejects.toMatchObject(notFound)
    // Ada pays for both; her own are those outside any organization.
    await expect(tenantry.usage.ofKey(ada, { apiKeyId: shared.id })).rejects.toMatchObject(notFound)
  })

  it("is of one month where one is asked for, and of a lifetime still", async () => {
    const { tenantry, ada, inAcme, key, clock } = await scene()
    const { id, actor } = await key(ada)
    await tenantry.usage.record(actor, { ...inAcme, units: 2 })
    clock.set(new Date("2026-02-03T00:00:00.000Z"))
    await tenantry.usage.record(actor, { ...inAcme, units: 3 })
    expect(await tenantry.usage.ofKey(ada, { ...inAcme, apiKeyId: id, month: "2026-02" })).toEqual({
      lifetime: 5,
      months: [{ month: "2026-02", api: null, units: 3 }],
    })
  })
})

describe("usage.ofMember", () => {
  it("is one's own without a permission, and another's with `usage.read`", async () => {
    const { tenantry, ada, bob, eve, inAcme, membership, key, add } = await scene()
    const cid = await add("cid", "viewer")
    const bobs = await key(bob, { ...inAcme, holder: "member" })
    await tenantry.usage.record(bob, { ...inAcme, units: 2 })
    await tenantry.usage.record(ada, { ...inAcme, units: 5 })
    const asked = { ...inAcme, membershipId: membership.id }
    expect((await tenantry.usage.ofMember(bob, inAcme)).total).toBe(2)
    for (const input of [inAcme, asked]) {
      await expect(tenantry.usage.ofMember(bobs.actor, input)).rejects.toMatchObject(forbidden)
    }
    for (const reader of [bob, ada, host]) {
      expect((await tenantry.usage.ofMember(reader, asked)).total).toBe(2)
    }
    const others = { ...inAcme, membershipId: cid.id }
    await expect(tenantry.usage.ofMember(bob, others)).rejects.toMatchObject(forbidden)
    await expect(tenantry.usage.ofMember(person("cid"), asked)).rejects.toMatchObject(forbidden)
    await expect(tenantry.usage.ofMember(eve, inAcme)).rejects.toMatchObject(notFound)
    await expect(tenantry.usage.ofMember(eve, asked)).rejects.toMatchObject(notFound)
    expect(await tenantry.usage.ofMember(ada, others)).toMatchObject({ total: 0, byMonth: [] })
    const unknown = { ...inAcme, membershipId: "mem_none" }
    await expect(tenantry.usage.ofMember(ada, unknown)).rejects.toMatchObject(notFound)
    await expect(tenantry.usage.ofMember(bob, unknown)).rejects.toMatchObject(forbidden)
  })

  it("needs to be told whose, by a caller who is no member", async () => {
    const { tenantry, ada, inAcme, key } = await scene()
    const shared = await key(ada, { ...inAcme, scopes: ["api.use", "usage.read"] })
    for (const caller of [host, shared.actor]) {
      await expect(tenantry.usage.ofMember(caller, inAcme)).rejects.toMatchObject(refusal("invalid_input"))
    }
  })
})

describe("usage.ofOrganization", () => {
  it("is for whoever reads usage, and keeps those who left", async () => {
    const { tenantry, ada, bob, inAcme, membership } = await scene()
    await tenantry.usage.record(bob, { ...inAcme, units: 2 })
    await expect(tenantry.usage.ofOrganization(bob, inAcme)).rejects.toMatchObject(forbidden)
    await tenantry.memberships.remove(ada, { ...inAcme, membershipId: membership.id })
    await expect(tenantry.usage.ofOrganization(bob, inAcme)).rejects.toMatchObject(notFound)
    expect((await tenantry.usage.ofOrganization(ada, inAcme)).byMember).toEqual([{ userId: "u_bob", units: 2 }])
  })

  it("is told apart by the plan that held when it was used", async () => {
    const plans = [
      { id: "free", quota: 10, default: true },
      { id: "pro", quota: 100 },
    ]
    const { tenantry, ada, bob, inAcme, payer } = await scene({ billing: { account: "owner", plans } })
    await tenantry.usage.record(bob, { ...inAcme, units: 2 })
    await tenantry.subscriptions.put(payer, { plan: "pro", status: "active" })
    await tenantry.usage.record(bob, { ...inAcme, units: 3 })
    expect((await tenantry.usage.ofOrganization(ada, inAcme)).byPlan).toEqual([
      { plan: "free", units: 2 },
      { plan: "pro", units: 3 },
    ])
  })

  it.each([
    ["Pacific/Auckland", "2026-03-31T10:59:59.999Z", "2026-03-31T11:00:00.000Z"],
    ["America/Los_Angeles", "2026-04-01T06:59:59.999Z", "2026-04-01T07:00:00.000Z"],
    ["Asia/Kathmandu", "2026-03-31T18:14:59.999Z", "2026-03-31T18:15:00.000Z"],
    ["UTC", "2026-03-31T23:59:59.999Z", "2026-04-01T00:00:00.000Z"],
  ])("counts by the months of %s", async (timezone, last, first) => {
    const { tenantry, ada, inAcme, clock } = await scene()
    await tenantry.organizations.update(ada, { ...inAcme, timezone })
    clock.set(new Date(last))
    await tenantry.usage.record(ada, { ...inAcme, units: 1 })
    clock.set(new Date(first))
    await tenantry.usage.record(ada, { ...inAcme, units: 2 })
    expect((await tenantry.usage.ofOrganization(ada, inAcme)).byMonth).toEqual([
      { month: "2026-03", units: 1 },
      { month: "2026-04", units: 2 },
    ])
    expect((await tenantry.usage.ofOrganization(ada, { ...inAcme, month: "2026-04" })).total).toBe(2)
  })

  it("leaves months as they were counted when the zone changes", async () => {
    const { tenantry, ada, inAcme, clock, key } = await scene()
    const { id, actor } = await key(ada, { ...inAcme, monthlyUnits: 3 })
    await tenantry.organizations.update(ada, { ...inAcme, timezone: "Pacific/Auckland" })
    clock.set(new Date("2026-03-31T12:00:00.000Z"))
    await tenantry.usage.record(actor, { ...inAcme, units: 3 })
    await tenantry.organizations.update(ada, { ...inAcme, timezone: "America/Los_Angeles" })
    await tenantry.usage.record(actor, { ...inAcme, units: 2 })
    const months = [
      { month: "2026-03", units: 2 },
      { month: "2026-04", units: 3 },
    ]
    expect((await tenantry.usage.ofOrganization(ada, inAcme)).byMonth).toEqual(months)
    expect((await tenantry.usage.ofKey(ada, { ...inAcme, apiKeyId: id })).months).toMatchObject(months)
    // In April's first hours there, the key's month is the one that began in Auckland.
    clock.set(new Date("2026-04-01T08:00:00.000Z"))
    await expect(tenantry.usage.record(actor, inAcme)).rejects.toMatchObject(refusal("quota_exceeded"))
  })

  it.each(["2026-13", "2026-3", "26-03", "2026-03-01"])("knows no month %s", async (month) => {
    const { tenantry, ada, inAcme } = await scene()
    await expect(tenantry.usage.ofOrganization(ada, { ...inAcme, month })).rejects.toMatchObject(
      refusal("invalid_input"),
    )
  })
})

describe("usage.ofAccount", () => {
  it("has no quota where nobody is billed, and counts one's own all the same", async () => {
    const { tenantry, ada, inAcme } = await scene({ billing: { account: "none" } })
    await tenantry.usage.record(ada, { units: 2 })
    await tenantry.usage.record(ada, { ...inAcme, units: 3 })
    expect(await tenantry.usage.ofAccount(ada, {})).toMatchObject({ total: 2, quota: null })
  })

  it("is of one month where one is asked for", async () => {
    const { tenantry, ada, clock } = await scene()
    await tenantry.usage.record(ada, { units: 2 })
    clock.set(new Date("2026-02-03T00:00:00.000Z"))
    await tenantry.usage.record(ada, { units: 3 })
    expect(await tenantry.usage.ofAccount(ada, { month: "2026-01" })).toMatchObject({ total: 2, quota: { used: 3 } })
  })
})
