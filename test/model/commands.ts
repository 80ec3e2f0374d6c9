/**
 * What the model is put through: every operation of the registry by all kinds of callers, mail, and time.
 *
 * @module
 */
import fc from "fast-check"
import { expect } from "vitest"
import { type Actor, attempt, type User } from "../../src/index.ts"
import { ALL, type Law, NAMES } from "./laws.ts"
import type { Check, Model } from "./model.ts"
import { admin, host, people } from "./people.ts"
import { agree, deliverAll, type World } from "./reality.ts"
import { codeOr, type Organization } from "./rows.ts"

/** Where a step takes place, and what is around. */
type Scene = Readonly<{ model: Model; org: Organization | undefined; seen: readonly string[] }>

/** A part of an input: what is drawn, and what it stands for in a scene. */
type Part<T> = Readonly<{ drawn: fc.Arbitrary<T>; resolve(drawn: T, scene: Scene): unknown }>
const part = <T>(drawn: fc.Arbitrary<T>, resolve: (drawn: T, scene: Scene) => unknown = (value) => value): Part<T> => ({
  drawn,
  resolve,
})
const maybe = <T>({ drawn, resolve }: Part<T>): Part<T | undefined> => ({
  drawn: fc.option(drawn, { nil: undefined, freq: 2 }),
  resolve: (value, scene) => (value === undefined ? undefined : resolve(value, scene)),
})

const upTo = (most: number) => fc.noBias(fc.nat(most))
const many = upTo(999)
const nth = <T>(items: readonly T[], at: number): T | undefined => items[at % Math.max(items.length, 1)]

/** Mostly one of these rows; at times one of another organization, or one that is gone. */
const anId = (prefix: string, rows: (org: Organization) => Iterable<{ id: string }>) =>
  part(many, (n, { org, seen }) => {
    const own = org === undefined ? [] : [...rows(org)].map(({ id }) => id)
    const strange = [...seen.filter((id) => id.startsWith(`${prefix}_`)), `${prefix}_none`]
    return (n % 10 === 0 ? undefined : nth(own, n)) ?? nth(strange, n)
  })
const membershipId = anId("mem", (org) => org.members.values())
const invitationId = anId("inv", (org) => org.invitations)
const pendingId = anId("inv", ({ invitations }) => {
  const pending = invitations.filter(({ status }) => status === "pending")
  return pending.length > 0 ? pending : invitations
})
const roleId = anId("role", (org) => org.roles)

const guests = ["fay", "gil", "hal", "ida", "jon", "kim"].map((name) => `${name}@acme.example`)
const address = fc.constantFrom(
  ...people.map(({ email }) => email),
  ...guests,
  ...guests,
  " DAN@Acme.Example ",
  "nobody",
)
const email = part(address)
const role = part(many, (n, { model, org }) => {
  const own = (org?.roles ?? []).map(({ name }) => name)
  return nth([...model.terms.law.roles.keys(), ...own, ...own, "ghost"], n)
})
const slug = part(fc.constantFrom("acme", "zoe-co", "beta", "gamma", "admin", "No Slug"))
const name = part(fc.constantFrom(...NAMES.keys()))
const named = fc.constantFrom({ id: "u_ada", email: "ada@acme.example" }, { id: "u_dan", email: "Dan@acme.example" })
const customName = part(
  fc.constantFrom(
    "support",
    "billing",
    "care",
    "member",
    "admin",
    "member",
    "admin",
    "owner",
    "constructor",
    "No Name",
  ),
)
const permissions = part(
  fc.oneof(
    fc.subarray(["members.read", "users.invite", "members.update", "members.remove", "organization.read"]),
    fc.subarray(["roles.create", "roles.update", "roles.delete", "roles.read", "activity.read", "users.read"]),
    fc.constantFrom([...ALL], ["organization.delete", "roles.update"], ["no.such"], ["billing.cancel", "roles.create"]),
  ),
)
const limit = maybe(part(fc.integer({ min: 1, max: 3 })))
const reference = part(fc.tuple(many, fc.boolean()), ([n, byToken], { model, org }) => {
  const known = model.letters.filter(({ token }) => token !== null).toReversed()
  const live = known.filter((letter) => letter.invitation.letter === letter && letter.invitation.status === "pending")
  if (byToken && known.length > 0) {
    return { token: nth(live.length > 0 && n % 4 > 0 ? live : known, n)?.token ?? "unknown" }
  }
  const all = (org?.invitations ?? []).toReversed()
  const pending = all.filter(({ status }) => status === "pending")
  const invitation = nth(pending.length > 0 && n % 4 > 0 ? pending : all, n)
  return { organizationId: org?.id ?? "org_none", invitationId: invitation?.id ?? "inv_none" }
})

