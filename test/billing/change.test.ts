/** What people change of subscriptions: plans, their end, and the provider in between. */
import { describe, expect, it } from "vitest"
import { type Payments, type PlanChange, system, type ToldTerms, user } from "../../src/index.ts"
import { workspace } from "../../src/presets/presets.ts"
import { person, refusal, world } from "../world.ts"
import { paid, TEAM } from "./scene.ts"

const [ada, mara, mel] = [person("ada"), person("mara"), person("mel")]
const seats = { product: "organization" }
const billing = {
  plans: [
    { id: "small", seats: 2 },
    { id: "big", seats: 50, quota: 100 },
  ],
}

/** A provider that writes down what it was asked, and answers what it is told to. */
function provider(answer: (change: PlanChange & { plan?: string }) => ToldTerms | null | Promise<never>) {
  const asked: (PlanChange & { plan?: string })[] = []
  const ask = async (change: PlanChange & { plan?: string }) => {
    asked.push(change)
    return answer(change)
  }
  const payments: Payments = { changePlan: ask, cancel: ask }
  return { asked, payments }
}

describe("billing.changePlan", () => {
  it("holds at once without a provider, and activity shows who changed it", async () => {
    const { tenantry, bring, organizationId, owner } = await paid({ billing })
    await bring(mara, "maintainer")
    const view = await tenantry.billing.changePlan(mara, { organizationId, plan: "big" })
    expect(view).toMatchObject({ plan: "big", status: "active", isActive: true, seats: { taken: 2, cap: 50 } })
    const { data } = await tenantry.activity.list(owner, {
      organizationId,
      actions: ["subscription.changed"],
      limit: 1,
    })
    expect(data[0]).toMatchObject({ actor: { id: "u_mara" }, after: { plan: "big" } })
  })

  it("is for whoever has `billing.manage`, and on one's own account for oneself", async () => {
    const { tenantry, bring, organizationId } = await paid({ billing })
    await bring(mel)
    const plan = "big"
    await expect(tenantry.billing.changePlan(mel, { organizationId, plan })).rejects.toMatchObject(refusal("forbidden"))
    await expect(tenantry.billing.changePlan(ada, { organizationId, plan })).rejects.toMatchObject(refusal("not_found"))
    expect(await tenantry.billing.changePlan(mel, { plan })).toMatchObject({ account: "user:u_mel", plan: "big" })
    expect(await tenantry.billing.subscription(mel, {})).toMatchObject({ plan: "big", quota: { limit: 100 } })
    expect(await tenantry.billing.subscription(system("host"), { organizationId })).toMatchObject({ status: "none" })
  })

  it("refuses a plan that is none, before the provider is asked", async () => {
    const { asked, payments } = provider(() => null)
    const { tenantry, owner, organizationId } = await paid({ billing, payments })
    for (const input of [{ plan: "huge" }, { plan: "huge", organizationId }, { plan: "big", organizationId, ...seats }])
      await expect(tenantry.billing.changePlan(owner, input)).rejects.toMatchObject({
        code: "invalid_input",
        details: { issues: [{ path: ["plan"] }] },
      })
    expect(asked).toEqual([])
  })

  it("is not below those who are in or invited; who is invited counts once", async () => {
    const { tenantry, owner, organizationId, bring, invite } = await paid({ billing })
    await bring(mara)
    const sent = await invite(mel)
    const change = () => tenantry.billing.changePlan(owner, { organizationId, plan: "small" })
    await expect(change()).rejects.toMatchObject(refusal("seat_limit_reached", { seats: 2 }))
    await tenantry.invitations.cancel(owner, { organizationId, invitationId: sent.id })
    expect(await change()).toMatchObject({ plan: "small", seats: { taken: 2, cap: 2 } })
    await expect(invite(mel)).rejects.toMatchObject(refusal("seat_limit_reached", { seats: 2 }))
  })

  it("to the plan that holds is no change", async () => {
    const { asked, payments } = provider(() => null)
    const { tenantry, owner, organizationId, put, bring, actions } = await paid({ billing, payments })
    await bring(mara)
    await bring(mel)
    await put({ plan: "small", status: "past_due" })
    const before = await actions()
    expect(await tenantry.billing.changePlan(owner, { organizationId, plan: "small" })).toMatchObject({ plan: "small" })
    expect([asked, await actions()]).toEqual([[], before])
  })

  it("leaves it to the webhook where the provider answers nothing, with one key for one change", async () => {
    const { asked, payments } = provider(() => null)
    const { tenantry, owner, organizationId, put } = await paid({ billing, payments })
    await put({ plan: "small", status: "active" })
    const change = (plan: string) => tenantry.billing.changePlan(owner, { organizationId, plan })
    expect(await change("big")).toMatchObject({ plan: "small" })
    await change("big")
    await put({ plan: "big", status: "active" })
    await change("small")
    await put({ plan: "small", status: "active" })
    await change("big")
    await tenantry.billing.cancel(owner, { organizationId })
    const keys = asked.map(({ key }) => key)
    expect(keys[1]).toBe(keys[0])
    expect(new Set(keys).size).toBe(4)
    expect(asked[0]).toMatchObject({
      account: `organization:${organizationId}`,
      product: "api",
      plan: "big",
      current: { plan: "small" },
    })
  })

  it("has one key for one change where the host's own subscriptions are read, and another for the same change later", async () => {
    const held = new Map<string, ToldTerms>()
    let isUp = false
    const { asked, payments } = provider(({ product, plan = "none" }) => {
      if (!isUp) return Promise.reject(new Error("timeout"))
      held.set(product, { product, plan, status: "active" })
      return { product, plan, status: "active" }
    })
    const subscriptions = { current: async (_: unknown, product: string) => held.get(product) ?? null }
    const { tenantry, owner, organizationId, clock } = await paid({ billing, payments, subscriptions }, null)
    const change = async (plan: string) => {
      clock.advance({ hours: 1 })
      return tenantry.billing.changePlan(owner, { organizationId, plan })
    }
    await expect(change("big")).rejects.toMatchObject(refusal("unavailable"))
    isUp = true
    for (const plan of ["big", "small", "big", "small"]) expect(await change(plan)).toMatchObject({ plan })
    const [failed, ...keys] = asked.map(({ key }) => key)
    expect(keys[0]).toBe(failed)
    expect(new Set(keys).size).toBe(4)
  })

  it("changes nothing when the provider fails, or answers what is none", async () => {
    const answers = [() => Promise.reject(new Error("card declined")), () => ({ plan: "big", status: "soon" }) as never]
    for (const answer of answers) {
      const { tenantry, owner, organizationId, actions } = await paid({ billing, payments: provider(answer).payments })
      const before = await actions()
      const asked = [
        tenantry.billing.changePlan(owner, { organizationId, plan: "big" }),
        tenantry.billing.changePlan(owner, { plan: "big" }),
        tenantry.billing.cancel(owner, { organizationId, ...seats }),
      ]
      for (const one of asked) await expect(one).rejects.toMatchObject(refusal("unavailable"))
      expect(await actions()).toEqual(before)
      expect(await tenantry.billing.subscription(owner, {})).toMatchObject({ status: "none" })
    }
  })

  it("holds though the provider's clock was ahead", async () => {
    const { tenantry, owner, organizationId, put } = await paid({ billing })
    await put({ plan: "small", status: "active", occurredAt: new Date("2999-01-01") })
    expect(await tenantry.billing.changePlan(owner, { organizationId, plan: "big" })).toMatchObject({ plan: "big" })
  })

  it("finds no organization that is deleted", async () => {
    const { tenantry, owner, organizationId } = await paid({ billing })
    await tenantry.organizations.delete(owner, { organizationId })
    await expect(tenantry.billing.changePlan(owner, { organizationId, plan: "big" })).rejects.toMatchObject(
      refusal("not_found"),
    )
  })

  it("is the owner's own where the owner pays", async () => {
    const { tenantry } = world(workspace, { billing })
    expect(await tenantry.billing.changePlan(ada, { plan: "small" })).toMatchObject({ plan: "small", seats: null })
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    await tenantry.invitations.send(ada, { organizationId, email: mara.email, role: "viewer" })
    await expect(
      tenantry.invitations.send(ada, { organizationId, email: mel.email, role: "viewer" }),
    ).rejects.toMatchObject(refusal("seat_limit_reached", { seats: 2 }))
    expect(await tenantry.billing.cancel(ada, {})).toMatchObject({ status: "cancelled", isActive: false })
  })
})

