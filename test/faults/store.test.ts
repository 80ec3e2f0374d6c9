/** Whatever port call fails, and however: all of a command is there or nothing, and it can be given again. */
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import type { Entry } from "../../src/activity/activity.ts"
import { conclude, verification, verifyEntries } from "../../src/activity/verify.ts"
import type { Store } from "../../src/index.ts"
import { countCalls, type FaultMoment, intercept, withFaults } from "../../src/testing/testing.ts"
import type { Everything } from "../generated/database.ts"
import { call, codeOf, type Outcome } from "../generated/operations.ts"
import { isCommand, root } from "../generated/scenario.ts"
import { type Scenario, scenarios, titleOf } from "../generated/scenarios.ts"
import { type Tenants, tenants } from "../generated/tenants.ts"

const MOMENTS: readonly FaultMoment[] = ["before", "after"]

/** The error says that the store is out of reach, and nothing that the store said. */
function expectUnavailable(outcome: Outcome): void {
  if (outcome.ok) expect.fail("expected a refusal")
  const { error } = outcome
  expect(error).toMatchObject({ code: "unavailable", status: 503, details: {} })
  expect(error.cause).toBeUndefined()
  const shown = [error.message, error.stack, JSON.stringify(error), inspect(error, { depth: 20, showHidden: true })]
  expect(shown.join("\n")).not.toMatch(/connection|lost|intercept|memory-store/)
}

/** Every organization's entries are chained, gapless, and end at its revision and head. */
function expectSound({ organizations, entries }: Everything): void {
  for (const organization of organizations) {
    const own = entries.filter(({ organizationId }) => organizationId === organization.id)
    const given = own.map((entry) => ({ ...entry, at: new Date(entry.at) })) satisfies Entry[]
    const state = verifyEntries(verification(organization.id, { key: null, since: null }), given)
    expect(conclude(state, organization)).toMatchObject({ ok: true, entries: organization.revision })
  }
}

/** How many rows there are of everything. */
const sizes = (everything: Everything) =>
  Object.fromEntries(Object.entries(everything).map(([table, rows]) => [table, rows.length]))

/** Stands between a tenantry and its store for one scenario. */
type Between = (at: Tenants) => Store

/** The scenario without a fault: the calls it takes, and what stands before, between and after them. */
async function clean({ name, options, prepare }: Scenario, between: Between) {
  const at = await tenants(options)
  const { actor, input } = await prepare(at)
  const states = [at.everything()]
  const { store, calls } = countCalls(
    intercept(between(at), async (_, proceed) => {
      const result = await proceed()
      states.push(at.everything())
      return result
    }),
  )
  const outcome = await call(at.over(store), name, actor, input)
  expect(outcome).toMatchObject({ ok: true })
  return { calls, states, after: at.everything() }
}

async function faulted(scenario: Scenario, between: Between, failAt: number, moment: FaultMoment) {
  const at = await tenants(scenario.options)
  const { actor, input } = await scenario.prepare(at)
  const tenantry = at.over(withFaults(between(at), failAt, moment))
  const first = await call(tenantry, scenario.name, actor, input)
  const state = at.everything()
  const second = await call(tenantry, scenario.name, actor, input)
  return { first, state, second, final: at.everything() }
}

async function expectAllOrNothing(scenario: Scenario, between: Between): Promise<number> {
  const { calls, states, after } = await clean(scenario, between)
  for (const [index, failing] of calls.entries()) {
    for (const moment of MOMENTS) {
      const { first, state, second, final } = await faulted(scenario, between, index + 1, moment)
      expectUnavailable(first)
      expect([...states, after], `${failing}, ${moment}`).toContainEqual(state)
      expectSound(state)
      const tookEffect = scenario.again !== null && JSON.stringify(state) === JSON.stringify(after)
      const expected = tookEffect && !["unchanged", "anew"].includes(scenario.again ?? "") ? scenario.again : "ok"
      expect(codeOf(second), `${failing}, ${moment}, given again`).toBe(expected)
      if (tookEffect && scenario.again !== "anew") expect(final).toEqual(state)
      if (!tookEffect) expect(sizes(final)).toMatchObject(rowsOf(sizes(after)))
      expectSound(final)
    }
  }
  return calls.length
}

/** All but what a rival adds once more. */
const rowsOf = ({ entries: _, ...rows }: Record<string, number>) => rows

/** Every scenario but of what asks nothing of a store. */
const table = scenarios
  .map((scenario) => [titleOf(scenario), scenario] as const)
  .filter(([title]) => title !== "contexts.resolve of one's own")

describe("a failing store", () => {
  it.each(table)("leaves all of %s or nothing", async (_, scenario) => {
    expect(await expectAllOrNothing(scenario, ({ store }) => store)).toBeGreaterThan(0)
  })
})

describe("a failing store, while somebody else changes the organization", () => {
  /** Commits something of its own before the first commit that gets through. */
  const contended: Between = (at) => {
    let rivals = 1
    return intercept(at.store, async (made, proceed) => {
      if (made === "commit" && rivals-- > 0) {
        const { organizationId } = at.acme
        await at.tenantry.platform.organizations.update(root, { organizationId, name: "Renamed by others" })
      }
      return proceed()
    })
  }
  const commands = table.filter(
    ([, scenario]) => isCommand(scenario) && !scenario.own && scenario.name !== "organizations.create",
  )
  it.each(commands)("leaves all of %s or nothing", async (_, scenario) => {
    expect(await expectAllOrNothing(scenario, contended)).toBeGreaterThan(5)
  })
})

describe("a failing store, while somebody else changes the account", () => {
  const contended: Between = (at) => {
    let rivals = 1
    return intercept(at.store, async (made, proceed) => {
      if (made === "accounts.commit" && rivals-- > 0) await at.tenantry.apiKeys.create(at.acme.owner, { name: "Rival" })
      return proceed()
    })
  }
  const commands = table.filter(([, scenario]) => isCommand(scenario) && scenario.own)
  it.each(commands)("leaves all of %s or nothing", async (_, scenario) => {
    expect(await expectAllOrNothing(scenario, contended)).toBeGreaterThan(3)
  })
})

describe("a store that throws where it is to reject", () => {
  const failing = (): never => {
    throw new Error("connection lost")
  }
  const broken = (store: Store): Store => {
    const all = (part: object): object =>
      Object.fromEntries(
        Object.entries(part).map(([name, each]) => [name, typeof each === "function" ? failing : all(each)]),
      )
    return all(store) as Store
  }
  it.each(table)("is out of reach for %s too", async (_, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    expectUnavailable(await call(at.over(broken(at.store)), name, actor, input))
  })
})

describe("a secret box that fails", () => {
  const fail = (secret: string): never => {
    throw new Error(`the vault is sealed: ${secret}`)
  }
  const senders = table.filter(([, { name }]) => /^invitations\.(?:send|sendMany|resend)$/.test(name))
  it.each([
    ["throws", fail],
    ["rejects", async (secret: string) => fail(secret)],
  ])("and %s lets nothing out and nothing in", async (_, seal) => {
    expect(senders.length).toBeGreaterThan(2)
    for (const [, scenario] of senders) {
      const at = await tenants(scenario.options)
      const { actor, input } = await scenario.prepare(at)
      const before = at.everything()
      const box = { seal, open: (text: string) => text }
      const outcome = await call(at.over(at.store, { secretBox: box }), scenario.name, actor, input)
      expectUnavailable(outcome)
      expect(inspect(outcome, { depth: 20, showHidden: true })).not.toContain("vault")
      expect(at.everything()).toEqual(before)
    }
  })
})
