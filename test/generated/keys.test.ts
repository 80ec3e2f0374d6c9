/** Keys as actors: at home in one organization alone, and only while they work. */
import { describe, expect, it } from "vitest"
import { countCalls, type PortCall } from "../../src/testing/testing.ts"
import { call, type Outcome } from "./operations.ts"
import { withoutIds } from "./places.ts"
import { actorsOf, host } from "./scenario.ts"
import { type Scenario, scenarios, titleOf } from "./scenarios.ts"
import { type Tenant, type Tenants, tenants } from "./tenants.ts"

const keyed = scenarios.filter((scenario) => actorsOf(scenario).includes("apiKey"))
const inside = keyed.filter(({ own }) => own !== true)
const tableOf = (some: readonly Scenario[]) => some.map((scenario) => [titleOf(scenario), scenario] as const)

type Which = keyof Tenant["keys"]

/** The scenario's call by that actor, in a world of its own: what came of it, as text, and the calls it took. */
async function asked(
  { name, options, prepare }: Scenario,
  by: (at: Tenants) => unknown,
  input: (at: Tenants, given: Readonly<Record<string, unknown>>) => unknown = (_, given) => given,
): Promise<Readonly<{ outcome: Outcome; text: string; calls: readonly PortCall[] }>> {
  const at = await tenants(options)
  const given = await prepare(at)
  const actor = await by(at)
  const { store, calls } = countCalls(at.store)
  const before = at.everything()
  const outcome = await call(at.over(store), name, actor, input(at, given.input))
  expect(at.everything()).toEqual(before)
  // A slug is public: that it leads somewhere is no secret.
  const visible = name === "organizations.getBySlug" ? [] : calls
  return {
    outcome,
    calls,
    text: JSON.stringify({ outcome, message: outcome.ok ? "" : outcome.error.message, visible }),
  }
}

const NOTHING = (name: string) =>
  name === "organizations.find" ? { ok: true, value: null } : { ok: false, error: { code: "not_found", details: {} } }

describe.each<[string, Which]>([
  ["a key of another organization, with every permission", "master"],
  ["a key of a member of another organization", "member"],
  ["a key of nobody's organization", "own"],
])("%s", (_, which) => {
  it.each(tableOf(inside))("learns nothing from %s", async (_, scenario) => {
    const by = (at: Tenants) => at.globex.keys[which].actor
    const real = await asked(scenario, by)
    const random = await asked(scenario, by, (at, input) => withoutIds(input, at.globex))
    expect(real.text).toBe(random.text)
    expect(real.outcome).toMatchObject(NOTHING(scenario.name))
  })
})

describe("the owner's personal key", () => {
  it.each(tableOf(inside))("learns nothing from %s in the owner's organization", async (_, scenario) => {
    const { outcome } = await asked(scenario, (at) => at.acme.keys.own.actor)
    expect(outcome).toMatchObject(NOTHING(scenario.name))
  })
})

/** What ends a key of that kind, and every way to. */
const ENDINGS: readonly (readonly [how: string, end: (at: Tenants, which: Which) => Promise<unknown>])[] = [
  ["revoked", ({ tenantry, acme }, which) => tenantry.apiKeys.revokeLeaked(acme.keys[which].secret)],
  [
    "expired",
    async ({ tenantry, acme, clock }, which) => {
      const expiresAt = new Date(clock.now().getTime() + 1000)
      await tenantry.apiKeys.update(acme.owner, { ...placeOf(acme, which), expiresAt })
      clock.advance({ seconds: 1 })
    },
  ],
  ["disabled", ({ tenantry, acme }, which) => tenantry.apiKeys.disable(acme.owner, placeOf(acme, which))],
  ["deleted", ({ tenantry, acme }, which) => tenantry.apiKeys.delete(acme.owner, placeOf(acme, which))],
]

