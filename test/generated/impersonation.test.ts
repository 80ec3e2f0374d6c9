/** Somebody who acts in another person's name: what is refused to them, and that both of them are on record. */
import { describe, expect, it } from "vitest"
import { type User, user } from "../../src/index.ts"
import { call, codeOf, operations } from "./operations.ts"
import { isCommand } from "./scenario.ts"
import { scenarios, titleOf } from "./scenarios.ts"
import { tenants } from "./tenants.ts"

/** Nobody transfers, deletes, ends what an organization pays with, or makes keys in another's name. */
const REFUSED = [
  ...["delete", "transferOwnership", "offerOwnership", "acceptOwnership", "declineOwnership"].map(
    (name) => `organizations.${name}`,
  ),
  ...["organizations.cancelOwnershipOffer", "apiKeys.create", "apiKeys.rotate"],
]

const inTheNameOf = ({ id, email, emailVerified, ip, userAgent }: User): User =>
  user({ id, email, emailVerified, ip, userAgent, impersonatedBy: "u_support" })

const given: (readonly [title: string, scenario: (typeof scenarios)[number]])[] = []
for (const scenario of scenarios) {
  const at = await tenants(scenario.options)
  const { actor } = await scenario.prepare(at)
  if (actor.type === "user" && operations.get(scenario.name)?.open !== true) given.push([titleOf(scenario), scenario])
}

describe("somebody who acts in another person's name", () => {
  it.each(given)("%s", async (_, scenario) => {
    const { name, options } = scenario
    const at = await tenants(options)
    const { actor, input } = await scenario.prepare(at)
    if (actor.type !== "user") expect.fail("a person gives it")
    const before = at.everything()
    const outcome = await call(at.tenantry, name, inTheNameOf(actor), input)
    const after = at.everything()
    if (REFUSED.includes(name)) {
      expect(codeOf(outcome)).toBe("forbidden")
      expect(after).toEqual(before)
      return
    }
    expect(codeOf(outcome)).toBe("ok")
    if (!isCommand(scenario) || scenario.own) return
    const entries = after.entries.filter(({ id }) => !before.entries.some((entry) => entry.id === id))
    const by = entries.filter(({ actorUserId }) => actorUserId === actor.id).map(({ impersonatedBy }) => impersonatedBy)
    expect(by.length).toBeGreaterThan(0)
    expect(new Set(by)).toEqual(new Set(["u_support"]))
  })

  it("is refused what is on the list, by operations that people give", () => {
    const names = new Set(given.map(([, { name }]) => name))
    expect(REFUSED.filter((name) => !names.has(name))).toEqual([])
  })
})