describe("billing.cancel of the API's subscription", () => {
  it("is for whoever has `billing.cancel`, once", async () => {
    const { tenantry, bring, organizationId, put, actions } = await paid()
    await bring(mara, "maintainer")
    await put({ plan: "pro", status: "active" })
    expect(await tenantry.billing.cancel(mara, { organizationId })).toMatchObject({ plan: "pro", status: "cancelled" })
    const before = await actions()
    expect(before.filter((action) => action === "subscription.cancelled")).toHaveLength(1)
    await tenantry.billing.cancel(mara, { organizationId })
    expect(await actions()).toEqual(before)
  })

  it("succeeds where there is none", async () => {
    const { tenantry, owner, organizationId } = await paid()
    expect(await tenantry.billing.cancel(owner, { organizationId })).toMatchObject({ status: "none", plan: null })
  })
})

describe("billing.cancel of the organization's subscription", () => {
  it("is for the owner in person, when nobody else remains", async () => {
    const { tenantry, owner, organizationId, bring, actions } = await paid()
    const member = await bring(mara, "maintainer")
    const cancel = (by: Parameters<typeof tenantry.billing.cancel>[0]) =>
      tenantry.billing.cancel(by, { organizationId, ...seats })
    await expect(cancel(mara)).rejects.toMatchObject(refusal("forbidden", {}))
    for (const by of [owner, system("host")])
      await expect(cancel(by)).rejects.toMatchObject(refusal("organization_not_empty", { members: 1 }))
    await tenantry.memberships.remove(owner, { organizationId, membershipId: member.id })
    const { id, email } = owner
    await expect(cancel(user({ id, email, emailVerified: true, impersonatedBy: "u_support" }))).rejects.toMatchObject(
      refusal("forbidden", {}),
    )
    expect(await cancel(owner)).toMatchObject({ status: "cancelled", isActive: false })
    const before = await actions()
    expect(before[0]).toBe("subscription.cancelled")
    expect(await cancel(owner)).toMatchObject({ status: "cancelled" })
    expect(await actions()).toEqual(before)
  })

  it("is no key's, whatever its scopes", async () => {
    const { tenantry, organizationId, owner, put } = await paid()
    await put({ plan: "pro", status: "active" })
    const { secret } = await tenantry.apiKeys.create(owner, {
      organizationId,
      name: "billing",
      holder: "member",
      scopes: ["api.use", "billing.cancel"],
    })
    const verdict = await tenantry.apiKeys.verify(secret)
    if (!verdict.ok) throw new Error(verdict.code)
    await expect(tenantry.billing.cancel(verdict.actor, { organizationId, ...seats })).rejects.toMatchObject(
      refusal("forbidden", {}),
    )
    expect(await tenantry.billing.cancel(verdict.actor, { organizationId })).toMatchObject({ status: "cancelled" })
  })

  it("is the host's code's too, and no change once the provider has ended it with people still in", async () => {
    const { tenantry, organizationId, put, bring, owner } = await paid()
    expect(await tenantry.billing.cancel(system("host"), { organizationId, ...seats })).toMatchObject({
      status: "cancelled",
    })
    await put(TEAM)
    await bring(mel)
    await put({ ...TEAM, status: "cancelled" })
    expect(await tenantry.billing.cancel(owner, { organizationId, ...seats })).toMatchObject({ status: "cancelled" })
  })

  it("can be taken up again", async () => {
    const { tenantry, organizationId, owner, bring } = await paid()
    await tenantry.billing.cancel(owner, { organizationId, ...seats })
    await expect(bring(mel)).rejects.toMatchObject(refusal("subscription_required"))
    const taken = await tenantry.billing.changePlan(owner, { organizationId, plan: "team", ...seats })
    expect(taken).toMatchObject({ status: "active", isActive: true })
    expect(await bring(mel)).toMatchObject({ role: "member" })
  })
})

