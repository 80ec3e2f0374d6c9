/** Every operation succeeds, records what it declares, and leaves no trace where it does not. */
import { describe, expect, it } from "vitest"
import { ACTIONS } from "../../src/activity/activity.ts"
import type { Everything } from "./database.ts"
import { byItself, call, codeOf, inputsOf, isInEither, operations } from "./operations.ts"
import { isCommand } from "./scenario.ts"
import { refusedCall, scenarios, titleOf } from "./scenarios.ts"
import { tenants } from "./tenants.ts"

const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort()
/** What is recorded of the host's own: no fact of the list. */
const HOSTS: Readonly<Record<string, readonly string[]>> = { "activity.record": ["invoice.sent"] }
const writers = scenarios.filter(({ again }) => again !== null)
const commands = scenarios.filter((scenario) => isCommand(scenario) && scenario.own !== true)
const queries = scenarios.filter(({ again }) => again === null)

/** The actions that were recorded between two states. */
const recorded = (before: Everything, after: Everything): readonly string[] =>
  after.entries.filter(({ id }) => !before.entries.some((entry) => entry.id === id)).map(({ action }) => action)

/** For each organization: its revision, and how many entries it has. */
const counts = ({ organizations, entries }: Everything) =>
  organizations.map(({ id, revision }) => ({
    id,
    revision,
    entries: entries.filter(({ organizationId }) => organizationId === id).map(({ seq }) => seq),
  }))

describe("the registry", () => {
  it("names every operation by its place in the facade", () => {
    expect([...operations.values()].map(({ name }) => name)).toEqual([...operations.keys()])
  })

  it("has a scenario for every operation, and no scenario without one", () => {
    expect(sorted(scenarios.map(({ name }) => name))).toEqual(sorted(operations.keys()))
  })

  it("has a scenario inside an organization and one on one's own account for what works in either", () => {
    const either = [...operations].filter(([, operation]) => isInEither(operation)).map(([name]) => name)
    const places = (name: string) => scenarios.filter((one) => one.name === name).map(({ own = false }) => own)
    expect(either.filter((name) => new Set(places(name)).size !== 2)).toEqual([])
    expect(either).toEqual([
      "contexts.resolve",
      ...["create", "list", "get", "update", "enable", "disable", "rotate", "delete"].map((name) => `apiKeys.${name}`),
      ...["record", "reserve", "commit", "release", "ofKey"].map((name) => `usage.${name}`),
      ...["subscription", "changePlan", "cancel"].map((name) => `billing.${name}`),
    ])
    for (const name of either) {
      const [inside, own] = inputsOf(operations.get(name) ?? expect.fail(name))
      expect([inside?.all.includes("organizationId"), own?.all.includes("organizationId")]).toEqual([true, false])
    }
  })

  it("calls a query a query, and what counts usage by its own name", () => {
    const isQuery = scenarios.map(({ name, again }) => [name, again === null])
    expect(scenarios.map(({ name }) => [name, operations.get(name)?.kind === "query"])).toEqual(isQuery)
    const counting = [...operations.values()].filter(({ kind }) => kind === "usage")
    expect(counting.map(({ name, facts }) => [name, facts])).toEqual(
      ["record", "reserve", "commit", "release"].map((name) => [`usage.${name}`, []]),
    )
  })

  it("has one list of facts, and every fact on it has a command", () => {
    expect(sorted([...byItself, ...operations.values()].flatMap(({ facts }) => facts))).toEqual(sorted(ACTIONS))
  })

  it.each(sorted(commands.map(({ name }) => name)))(
    "%s produces every fact it declares, and no other",
    async (name) => {
      const produced: string[] = []
      for (const scenario of commands.filter((one) => one.name === name)) {
        const at = await tenants(scenario.options)
        const { actor, input } = await scenario.prepare(at)
        const before = at.everything()
        await call(at.tenantry, name, actor, input)
        produced.push(...recorded(before, at.everything()))
      }
      expect(sorted(produced)).toEqual(sorted(HOSTS[name] ?? operations.get(name)?.facts ?? []))
    },
  )

  it("records what the outbox gives up", async () => {
    const at = await tenants()
    const { organizationId } = at.acme
    await at.tenantry.invitations.send(at.acme.owner, { organizationId, email: "lost@acme.example", role: "member" })
    at.mail.failNext(8)
    const before = at.everything()
    for (let attempt = 0; attempt < 8; attempt++) {
      await at.tenantry.outbox.deliver()
      at.clock.advance({ hours: 15 })
    }
    expect(recorded(before, at.everything())).toEqual(["invitation.delivery_failed"])
  })

  it("records a key that leaked, a quota that is used up, and nothing else by itself", async () => {
    const at = await tenants()
    const { organizationId, owner, keys } = at.acme
    const before = at.everything()
    await at.tenantry.apiKeys.revokeLeaked(keys.organization.secret)
    await at.tenantry.usage.record(owner, { organizationId, units: 900 })
    expect(recorded(before, at.everything())).toEqual(["api_key.revoked", "quota.threshold_reached"])
    expect(sorted(byItself.filter(({ name }) => !name.startsWith("users.")).flatMap(({ facts }) => facts))).toEqual([
      "api_key.revoked",
      "invitation.delivery_failed",
      "quota.threshold_reached",
    ])
  })
})

describe.each(scenarios.map((scenario) => [titleOf(scenario), scenario] as const))("%s", (_, scenario) => {
  const { name, options, again } = scenario

  it("succeeds", async () => {
    const at = await tenants(options)
    const { actor, input } = await scenario.prepare(at)
    const before = at.everything()
    expect(await call(at.tenantry, name, actor, input)).toMatchObject({ ok: true })
    const after = at.everything()
    if (again === null) expect(after).toEqual(before)
    else expect(after).not.toEqual(before)
    expect(recorded(before, after).length > 0).toBe(commands.includes(scenario))
    const numbered = counts(after)
    // All but one that is purged.
    expect(numbered.length).toBeGreaterThan(0)
    expect(numbered).toEqual(
      numbered.map(({ id, revision }) => ({
        id,
        revision,
        entries: Array.from({ length: revision }, (_, index) => index + 1),
      })),
    )
  })

  it("leaves no trace when it is refused", async () => {
    const at = await tenants(options)
    const { actor, input, code } = await refusedCall(await scenario.prepare(at))
    const before = at.everything()
    expect(codeOf(await call(at.tenantry, name, actor, input))).toBe(code)
    expect(at.everything()).toEqual(before)
  })
})

describe("given again at once", () => {
  it.each(writers.map((scenario) => [titleOf(scenario), scenario.again, scenario] as const))(
    "%s: %s",
    async (_, again, scenario) => {
      const at = await tenants(scenario.options)
      const { actor, input } = await scenario.prepare(at)
      await call(at.tenantry, scenario.name, actor, input)
      const before = at.everything()
      const outcome = await call(at.tenantry, scenario.name, actor, input)
      const changed = JSON.stringify(at.everything()) !== JSON.stringify(before)
      expect(outcome.ok ? (changed ? "anew" : "unchanged") : codeOf(outcome)).toBe(again)
      if (again !== "anew") expect(at.everything()).toEqual(before)
    },
  )

  it("a query answers the same", async () => {
    for (const scenario of queries) {
      const at = await tenants(scenario.options)
      const { actor, input } = await scenario.prepare(at)
      const first = await call(at.tenantry, scenario.name, actor, input)
      expect(JSON.stringify(await call(at.tenantry, scenario.name, actor, input)), scenario.name).toBe(
        JSON.stringify(first),
      )
    }
  })
})
