/** Every command asks its guard, and every operation stands or falls with a host's transaction. */
import { describe, expect, it } from "vitest"
import { type GuardQuestion, refuse, type Tenantry } from "../../src/index.ts"
import { call, codeOf, operationOf } from "./operations.ts"
import { isCommand } from "./scenario.ts"
import { refusedCall, scenarios, titleOf } from "./scenarios.ts"
import { tenants } from "./tenants.ts"

const table = scenarios.map((scenario) => [titleOf(scenario), scenario] as const)
const commands = table.filter(([, scenario]) => isCommand(scenario))
/** What asks its guard before there are facts: the payment provider is asked next. */
const isAsking = (name: string): boolean => name.startsWith("billing.")

describe("a command's guard", () => {
  it.each(commands)("can refuse %s, which then leaves no trace", async (_, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    const no = refuse({ code: "not_today", status: 418, message: "Not today." })
    const before = at.everything()
    const outcome = await call(at.over(at.store, { guards: { [name]: () => no } }), name, actor, input)
    expect(outcome).toMatchObject({ error: { code: "refused", status: 418, details: { hostCode: "not_today" } } })
    expect(at.everything()).toEqual(before)
  })

  it.each(commands)("of %s is shown what activity then says", async (_, { name, options, own, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    const asked: GuardQuestion[] = []
    const guards = { [name]: (question: GuardQuestion) => void asked.push(question) }
    const known = new Set(at.everything().entries.map(({ id }) => id))
    expect(await call(at.over(at.store, { guards }), name, actor, input)).toMatchObject({ ok: true })
    // A derived slug that was taken is decided anew.
    const facts = asked.at(-1)?.facts ?? expect.fail("nothing was asked")
    const entries = at.everything().entries.filter(({ id }) => !known.has(id))
    if (isAsking(name)) expect(facts).toEqual([])
    else if (own) expect(facts).toHaveLength(1)
    else expect(facts.map(({ action }) => action).sort()).toEqual(entries.map(({ action }) => action).sort())
    // What the host records is its own, and of no list.
    if (name !== "activity.record") for (const { action } of facts) expect(operationOf(name).facts).toContain(action)
    expect(JSON.stringify(asked)).not.toMatch(/"(?:hash|tokenHash|secret|head)":/)
  })

  it.each(commands)("is not asked of %s when it is refused anyway", async (_, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input, code } = await refusedCall(await prepare(at))
    const guards = { [name]: () => (code === "slug_taken" ? undefined : expect.fail("asked")) }
    expect(codeOf(await call(at.over(at.store, { guards }), name, actor, input))).toBe(code)
  })
})

describe("within a host's transaction", () => {
  class Undo extends Error {}

  it.each(table)("%s leaves no trace when the host rolls back", async (_, { name, options, prepare }) => {
    const at = await tenants(options)
    const { actor, input } = await prepare(at)
    const before = at.everything()
    const work = at.store.transaction(async (transaction) => {
      const inside = at.tenantry.within(transaction) as Tenantry
      expect(await call(inside, name, actor, input)).toMatchObject({ ok: true })
      throw new Undo()
    })
    await expect(work).rejects.toThrow(Undo)
    expect(at.everything()).toEqual(before)
  })

  it.each(table)("%s comes to what it comes to outside", async (_, { name, options, prepare }) => {
    const [one, other] = [await tenants(options), await tenants(options)]
    const [here, there] = [await prepare(one), await prepare(other)]
    const outside = await call(one.tenantry, name, here.actor, here.input)
    const inside = await other.store.transaction((transaction) =>
      call(other.tenantry.within(transaction) as Tenantry, name, there.actor, there.input),
    )
    expect(JSON.stringify(inside)).toBe(JSON.stringify(outside))
    expect(other.everything()).toEqual(one.everything())
  })

  it.each(table)("%s is refused as it is outside, and the transaction goes on", async (_, scenario) => {
    const { name, options, prepare } = scenario
    const at = await tenants(options)
    const { actor, input, code } = await refusedCall(await prepare(at))
    await at.store.transaction(async (transaction) => {
      const inside = at.tenantry.within(transaction) as Tenantry
      expect(codeOf(await call(inside, name, actor, input))).toBe(code)
      const { organizationId, owner } = at.globex
      expect(await call(inside, "organizations.update", owner, { organizationId, name: "Globex on" })).toMatchObject({
        ok: true,
      })
    })
  })
})