describe("billing.quote", () => {
  it("counts members, and offers the one priced plan to whoever has none", async () => {
    const { tenantry, organizationId, owner, put, bring, invite } = await paid({}, null)
    const quote = () => tenantry.billing.quote(owner, { organizationId })
    expect(await quote()).toMatchObject({ plan: "team", currency: "USD", seats: 1, total: 2000 })
    await put(TEAM)
    for (let at = 2; at <= 11; at++) await bring(person(`p${at}`))
    await invite(mel)
    expect(await quote()).toEqual({
      plan: "team",
      currency: "USD",
      interval: "month",
      seats: 11,
      includedSeats: 10,
      lines: [
        { item: "base", quantity: 1, unitAmount: 2000, amount: 2000 },
        { item: "seats", quantity: 1, unitAmount: 500, amount: 500 },
      ],
      total: 2500,
    })
  })

  it("is of the plan that the account has, and of none without a price", async () => {
    const price = { currency: "EUR", base: 900, includedSeats: 1, perSeat: 300 }
    const plans = [
      { id: "club", ...seats, price },
      { id: "gift", ...seats },
    ]
    const { tenantry, organizationId, owner, put } = await paid({ billing: { plans } })
    await put({ ...TEAM, plan: "club" })
    expect(await tenantry.billing.quote(owner, { organizationId })).toMatchObject({ plan: "club", total: 900 })
    await put({ ...TEAM, plan: "gift" })
    await expect(tenantry.billing.quote(owner, { organizationId })).rejects.toMatchObject(refusal("not_billable"))
  })
})