type Input = Readonly<Record<string, unknown>>

/** Mostly who is likely (a member, whoever is invited, the host where it alone may); else anybody, or nobody. */
function callerAt(n: number, likely: readonly Actor[]): Actor | null {
  if (n >= 98) return null
  if (n >= 96) return admin
  if (n >= 88) return host
  return (n < 76 ? nth(likely, n) : undefined) ?? nth(people, n) ?? null
}

/** Mostly the first organization that is not deleted; else another one, deleted or not. */
function placeAt(n: number, { organizations }: Model): Organization | undefined {
  const all = [...organizations.values()]
  const live = all.filter(({ deleted }) => !deleted)
  return n < 6 ? (live[0] ?? all[0]) : nth(n < 8 ? live : all, n)
}

const ANSWERS = /accept|decline/

/** One operation by the model and for real: the same answer or refusal, the same rows, and nobody holds more by it. */
async function take(operation: string, actor: Actor | null, input: Input, model: Model, world: World): Promise<void> {
  const invitation = ANSWERS.test(operation) ? model.invitationOf(input as never) : undefined
  const authority = invitation === undefined ? actor : (invitation.inviter ?? host)
  const before = model.holdings()

  const operations = model.operations as unknown as Record<string, (by: Actor | null, input: Input) => Check>
  const expected = codeOr(() => operations[operation]?.(actor, input))
  const result = await attempt(world.call(operation, actor, input))
  const outcome = typeof expected === "string" ? expected : "done"
  expect(result.ok ? "done" : result.error.code, "outcome").toBe(outcome)
  if (result.ok && typeof expected === "function") expected(result.value)
  await agree(model, world)
  const isFounding = operation === "organizations.create"
  if (!isFounding && authority !== null && "id" in authority) expectNoEscalation(before, model.holdings(), authority.id)
  world.tally(operation, outcome)
}

/**
 * How every run begins: a team with one person in each of three roles, and somebody invited. Where there are custom
 * roles, the third one may invite, re-role and make roles, but manages none of the policy's own; and one role holds
 * what only the owner has.
 */
export async function begin(model: Model, world: World): Promise<void> {
  const [ada, bob, cyd, dan] = people
  if (ada === undefined || bob === undefined || cyd === undefined || dan === undefined) throw new Error("nobody there")
  const [, second, third] = model.terms.law.roles.keys()
  await take("organizations.create", ada, { name: "Acme" }, model, world)
  const [organizationId] = model.organizations.keys()
  const add = (user: User, role: unknown) =>
    take("memberships.add", host, { organizationId, user: { id: user.id, email: user.email }, role }, model, world)
  await add(bob, second)
  if (model.terms.law.customRoles) {
    const members = ["members.read", "members.invite", "members.update", "organization.read"]
    const permissions = [...members, "roles.read", "roles.create", "roles.update", "roles.delete"]
    await take("roles.create", bob, { organizationId, name: "support", permissions }, model, world)
    await take("roles.create", ada, { organizationId, name: "billing", permissions: ["billing.cancel"] }, model, world)
  }
  await add(cyd, model.terms.law.customRoles ? "support" : third)
  await take("invitations.send", bob, { organizationId, email: dan.email, role: third }, model, world)
}

type Command = fc.AsyncCommand<Model, World>

/** A call of one operation, drawn without knowing the world, and fitted to it when it is made. */
class Call implements Command {
  readonly operation: string
  readonly drawn: Readonly<Record<string, unknown>> & Readonly<{ who: number; where: number }>
  readonly resolve: (scene: Scene) => Input
  #said = ""

  constructor(operation: string, drawn: Call["drawn"], resolve: Call["resolve"]) {
    this.operation = operation
    this.drawn = drawn
    this.resolve = resolve
  }

  check = () => true