const placeOf = ({ organizationId, keys }: Tenant, which: Which) =>
  which === "own" ? { apiKeyId: keys.own.id } : { organizationId, apiKeyId: keys[which].id }

const UNAUTHENTICATED = { ok: false, error: { code: "unauthenticated", status: 401, details: {} } }

describe.each(ENDINGS)("a key that is %s", (_, end) => {
  it.each(tableOf(keyed))("is nobody to %s", async (_, scenario) => {
    const which = scenario.own ? "own" : "master"
    const { outcome, calls } = await asked(scenario, async (at) => {
      const { actor } = at.acme.keys[which]
      await end(at, which)
      return actor
    })
    expect(outcome).toMatchObject(UNAUTHENTICATED)
    const looked = scenario.own ? ["accounts.load"] : ["load"]
    expect(calls.filter((made) => made !== "organizations.idOfSlug")).toEqual(looked)
  })
})

describe("a key whose holder", () => {
  const remove = ({ tenantry, acme: { owner, organizationId, memberships } }: Tenants) =>
    tenantry.memberships.remove(owner, { organizationId, membershipId: memberships.member.id })
  const leave = ({ tenantry, acme: { member, organizationId } }: Tenants) =>
    tenantry.memberships.leave(member, { organizationId })
  const comeBack = ({ tenantry, acme: { member, organizationId } }: Tenants) =>
    tenantry.memberships.add(host, { organizationId, user: { id: member.id, email: member.email }, role: "admin" })
  const gone: readonly (readonly [string, (at: Tenants) => Promise<unknown>])[] = [
    ["was removed", remove],
    ["left", leave],
    ["left and came back", async (at) => [await leave(at), await comeBack(at)]],
  ]

  describe.each(gone)("%s", (_, end) => {
    it.each(tableOf(inside))("is nobody to %s", async (_, scenario) => {
      const { outcome } = await asked(scenario, async (at) => {
        const { actor } = at.acme.keys.member
        await end(at)
        return actor
      })
      expect(outcome).toMatchObject(UNAUTHENTICATED)
    })
  })
})

describe("a key that a member holds", () => {
  it("does no more than its holder does, from the very next call on", async () => {
    const at = await tenants()
    const { organizationId, owner, member, memberships } = at.acme
    const { secret } = await at.tenantry.apiKeys.create(member, {
      organizationId,
      name: "reader",
      holder: "member",
      scopes: ["api.use", "members.read"],
    })
    const verdict = await at.tenantry.apiKeys.verify(secret)
    if (!verdict.ok) return expect.fail(verdict.code)
    const list = () => call(at.tenantry, "memberships.list", verdict.actor, { organizationId })
    expect(await list()).toMatchObject({ ok: true })
    const membershipId = memberships.member.id
    await at.tenantry.memberships.changeRole(owner, { organizationId, membershipId, role: "guest" })
    expect(await list()).toMatchObject({
      ok: false,
      error: { code: "forbidden", details: { permission: "members.read" } },
    })
    await at.tenantry.memberships.changeRole(owner, { organizationId, membershipId, role: "admin" })
    expect(await list()).toMatchObject({ ok: true })
    const beyond = await call(at.tenantry, "roles.list", verdict.actor, { organizationId })
    expect(beyond).toMatchObject({ ok: false, error: { code: "forbidden", details: { permission: "roles.read" } } })
  })

  it("acts where its own organization is, and is that key in what is recorded", async () => {
    const at = await tenants()
    const { organizationId, keys } = at.acme
    const outcome = await call(at.tenantry, "organizations.update", keys.master.actor, {
      organizationId,
      name: "Acme 2",
    })
    expect(outcome).toMatchObject({ ok: true, value: { name: "Acme 2" } })
    const own = at.everything().entries.filter((entry) => entry.organizationId === organizationId)
    expect(own.at(-1)).toMatchObject({ action: "organization.updated", actor: `apiKey:${keys.master.id}` })
  })
})