describe("somebody who comes in while the provider is asked", () => {
  /** A team whose provider is asked `meanwhile`, and then agrees. */
  async function agreeing(meanwhile: () => Promise<unknown>) {
    const told = async ({ product, plan }: PlanChange & { plan?: string }): Promise<ToldTerms> => {
      await meanwhile()
      return plan === undefined ? { ...TEAM, product, status: "cancelled" } : { product, plan, status: "active" }
    }
    return paid({ billing, payments: { changePlan: told, cancel: told } })
  }

  it("stays, above the seats of the new plan, which then let in nobody, not even who was invited", async () => {
    const { tenantry, owner, organizationId, bring, invite, tokenFor } = await agreeing(async () => {
      await bring(mel)
      await invite(mara)
    })
    const small = await tenantry.billing.changePlan(owner, { organizationId, plan: "small" })
    expect(small).toMatchObject({ plan: "small", seats: { taken: 3, cap: 2 } })
    const full = refusal("seat_limit_reached", { seats: 2 })
    await expect(invite(ada)).rejects.toMatchObject(full)
    const token = await tokenFor(mara.email)
    await expect(tenantry.invitations.accept(mara, { token })).rejects.toMatchObject(full)
  })

  it("stays, where the team's subscription ends, and nobody else comes in", async () => {
    const { tenantry, owner, organizationId, bring, invite } = await agreeing(() => bring(mel))
    const closed = await tenantry.billing.cancel(owner, { organizationId, ...seats })
    expect(closed).toMatchObject({ status: "cancelled", isActive: false, seats: { taken: 2 } })
    expect((await tenantry.memberships.list(mel, { organizationId })).data).toHaveLength(2)
    await expect(invite(mara)).rejects.toMatchObject(refusal("subscription_required"))
    await tenantry.memberships.leave(mel, { organizationId })
  })
})
