/** A suspended organization is read and not changed; a deleted one is not there. */
import { describe, expect, it } from "vitest"
import { call } from "./operations.ts"
import { put, withoutIds } from "./places.ts"
import { type Input, scenarios, titleOf } from "./scenarios.ts"
import { tenants } from "./tenants.ts"

/** What names the organization: its id, its slug, or a token of one of its invitations. */
const inside: (typeof scenarios)[number][] = []
for (const scenario of scenarios) {
  const { input } = await scenario.prepare(await tenants(scenario.options))
  if (["organizationId", "slug", "token"].some((field) => field in input) && scenario.name !== "organizations.create")
    inside.push(scenario)
}
const table = (kind: "query" | "command") =>
  inside
    .filter(({ again }) => (again === null) === (kind === "query"))
    .map((scenario) => [titleOf(scenario), scenario] as const)

it("is reached by every operation but those that name no organization", () => {
  const others = scenarios.filter((scenario) => !inside.includes(scenario)).map(({ name }) => name)
  expect([...new Set(others)]).toEqual(["organizations.create", "invitations.listMine"])
})

describe("in a suspended organization", () => {
  it.each(table("query"))("%s answers as before", async (_, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    const before = JSON.stringify(await call(at.tenantry, name, actor, input))
    await at.put(at.acme.organizationId, { status: "suspended" })
    expect(JSON.stringify(await call(at.tenantry, name, actor, input)).replace('"suspended"', '"active"')).toBe(before)
  })

  it.each(table("command"))("%s is refused", async (_, { name, options, prepare }) => {
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
  it.each([...table("query"), ...table("command")])(
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