  async run(model: Model, world: World): Promise<void> {
    const org = placeAt(this.drawn.where, model)
    const input = this.resolve({ model, org, seen: [...world.seen] })
    const invitation = ANSWERS.test(this.operation) ? model.invitationOf(input as never) : undefined
    const likely =
      this.operation === "memberships.add"
        ? [host]
        : people.filter(({ id, email }) =>
            invitation === undefined ? org?.members.has(id) : email === invitation.email,
          )
    const actor = callerAt(this.drawn.who, likely)
    this.#said = `${who(actor)} ${JSON.stringify(input)}`
    await take(this.operation, actor, input, model, world)
  }

  toString = () => `${this.operation}(${this.#said})`
}

const who = (actor: Actor | null): string =>
  actor === null
    ? "nobody"
    : actor.type !== "user"
      ? actor.type
      : `${actor.id} <${actor.email}>${actor.emailVerified ? "" : "?"}${actor.impersonatedBy ? " impersonated" : ""}`

/** Whoever comes to hold more got it from somebody who held it; the host (null) holds everything. */
function expectNoEscalation(
  before: ReturnType<Model["holdings"]>,
  after: ReturnType<Model["holdings"]>,
  authority: string,
): void {
  for (const [place, permissions] of after) {
    const gained = [...permissions].filter((permission) => !before.get(place)?.has(permission))
    if (gained.length === 0) continue
    const held = before.get(`${place.split(" ")[0]} ${authority}`)
    expect(
      gained.filter((permission) => !held?.has(permission)),
      `${place} gained without ${authority}`,
    ).toEqual([])
  }
}

/** Calls of one operation; `inside`, with the organization's id in the input. */
function call(operation: string, parts: Readonly<Record<string, Part<unknown>>>, inside = true): fc.Arbitrary<Command> {
  const arbitraries = Object.fromEntries(Object.entries(parts).map(([key, { drawn }]) => [key, drawn]))
  return fc.record({ who: upTo(99), where: upTo(9), ...arbitraries }).map((drawn) => {
    const values = drawn as Record<string, unknown>
    const resolve = (scene: Scene): Input => {
      const entries = Object.entries(parts).map(([key, { resolve }]) => [key, resolve(values[key], scene)])
      const given = entries.filter(([, value]) => value !== undefined)
      const { reference, ...input } = Object.fromEntries(given)
      return { ...(inside ? { organizationId: scene.org?.id ?? "org_none" } : {}), ...input, ...reference }
    }
    return new Call(operation, drawn, resolve)
  })
}

/** Time goes by. */
class Wait implements Command {
  readonly milliseconds: number
  constructor(milliseconds: number) {
    this.milliseconds = milliseconds
  }
  check = () => true
  run = async (_: Model, { clock }: World): Promise<void> => void clock.advance(this.milliseconds)
  toString = () => `wait(${this.milliseconds / 1000} s)`
}

/** The outbox is emptied: everything that is queued is delivered, or no longer wanted. */
class Deliver implements Command {
  check = () => true
  async run(model: Model, world: World): Promise<void> {
    const expected = model.deliver(true)
    expect(await deliverAll(model, world)).toEqual(expected)
    await agree(model, world)
  }
  toString = () => "deliver()"
}

/** The mail server is down until every e-mail is given up: eight attempts, each after the longest pause there may be. */
class Outage implements Command {
  check = () => true
  async run(model: Model, world: World): Promise<void> {
    for (let round = 0; round < 8; round++) {
      world.mail.failNext(Number.POSITIVE_INFINITY)
      const expected = model.deliver(false)
      expect(await deliverAll(model, world)).toEqual(expected)
      world.clock.advance(60_000 * 3 ** round * 1.2)
    }
    world.mail.failNext(0)
    await agree(model, world)
  }
  toString = () => "outage()"
}

const offer = part(fc.array(fc.tuple(address, many), { minLength: 1, maxLength: 4 }), (offers, scene) =>
  offers.map(([to, n]) => ({ email: to, role: role.resolve(n, scene) })),
)
const user = part(fc.constantFrom(...people.slice(0, 8)), ({ id, email }) => ({ id, email }))
const status = maybe(part(fc.constantFrom("pending", "expired", "accepted", "declined", "cancelled")))

