/** Seats: who comes in where a subscription decides, how many at once, and who is told when they run out. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { account } from "../../src/billing/account.ts"
import type { Billed } from "../../src/billing/billed.ts"
import { definePlans } from "../../src/billing/plan.ts"
import { seatsReached } from "../../src/billing/seats.ts"
import { SUBSCRIPTION_STATUSES, type Subscription } from "../../src/billing/subscription.ts"
import { seatCap, subscriptionRefusal } from "../../src/billing/terms.ts"
import { attempt, system } from "../../src/index.ts"
import { seatsOf } from "../../src/pipeline/seats.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import type { Store } from "../../src/store/store.ts"
import { anOrganization } from "../../src/testing/builders.ts"
import { person, refusal, world } from "../world.ts"
import { paid, TEAM } from "./scene.ts"

const [mara, mel, nina] = [person("mara"), person("mel"), person("nina")]

const billed = (...subscriptions: readonly Partial<Subscription>[]): Billed => ({
  account: account.organization("org_1"),
  subscriptions: subscriptions.map((row) => ({ status: "active", ...row }) as Subscription),
  meters: [],
})

describe("seats", () => {
  const billing = { account: "none", plans: definePlans([]) } as const
  const settings = (cap: number | null) => ({ seats: { cap }, billing })
  it("that can run out are counted, or nobody comes in", () => {
    expect(() => seatsOf(settings(10), {})).toThrow("seats that can run out are counted")
    expect(() => seatsOf(settings(10), { memberCount: 1 })).toThrow("seats that can run out are counted")
    expect(seatsOf(settings(10), { memberCount: 9, pendingCount: 2 }, false, 1)).toEqual({ taken: 10, cap: 10 })
  })
  it("without a cap, or for somebody who has one, need not be counted", () => {
    expect(seatsOf(settings(null), {})).toEqual({ taken: 0, cap: null })
    expect(seatsOf(settings(10), {}, true)).toEqual({ taken: 0, cap: null })
  })
})

describe("the cap on seats", () => {
  const plans = definePlans([
    { id: "free", seats: 3, default: true },
    { id: "pro", seats: 20 },
    { id: "open" },
    { id: "team", product: "organization", seats: 10 },
  ])
  it.each([
    ["configured", null, billed({ product: "api", plan: "open" }), null],
    ["configured", 5, billed({ product: "api", plan: "open" }), 5],
    ["the default plan's", null, billed(), 3],
    ["the API's plan's", 30, billed({ product: "api", plan: "pro" }), 20],
    ["the tightest", 15, billed({ product: "api", plan: "pro" }, { product: "organization", plan: "team" }), 10],
    ["the tightest", 5, billed({ product: "api", plan: "pro" }, { product: "organization", plan: "team" }), 5],
    ["none of an unknown plan", null, billed({ product: "api", plan: "gone" }), null],
  ])("is %s (of %s)", (_, configured, has, cap) => {
    expect(seatCap({ account: "organization", plans }, configured, has)).toBe(cap)
    expect(seatCap({ account: "none", plans }, configured, has)).toBe(configured)
  })

  it("asks for a subscription where organizations pay for seats, and it is active", () => {
    for (const status of SUBSCRIPTION_STATUSES) {
      const has = billed({ product: "organization", plan: "team", status })
      const refused = subscriptionRefusal({ account: "organization", plans }, has)
      expect(refused === null).toBe(["trialing", "active", "past_due"].includes(status))
      expect(subscriptionRefusal({ account: "owner", plans }, has)).toBeNull()
    }
    const without = definePlans([{ id: "pro" }])
    expect(subscriptionRefusal({ account: "organization", plans }, billed())).toMatchObject({
      code: "subscription_required",
      details: { product: "organization" },
    })
    expect(subscriptionRefusal({ account: "organization", plans: without }, billed())).toBeNull()
    expect(subscriptionRefusal({ account: "none", plans }, undefined)).toBeNull()
  })
})

describe("people and invitations", () => {
  const planned = { account: "organization" as const, plans: [{ id: "pro", seats: 20, default: true }] }
  it.each([
    ["not where nothing caps them", {}, false, false],
    ["where the host caps them", { seats: { cap: 5 } }, true, false],
    ["where a plan may, for keys that it pays for too", { billing: planned }, true, true],
  ])("are counted %s", async (_, options, isCounted, isPaid) => {
    const inner = memoryStore()
    const counted: boolean[] = []
    const store: Store = {
      ...inner,
      load: (id, wants) => {
        counted.push(wants.memberCount !== undefined)
        return inner.load(id, wants)
      },
    }
    const { tenantry, tokenFor } = world(customRoles, { ...options, store })
    const { id: organizationId } = await tenantry.organizations.create(mara, { name: "Acme" })
    const counts = async (work: Promise<unknown>): Promise<boolean> => {
      await work
      return counted.splice(0).includes(true)
    }
    const user = { id: mel.id, email: mel.email }
    const added = tenantry.memberships.add(system("host"), { organizationId, user, role: "member" })
    expect(await counts(added)).toBe(isCounted)
    const sent = tenantry.invitations.send(mara, { organizationId, email: nina.email, role: "member" })
    expect(await counts(sent)).toBe(isCounted)
    const token = await tokenFor(nina.email)
    expect(await counts(tenantry.invitations.accept(nina, { token }))).toBe(isCounted)
    expect(await counts(tenantry.apiKeys.create(mara, { organizationId, name: "k" }))).toBe(isPaid)
  })
})

describe("seats that run out", () => {
  const percents = (...args: Parameters<typeof seatsReached>) =>
    seatsReached(...args).map(({ after }) => after?.seatsReached?.percent)
  const acme = anOrganization()
  const said = (percent: 80 | 100, period = "may") =>
    anOrganization({ seatsReached: { period, percent, taken: 8, cap: 10 } })

  it.each([
    ["nothing below 80 %", acme, 6, 1, []],
    ["80 %", acme, 7, 1, [80]],
    ["nothing in between", acme, 8, 1, []],
    ["100 %", acme, 9, 1, [100]],
    ["both at once", acme, 0, 10, [80, 100]],
    ["nothing twice", said(80), 7, 1, []],
    ["what lies above what was said", said(80), 7, 3, [100]],
    ["nothing after 100 %", said(100), 7, 3, []],
    ["it again in another period", said(100, "april"), 7, 3, [80, 100]],
    ["nothing when nobody comes", acme, 10, 0, []],
  ] as const)("tell %s", (_, organization, taken, added, expected) => {
    expect(percents(organization, { taken, cap: 10 }, added, "may")).toEqual(expected)
  })

  it("never run out without a cap", () => {
    expect(percents(acme, { taken: 5, cap: null }, 100, "may")).toEqual([])
  })

  it("are told once of each share in a period, whoever comes and goes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        (moves, cap) => {
          let [organization, taken] = [acme, 0]
          const told: unknown[] = []
          let most = 0
          for (const move of moves) {
            const added = Math.max(-taken, Math.min(move, cap - taken))
            const facts = seatsReached(organization, { taken, cap }, added, "may")
            organization = facts.at(-1)?.after ?? organization
            told.push(...facts.map(({ after }) => after?.seatsReached?.percent))
            taken += added
            most = Math.max(most, taken)
          }
          expect(told).toEqual([80, 100].filter((share) => most >= (cap * share) / 100))
        },
      ),
    )
  })

  it("are told in the commit that takes them, and shown to whoever reads activity alone", async () => {
    const { tenantry, owner, organizationId, invite, actions, clock, put } = await paid({ seats: { cap: 5 } })
    for (const who of [mara, mel, nina]) await invite(who)
    expect((await actions()).slice(0, 2)).toEqual(["seats.threshold_reached", "invitation.sent"])
    const { data } = await tenantry.activity.list(owner, {
      organizationId,
      actions: ["seats.threshold_reached"],
    })
    expect(data).toHaveLength(1)
    expect(data[0]).toMatchObject({
      actor: { id: "u_alba" },
      target: { type: "seats", id: organizationId },
      after: { percent: 80, taken: 4, cap: 5 },
    })
    const organization = await tenantry.organizations.get(owner, { organizationId })
    expect(organization).not.toHaveProperty("seatsReached")
    expect(organization.revision).toBe((await actions()).length)

    const { data: invited } = await tenantry.invitations.list(owner, { organizationId })
    await tenantry.invitations.cancel(owner, { organizationId, invitationId: invited[0]?.id ?? "" })
    await invite(person("olga"))
    expect((await actions()).filter((action) => action === "seats.threshold_reached")).toHaveLength(1)
    await tenantry.memberships.add(system("host"), {
      organizationId,
      user: { id: "u_pia", email: "pia@acme.example" },
      role: "member",
    })
    expect((await actions()).slice(0, 2)).toEqual(["seats.threshold_reached", "member.added"])

    clock.advance({ days: 40 })
    await put({ ...TEAM, periodStart: clock.now(), periodEnd: new Date(clock.now().getTime() + 30 * 864e5) })
    for (const name of ["q1", "q2", "q3"]) await invite(person(name))
    expect((await actions()).slice(0, 3)).toEqual([
      "seats.threshold_reached",
      "invitation.sent",
      "seats.threshold_reached",
    ])
    expect(await tenantry.activity.verify(owner, { organizationId })).toMatchObject({ ok: true })
  })

  it("are told by somebody who accepts what held no seat, since another has the address", async () => {
    const { tenantry, owner, organizationId, bring, actions } = await paid({ seats: { cap: 3 } })
    await bring(mara)
    const { id: projectId } = await tenantry.projects.create(owner, { organizationId, name: "Website" })
    const { id: invitationId } = await tenantry.invitations.send(owner, {
      ...{ organizationId, email: mara.email, projects: [{ projectId, role: "member" }] },
    })
    expect(await actions()).not.toContain("seats.threshold_reached")
    const other = person("other", { email: mara.email })
    const joined = await tenantry.invitations.accept(other, { organizationId, invitationId })
    expect(joined).toMatchObject({ membership: null, projectMemberships: [{ userId: other.id, projectId }] })
    expect((await actions()).slice(0, 4)).toEqual([
      ...["seats.threshold_reached", "seats.threshold_reached"],
      ...["project_member.joined", "invitation.accepted"],
    ])
  })

  it("are told by a batch after all of its invitations", async () => {
    const { tenantry, owner, organizationId, actions } = await paid({ seats: { cap: 3 } })
    const results = await tenantry.invitations.sendMany(owner, {
      organizationId,
      invitations: [mara, mel, nina].map(({ email }) => ({ email, role: "member" })),
    })
    expect(results.map(({ ok }) => ok)).toEqual([true, true, false])
    expect((await actions()).slice(0, 3)).toEqual([
      "seats.threshold_reached",
      "seats.threshold_reached",
      "invitation.sent",
    ])
  })
})

describe("a paid team without a subscription", () => {
  it("lets nobody new in and re-roles nobody; people read, leave and remove", async () => {
    const { tenantry, owner, organizationId, put, invite, bring, tokenFor, clock } = await paid()
    const member = await bring(mara)
    const leaver = person("leo")
    await bring(leaver)
    const live = await invite(mel)
    const other = await invite(nina)
    const token = await tokenFor(mel.email)
    const declined = person("dora")
    await invite(declined)
    const unwanted = await tokenFor(declined.email)
    await put({ ...TEAM, status: "cancelled" })

    const required = refusal("subscription_required", { product: "organization" })
    const membershipId = member.id
    const { invitations, memberships, organizations, roles } = tenantry
    await expect(invite(person("olga"))).rejects.toMatchObject(required)
    await expect(
      invitations.sendMany(owner, { organizationId, invitations: [{ email: "olga@acme.example", role: "member" }] }),
    ).rejects.toMatchObject(required)
    await expect(invitations.accept(mel, { token })).rejects.toMatchObject(required)
    await expect(invitations.accept(nina, { token })).rejects.toMatchObject(refusal("invitation_email_mismatch"))
    await expect(
      memberships.add(system("host"), {
        organizationId,
        user: { id: "u_olga", email: "olga@acme.example" },
        role: "member",
      }),
    ).rejects.toMatchObject(required)
    await expect(
      memberships.changeRole(owner, { organizationId, membershipId, role: "maintainer" }),
    ).rejects.toMatchObject(required)

    expect(await memberships.changeRole(owner, { organizationId, membershipId, role: "member" })).toMatchObject({
      id: membershipId,
    })
    expect((await memberships.list(mara, { organizationId })).data).toHaveLength(3)
    expect(await organizations.update(owner, { organizationId, name: "Still ours" })).toMatchObject({
      name: "Still ours",
    })
    await roles.create(owner, { organizationId, name: "auditor", permissions: [] })
    clock.advance({ minutes: 2 })
    expect(await invitations.resend(owner, { organizationId, invitationId: live.id })).toMatchObject({
      status: "pending",
    })
    await invitations.cancel(owner, { organizationId, invitationId: other.id })
    await invitations.decline(declined, { token: unwanted })
    await memberships.leave(leaver, { organizationId })
    await memberships.remove(owner, { organizationId, membershipId })
    clock.advance({ days: 8 })
    await expect(invitations.resend(owner, { organizationId, invitationId: live.id })).rejects.toMatchObject(required)
    await put(TEAM)
    expect(await invitations.resend(owner, { organizationId, invitationId: live.id })).toMatchObject({
      status: "pending",
    })
    expect(await invitations.accept(mel, { token: await tokenFor(mel.email) })).toMatchObject({
      membership: { role: "member" },
    })
  })

  it("asks for none where the organization pays for nothing but the API", async () => {
    const { tenantry, owner, organizationId } = await paid({ billing: { account: "none" } }, null)
    await tenantry.invitations.send(owner, { organizationId, email: mel.email, role: "member" })
  })
})

describe("the seats of a plan", () => {
  const plans = [{ id: "ten", product: "organization", seats: 10 }]
  const ten = { ...TEAM, plan: "ten" }
  const crowd = Array.from({ length: 50 }, (_, at) => person(`guest${at}`))

  it("are filled and no more by fifty acceptances at once, after the plan shrank", async () => {
    const { tenantry, owner, organizationId, put, tokenFor } = await paid({ billing: { plans } })
    await tenantry.invitations.sendMany(owner, {
      organizationId,
      invitations: crowd.map(({ email }) => ({ email, role: "member" })),
    })
    const tokens: string[] = []
    for (const { email } of crowd) tokens.push(await tokenFor(email))
    await put(ten)
    const outcomes = await Promise.all(
      crowd.map((who, at) => attempt(tenantry.invitations.accept(who, { token: tokens[at] ?? "" }))),
    )
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(9)
    for (const outcome of outcomes)
      if (!outcome.ok) expect(outcome.error).toMatchObject(refusal("seat_limit_reached", { seats: 10 }))
    expect((await tenantry.memberships.list(owner, { organizationId })).data).toHaveLength(10)
  })

  it("are promised and no more by fifty invitations at once, and then filled", async () => {
    const { tenantry, organizationId, owner, invite, tokenFor, actions } = await paid({ billing: { plans } }, ten)
    const outcomes = await Promise.all(crowd.map((who) => attempt(invite(who))))
    const invited = crowd.filter((_, at) => outcomes[at]?.ok)
    expect(invited).toHaveLength(9)
    for (const who of invited) await tenantry.invitations.accept(who, { token: await tokenFor(who.email) })
    expect(await tenantry.billing.subscription(owner, { organizationId })).toMatchObject({
      seats: { taken: 10, cap: 10 },
    })
    expect((await actions()).filter((action) => action === "seats.threshold_reached")).toHaveLength(2)
  })

  it("leave whoever is in when the plan shrinks below them, and let nobody new in", async () => {
    const { tenantry, organizationId, owner, put, bring } = await paid({
      billing: { plans: [...plans, { id: "two", product: "organization", seats: 2 }] },
    })
    for (const who of [mara, mel]) await bring(who)
    await put({ ...TEAM, plan: "two" })
    expect((await tenantry.memberships.list(owner, { organizationId })).data).toHaveLength(3)
    await expect(bring(nina)).rejects.toMatchObject(refusal("seat_limit_reached", { seats: 2 }))
  })
})
