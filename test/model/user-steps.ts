/**
 * What the host's user table brings: people who change, and people who are erased.
 *
 * @module
 */
import fc from "fast-check"
import { expect } from "vitest"
import { attempt } from "../../src/index.ts"
import type { UserId } from "../../src/kernel/actor.ts"
import type { Email } from "../../src/kernel/email.ts"
import { agree } from "./agree.ts"
import { agreeOnSecrets } from "./agree-keys.ts"
import type { Command } from "./call.ts"
import type { Model } from "./model.ts"
import { many, nth } from "./parts.ts"
import { people } from "./people.ts"
import type { World } from "./reality.ts"
import { codeOr } from "./rows.ts"
import type { Change } from "./user-operations.ts"

const outcomeOf = (result: Awaited<ReturnType<typeof attempt>>): string => (result.ok ? "done" : result.error.code)

/** Somebody has another address or name. */
class Update implements Command {
  readonly userId: string
  readonly change: Change
  constructor(userId: string, change: Change) {
    this.userId = userId
    this.change = change
  }
  check = () => true
  async run(model: Model, world: World): Promise<void> {
    const { userId, change } = this
    const expected = codeOr(() => model.operations["users.update"](userId, change)) ?? "done"
    expect(outcomeOf(await attempt(world.tenantry.users.update(userId, change)))).toBe(expected)
    await agree(model, world)
    world.tally("users.update", expected)
  }
  toString = () => `users.update(${this.userId} ${JSON.stringify(this.change)})`
}

/** Somebody is deleted from the host's user table; asked for again, nothing is left to do. */
class Erase implements Command {
  readonly who: number
  #said = ""
  constructor(who: number) {
    this.who = who
  }
  check = () => true
  async run(model: Model, world: World): Promise<void> {
    const { id, email } = nth(people, this.who) ?? people[0] ?? expect.fail("nobody there")
    const rows = [...model.organizations.values()].flatMap((org) => [
      org.members,
      ...org.projects.map(({ places }) => places),
    ])
    const copies = rows.flatMap((byUser) => byUser.get(id)?.email ?? [])
    const whom = { userId: id as UserId, emails: [...new Set([email, ...copies])] as Email[] }
    this.#said = `${id} ${whom.emails}`
    const look = () => world.store.users.organizationsOf(whom, { after: null, limit: 1000 })
    const mentioned = await look()
    const expected = codeOr(() => model.operations["users.erase"](whom, mentioned)) ?? "done"
    expect(outcomeOf(await attempt(world.tenantry.users.erase(whom)))).toBe(expected)
    await agree(model, world)
    world.tally("users.erase", expected)
    if (expected !== "done") return
    expect(await look()).toEqual([])
    world.writes.length = 0
    await world.tenantry.users.erase(whom)
    expect(world.writes).toEqual([])
    await agreeOnSecrets(
      model.keys.allKeys().filter(({ holder }) => holder.type !== "organization" && holder.userId === id),
      model,
      world,
    )
  }
  toString = () => `users.erase(${this.#said})`
}

const userId = fc.constantFrom(...people.map(({ id }) => id))
const email = fc.constantFrom(...people.map((one) => one.email), "fay@acme.example", " NEW@Acme.Example ", "nobody")
const name = fc.constantFrom("Somebody", "Somebody else", null)

/** Every such step, with how often it is drawn. */
export const userSteps: readonly (readonly [weight: number, fc.Arbitrary<Command>])[] = [
  [4, fc.tuple(userId, fc.record({ email, name }, { requiredKeys: [] })).map(([id, change]) => new Update(id, change))],
  [2, many.map((who) => new Erase(who))],
]