/** Every operation, with how often it is drawn. */
export const calls: Readonly<Record<string, readonly [weight: number, fc.Arbitrary<Command>]>> = {
  "organizations.create": [
    2,
    call(
      "organizations.create",
      { name, slug: maybe(slug), owner: part(fc.option(named, { nil: undefined, freq: 1 })) },
      false,
    ),
  ],
  "organizations.get": [1, call("organizations.get", {})],
  "organizations.find": [1, call("organizations.find", {})],
  "organizations.getBySlug": [1, call("organizations.getBySlug", { slug }, false)],
  "organizations.update": [
    2,
    call("organizations.update", {
      name: maybe(name),
      slug: maybe(slug),
      logo: maybe(part(fc.constantFrom("https://acme.example/logo.png", null))),
      metadata: maybe(part(fc.constantFrom({}, { plan: { seats: 3 } }))),
    }),
  ],
  "organizations.delete": [1, call("organizations.delete", {})],
  "organizations.team": [1, call("organizations.team", { limit })],
  "memberships.list": [
    1,
    call("memberships.list", { role: maybe(role), emailPrefix: maybe(part(fc.constantFrom("A", "bob@", "d"))), limit }),
  ],
  "memberships.get": [1, call("memberships.get", { membershipId })],
  "memberships.find": [1, call("memberships.find", { userId: part(fc.constantFrom(...people), ({ id }) => id) })],
  "memberships.add": [2, call("memberships.add", { user, role })],
  "memberships.changeRole": [6, call("memberships.changeRole", { membershipId, role })],
  "memberships.remove": [3, call("memberships.remove", { membershipId })],
  "memberships.leave": [2, call("memberships.leave", {})],
  "invitations.send": [8, call("invitations.send", { email, role })],
  "invitations.sendMany": [2, call("invitations.sendMany", { invitations: offer })],
  "invitations.list": [1, call("invitations.list", { status, limit })],
  "invitations.find": [1, call("invitations.find", { invitationId })],
  "invitations.listMine": [1, call("invitations.listMine", { limit }, false)],
  "invitations.preview": [
    2,
    call(
      "invitations.preview",
      {
        token: part(many, (n, { model }) => nth([...model.letters.flatMap(({ token }) => token ?? []), "unknown"], n)),
      },
      false,
    ),
  ],
  "invitations.accept": [10, call("invitations.accept", { reference }, false)],
  "invitations.decline": [2, call("invitations.decline", { reference }, false)],
  "invitations.resend": [5, call("invitations.resend", { invitationId: pendingId })],
  "invitations.cancel": [2, call("invitations.cancel", { invitationId: pendingId })],
  "roles.list": [1, call("roles.list", {})],
  "roles.get": [
    1,
    call("roles.get", {
      roleId: part(many, (n, scene) => (n % 3 === 0 ? role.resolve(n, scene) : roleId.resolve(n, scene))),
    }),
  ],
  "roles.create": [6, call("roles.create", { name: customName, permissions })],
  "roles.update": [
    6,
    call("roles.update", {
      roleId,
      name: maybe(customName),
      permissions: maybe(permissions),
      description: maybe(part(fc.constantFrom("One", "Two"))),
    }),
  ],
  "roles.delete": [4, call("roles.delete", { roleId })],
  "activity.list": [
    1,
    call("activity.list", {
      actions: maybe(part(fc.constantFrom(["member.joined"], ["invitation.sent", "role.created"]))),
      limit,
    }),
  ],
  "activity.export": [1, call("activity.export", { format: part(fc.constantFrom("csv", "jsonl")) })],
  "activity.verify": [1, call("activity.verify", {})],
  access: [2, call("access", {})],
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const others: readonly (readonly [number, fc.Arbitrary<Command>])[] = [
  [8, fc.constant(new Deliver())],
  [1, fc.constant(new Outage())],
  [3, fc.constantFrom(MINUTE - 1, MINUTE, MINUTE, MINUTE, 3 * DAY, 7 * DAY - 1, 7 * DAY).map((time) => new Wait(time))],
]

/** What happens, one step after another, at most that many; half as many on average. */
export function commands(steps: number, { customRoles }: Law) {
  const weighted = Object.entries(calls).map(
    ([name, [weight, command]]) => [name.startsWith("roles.") && !customRoles ? 1 : weight, command] as const,
  )
  const all = [...weighted, ...others].flatMap(([weight, command]) => Array.from({ length: weight }, () => command))
  return fc.commands(all, { maxCommands: steps, size: "max" })
}
