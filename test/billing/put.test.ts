/** What a payment provider's webhook says, taken in. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type AccountId, account, type OrganizationId, system, type ToldTerms } from "../../src/index.ts"
import { customRoles, paidTeam, workspace } from "../../src/presets/presets.ts"
import { fakeClock } from "../../src/testing/testing.ts"
import { person, refusal, world } from "../world.ts"
import { paid, TEAM } from "./scene.ts"

const ada = person("ada")
const plans = [{ id: "free" }, { id: "pro", quota: 1000, features: ["export"] }]

describe("subscriptions.put", () => {
  it("takes a person's own, which activity of no organization shows", async () => {
    const { tenantry } = world(workspace, { billing: { plans } })
    const put = await tenantry.subscriptions.put(account.user(ada.id), { plan: "pro", status: "active" })
    expect(put).toMatchObject({ account: "user:u_ada", product: "api", plan: "pro", status: "active", quota: null })
    expect(put.id).toMatch(/^sub_/)
    expect(await tenantry.billing.subscription(ada, {})).toMatchObject({
      account: "user:u_ada",
      plan: "pro",
      isActive: true,
      quota: { limit: 1000, used: 0, remaining: 1000 },
      seats: null,
      features: ["export"],
    })
  })

  it("takes an organization's, and activity shows it", async () => {
    const { actions, put, tenantry, owner, organizationId } = await paid()
    await put({ ...TEAM, status: "cancelled", occurredAt: new Date("2030-01-01") })
    expect(await actions()).toEqual(
      expect.arrayContaining(["organization.created", "subscription.changed", "subscription.cancelled"]),
    )
    const { data } = await tenantry.activity.list(owner, { organizationId, actions: ["subscription.changed"] })
    expect(data[0]).toMatchObject({ actor: { type: "system", id: "subscriptions" }, after: { plan: "team" } })
  })

  it("keeps one row of each product, whatever it becomes", async () => {
    const { put } = await paid()
    const first = await put({ plan: "any", status: "trialing", occurredAt: new Date(1) })
    const next = await put({ plan: "other", status: "paused", occurredAt: new Date(2) })
    expect(next.id).toBe(first.id)
    expect(next).toMatchObject({ plan: "other", status: "paused" })
    expect(next.revision).toBeGreaterThan(first.revision)
  })

  it("answers what holds when it is told what is old, and writes nothing", async () => {
    const { put, actions } = await paid()
    const newest = await put({ plan: "any", status: "active", occurredAt: new Date(20) })
    const before = await actions()
    expect(await put({ plan: "any", status: "active", occurredAt: new Date(20) })).toEqual(newest)
    expect(await put({ plan: "old", status: "cancelled", occurredAt: new Date(10) })).toEqual(newest)
    expect(await actions()).toEqual(before)
  })

  it("believes whatever the organization's status, unless there never was one", async () => {
    const { put, tenantry, owner, organizationId } = await paid()
    await tenantry.organizations.delete(owner, { organizationId })
    expect(await put({ ...TEAM, status: "cancelled" })).toMatchObject({ status: "cancelled" })
    await expect(put(TEAM, "org_never" as OrganizationId)).rejects.toMatchObject(refusal("not_found"))
  })

  it("refuses what is no account", async () => {
    const { tenantry } = world(paidTeam)
    for (const id of ["u_ada", "user:", "organization:acme!", "group:x", null, {}])
      await expect(tenantry.subscriptions.put(id as AccountId, TEAM)).rejects.toMatchObject({
        code: "invalid_input",
        details: { issues: [{ path: ["account"] }] },
      })
  })

  it.each([
    [["status"], { plan: "pro", status: "over" }],
    [["plan"], { status: "active" }],
    [["periodEnd"], { plan: "pro", status: "active", periodStart: new Date(2), periodEnd: new Date(1) }],
    [["quota"], { plan: "pro", status: "active", quota: -1 }],
    [["extra"], { plan: "pro", status: "active", extra: 1 }],
    [["occurredAt"], { plan: "pro", status: "active", occurredAt: "2026-01-01" }],
    [["plan"], { plan: "unknown", status: "active" }],
  ])("refuses at %s: %o", async (path, terms) => {
    const { tenantry } = world(workspace, { billing: { plans } })
    await expect(tenantry.subscriptions.put(account.user(ada.id), terms as unknown as ToldTerms)).rejects.toMatchObject(
      { code: "invalid_input", details: { issues: [{ path }] } },
    )
  })

  it("takes any plan of a product that has none, and one that left the configuration of whoever has it", async () => {
    const { tenantry, store } = world(workspace)
    const mine = account.user(ada.id)
    await tenantry.subscriptions.put(mine, { plan: "legacy", status: "active", occurredAt: new Date(1) })
    const later = world(workspace, { billing: { plans }, store }).tenantry
    expect(await later.subscriptions.put(mine, { plan: "legacy", status: "cancelled" })).toMatchObject({
      status: "cancelled",
    })
    await expect(later.subscriptions.put(account.user("u_bob"), { plan: "legacy", status: "active" })).rejects.toThrow(
      "invalid input",
    )
  })

  const deliveries = fc
    .uniqueArray(
      fc.record({ at: fc.nat(50), status: fc.constantFrom("active", "paused", "cancelled"), quota: fc.nat(9) }),
      {
        selector: ({ at }) => at,
        minLength: 1,
        maxLength: 6,
      },
    )
    .chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
        fc.boolean(),
      ),
    )

  it("ends the same in any order, repeated, one by one or at once", async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, async ([events, delivered, atOnce]) => {
        const here = world(paidTeam)
        const { id } = await here.tenantry.organizations.create(ada, { name: "Acme" })
        for (const payer of [account.user(ada.id), account.organization(id)]) {
          const put = ({ at, status, quota }: (typeof events)[number]) =>
            here.tenantry.subscriptions.put(payer, {
              plan: "pro",
              status: status as "active",
              quota,
              occurredAt: new Date(at),
            })
          if (atOnce) await Promise.all(delivered.map(put))
          else for (const event of delivered) await put(event)
          const newest = events.reduce((a, b) => (a.at > b.at ? a : b))
          const { status, quota } = newest
          const holds = await put({ ...newest, at: -1, status: "paused" })
          expect(holds).toMatchObject({ status, quota, occurredAt: new Date(newest.at) })
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe("a host's own subscriptions", () => {
  it("are read in place of those put here, which order themselves all the same", async () => {
    const current = async (_: AccountId, product: string) =>
      product === "api" ? ({ plan: "pro", status: "paused" } as const) : null
    const { tenantry } = world(workspace, { billing: { plans }, subscriptions: { current } })
    const mine = account.user(ada.id)
    expect(await tenantry.subscriptions.put(mine, { plan: "free", status: "active" })).toMatchObject({ plan: "free" })
    expect(await tenantry.subscriptions.put(mine, { plan: "pro", status: "active" })).toMatchObject({ plan: "pro" })
    expect(await tenantry.billing.subscription(ada, {})).toMatchObject({
      plan: "pro",
      status: "paused",
      isActive: false,
    })
  })

  it("that cannot be read are `unavailable`", async () => {
    const current = () => Promise.reject(new Error("down"))
    const { tenantry } = world(workspace, { subscriptions: { current } })
    await expect(tenantry.billing.subscription(ada, {})).rejects.toMatchObject(refusal("unavailable"))
  })
})

describe("who reads a subscription", () => {
  it("is whoever has `billing.read` there, and each person their own", async () => {
    const { tenantry, owner, organizationId, bring } = await paid()
    const mel = person("mel")
    await bring(mel)
    await expect(tenantry.billing.subscription(mel, { organizationId })).rejects.toMatchObject(refusal("forbidden"))
    await expect(tenantry.billing.subscription(ada, { organizationId })).rejects.toMatchObject(refusal("not_found"))
    const view = await tenantry.billing.subscription(owner, { organizationId, product: "organization" })
    expect(view).toEqual({
      account: `organization:${organizationId}`,
      product: "organization",
      plan: "team",
      status: "active",
      isActive: true,
      quota: null,
      seats: { taken: 2, cap: null },
      features: [],
      periodStart: null,
      periodEnd: null,
    })
    expect(await tenantry.billing.subscription(mel, {})).toMatchObject({
      account: "user:u_mel",
      plan: null,
      status: "none",
      isActive: false,
    })
    await expect(tenantry.billing.subscription(system("host"), {} as never)).rejects.toMatchObject(refusal("forbidden"))
  })

  it("shows the default plan to whoever has none", async () => {
    const { tenantry } = world(workspace, { billing: { plans: [{ id: "free", quota: 5, default: true }] } })
    expect(await tenantry.billing.subscription(ada, {})).toMatchObject({
      plan: "free",
      status: "none",
      isActive: true,
      quota: { limit: 5 },
    })
  })

  it.each([
    ["the owner", workspace],
    ["nobody", customRoles],
  ])("is nobody inside an organization where %s pays", async (_, preset) => {
    const { tenantry } = world<never>(preset as never)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const { quote, subscription, changePlan, cancel } = tenantry.billing
    for (const asked of [
      quote(ada, { organizationId }),
      subscription(ada, { organizationId }),
      changePlan(ada, { organizationId, plan: "pro" }),
      cancel(ada, { organizationId }),
    ])
      await expect(asked).rejects.toMatchObject(refusal("not_billable"))
  })
})

describe("a period", () => {
  it("comes from the subscription, whose own quota stands in for the plan's", async () => {
    const clock = fakeClock()
    const { put, tenantry, owner, organizationId } = await paid()
    const periodStart = clock.now()
    const periodEnd = new Date(periodStart.getTime() + 864e5)
    await put({ plan: "big", status: "active", quota: 7, periodStart, periodEnd })
    expect(await tenantry.billing.subscription(owner, { organizationId })).toMatchObject({
      quota: { limit: 7, resetAt: periodEnd },
      periodStart,
      periodEnd,
    })
  })
})
