/**
 * The compiled engine against the plain reference.
 *
 * @module
 */
import { expect, it } from "vitest"
import { definePolicy, type ManageAction } from "../../src/policy/policy.ts"
import { askedNames, HOSTILE_NAMES, randomFrom, randomPolicy, randomStanding } from "./random-policy.ts"
import { referenceOf } from "./reference.ts"

const POLICIES = 1000
const STANDINGS = 20
const CHECKS = 45
const ACTIONS: readonly ManageAction[] = ["invite", "update", "remove"]

it("the engine agrees with the reference on a million questions about a thousand policies", () => {
  const tally = { asked: 0, allowed: 0, managed: 0, allowedKeys: 0, managedByKeys: 0 }
  for (let seed = 1; seed <= POLICIES; seed++) {
    const random = randomFrom(seed)
    const input = randomPolicy(random)
    const policy = definePolicy(input)
    const reference = referenceOf(input)
    const names = askedNames(input)
    for (let person = 0; person < STANDINGS; person++) {
      const standing = randomStanding(random, input)
      const access = policy.resolve(standing)
      const isKey = standing.actor.type === "apiKey"
      const roles = [...Object.keys(input.roles), ...standing.customRoles.map(({ name }) => name), ...HOSTILE_NAMES]
      for (let check = 0; check < CHECKS; check++) {
        const name = names[Math.floor(random() * names.length)] ?? ""
        const allowed = access.can(name)
        if (allowed !== reference.can(standing, name)) disagree({ seed, person, name, allowed })
        tally.asked += 1
        tally.allowed += Number(allowed)
        tally.allowedKeys += Number(allowed && isKey)
      }
      for (let check = 0; check < 5; check++) {
        const role = roles[Math.floor(random() * roles.length)] ?? ""
        const action = ACTIONS[check % 3] ?? "invite"
        const managed = access.manages(action, role)
        if (managed !== reference.manages(standing, action, role)) disagree({ seed, person, action, role, managed })
        tally.asked += 1
        tally.managed += Number(managed)
        tally.managedByKeys += Number(managed && isKey)
      }
    }
  }
  expect(tally.asked).toBe(1_000_000)
  expect(tally.allowed).toBeGreaterThan(100_000)
  expect(tally.managed).toBeGreaterThan(10_000)
  expect(tally.allowedKeys).toBeGreaterThan(10_000)
  expect(tally.managedByKeys).toBeGreaterThan(300)
})

function disagree(question: object): never {
  throw new Error(`the reference says otherwise: ${JSON.stringify(question)}`)
}
