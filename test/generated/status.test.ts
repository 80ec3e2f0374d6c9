/** A suspended organization is read and not changed; a deleted one is not there. */
import { describe, expect, it } from "vitest"
import { account } from "../../src/index.ts"
import { call } from "./operations.ts"
import { put, withoutIds } from "./places.ts"
import { isPlatform } from "./scenario.ts"
import { type Input, refusedCall, scenarios, titleOf } from "./scenarios.ts"
import { tenants } from "./tenants.ts"

/** What names the organization: its id, its slug, or a token of one of its invitations. */
const inside: (typeof scenarios)[number][] = []
const outside = scenarios.filter(({ own }) => own === true)
for (const scenario of scenarios.filter((one) => !outside.includes(one) && !isPlatform(one))) {
  const { input } = await scenario.prepare(await tenants(scenario.options))
  if (["organizationId", "slug", "token"].some((field) => field in input) && scenario.name !== "organizations.create")
    inside.push(scenario)
}
const table = (kind: "query" | "writer") =>
  inside
    .filter(({ again }) => (again === null) === (kind === "query"))
    .map((scenario) => [titleOf(scenario), scenario] as const)

it("is reached by every operation but those that name no organization, and the platform's", () => {
  const others = scenarios.filter((one) => !inside.includes(one) && one.own !== true && !isPlatform(one))
  expect([...new Set(others.map(({ name }) => name))]).toEqual([
    "organizations.create",
    "invitations.listMine",
    "contexts.list",
  ])
})

describe("in a suspended organization", () => {
  it.each(table("query"))("%s answers as before", async (_, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    const before = JSON.stringify(await call(at.tenantry, name, actor, input))
    await at.put(at.acme.organizationId, { status: "suspended" })
    const now = JSON.stringify(await call(at.tenantry, name, actor, input))
    // Its keys do not work meanwhile.
    expect(now.replace('"suspended"', '"active"').replaceAll('"inactive"', '"active"')).toBe(before)
  })

  it("keys work neither as they are nor as actors", async () => {
    const at = await tenants()
    const { organizationId, keys } = at.acme
    await at.put(organizationId, { status: "suspended" })
    for (const { secret, actor } of [keys.organization, keys.master, keys.member]) {
      expect(await at.tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "organization_inactive" })
      for (const name of ["usage.record", "memberships.list"]) {
        const outcome = await call(at.tenantry, name, actor, { organizationId })
        expect(outcome, name).toMatchObject({ ok: false, error: { code: "unauthenticated" } })
      }
    }
    expect(await at.tenantry.apiKeys.verify(keys.own.secret)).toMatchObject({ ok: true })
  })

  it.each(table("writer"))("%s is refused", async (_, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    await at.put(at.acme.organizationId, { status: "suspended" })
    const before = at.everything()
    const outcome = await call(at.tenantry, name, actor, input)
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: "organization_inactive", details: { status: "suspended" } },
    })
    expect(at.everything()).toEqual(before)
  })
})

describe.each(["deleted", "purging"] as const)("an organization that is %s", (status) => {
  it.each([...table("query"), ...table("writer")])(
    "answers %s like one that never was",
    async (_, { name, options, prepare }) => {
      const at = await tenants(options)
      const { actor, input } = await prepare(at)
      await at.put(at.acme.organizationId, { status })
      const before = at.everything()
      const there = await call(at.tenantry, name, actor, input)
      const nowhere = await call(at.tenantry, name, actor, withoutToken(withoutIds(input, at.globex)))
      expect(JSON.stringify(there)).toBe(JSON.stringify(nowhere))
      expect(there).toMatchObject(
        name === "organizations.find" ? { ok: true, value: null } : { ok: false, error: { code: "not_found" } },
      )
      expect(at.everything()).toEqual(before)
    },
  )

  it("has no keys: its own are nobody's, and their actors find nothing", async () => {
    const at = await tenants()
    const { organizationId, keys } = at.acme
    await at.put(organizationId, { status })
    for (const { secret, actor } of [keys.organization, keys.master, keys.member]) {
      expect(await at.tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "organization_inactive" })
      const outcome = await call(at.tenantry, "usage.record", actor, { organizationId })
      expect(outcome).toMatchObject({ ok: false, error: { code: "not_found" } })
    }
  })

  it("offers nobody its invitations", async () => {
    const at = await tenants()
    const mine = () => at.tenantry.invitations.listMine(at.acme.invited, {})
    expect((await mine()).data.map(({ organizationId }) => organizationId)).toEqual([at.acme.organizationId])
    await at.put(at.acme.organizationId, { status })
    expect((await mine()).data).toEqual([])
  })

  it("keeps its slug from others", async () => {
    const at = await tenants()
    await at.put(at.acme.organizationId, { status })
    const outcome = await call(at.tenantry, "organizations.create", at.globex.owner, {
      name: "Acme",
      slug: at.acme.slug,
    })
    expect(outcome).toMatchObject({ ok: false, error: { code: "slug_taken" } })
  })
})

const withoutToken = (input: Input): Input =>
  "token" in input ? (put(input, ["token"], "x".repeat(32)) as Input) : input

describe.each(["suspended", "deleted", "purging"] as const)("what is said of an organization that is %s", (status) => {
  it("by its payment provider is taken in all the same", async () => {
    const at = await tenants()
    const { organizationId } = at.acme
    await at.put(organizationId, { status })
    const terms = { plan: "pro", status: "cancelled" } as const
    const told = await at.tenantry.subscriptions.put(account.organization(organizationId), terms)
    expect(told).toMatchObject({ product: "api", ...terms })
    const kept = at.everything().subscriptions.filter(({ id }) => id === told.id)
    expect(kept).toEqual([told])
    const own = at.everything().entries.filter((entry) => entry.organizationId === organizationId)
    expect(own.at(-1)).toMatchObject({ action: "subscription.cancelled", actor: "system:subscriptions" })
  })

  it("by whoever finds a secret of its keys revokes them all the same", async () => {
    const at = await tenants()
    const { organizationId, keys } = at.acme
    await at.put(organizationId, { status })
    await at.tenantry.apiKeys.revokeLeaked(keys.organization.secret)
    expect(await at.tenantry.apiKeys.verify(keys.organization.secret)).toMatchObject({ ok: false, code: "revoked" })
  })

  it.each(outside.map((scenario) => [titleOf(scenario), scenario] as const))(
    "leaves %s as it was, which is no organization's",
    async (_, scenario) => {
      const at = await tenants(scenario.options)
      await at.put(at.acme.organizationId, { status })
      const given = await scenario.prepare(at)
      expect(await call(at.tenantry, scenario.name, given.actor, given.input)).toMatchObject({ ok: true })
      const anew = await tenants(scenario.options)
      await anew.put(anew.acme.organizationId, { status })
      const refused = await refusedCall(await scenario.prepare(anew))
      expect(await call(anew.tenantry, scenario.name, refused.actor, refused.input)).toMatchObject({
        ok: false,
        error: { code: refused.code },
      })
    },
  )
})
