/**
 * What happens without anybody signed in: time, mail, requests with keys, leaked keys, a payment provider's webhooks.
 *
 * @module
 */
import fc from "fast-check"
import { expect } from "vitest"
import { mintSecret } from "../../src/api-key/key-secret.ts"
import { type AccountId, attempt } from "../../src/index.ts"
import { agree } from "./agree.ts"
import { agreeOnSecrets } from "./agree-keys.ts"
import type { Told } from "./billing-operations.ts"
import type { Command } from "./call.ts"
import { api, PLANS, requestId } from "./key-calls.ts"
import type { Request } from "./key-rules.ts"
import type { Hold } from "./ledger.ts"
import type { Model } from "./model.ts"
import { many, nth, rarely } from "./parts.ts"
import { people } from "./people.ts"
import { deliverAll, type World } from "./reality.ts"
import { type ApiKey, codeOr } from "./rows.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Time goes by. */
class Wait implements Command {
  readonly milliseconds: number
  constructor(milliseconds: number) {
    this.milliseconds = milliseconds
  }
  check = () => true
  async run(model: Model, world: World): Promise<void> {
    world.clock.advance(this.milliseconds)
    await agree(model, world)
  }
  toString = () => `wait(${this.milliseconds / 1000} s)`
}

/** Time goes by up to the next instant at which a key, a grace or a hold ends, or to just before it. */
class WaitForEnd implements Command {
  readonly early: number
  constructor(early: number) {
    this.early = early
  }
  check = () => true
  async run(model: Model, world: World): Promise<void> {
    const keys = model.keys.allKeys().filter(({ isDeleted }) => !isDeleted)
    const ends = [...keys.flatMap((key) => [key.graceUntil, key.expiresAt]), ...model.ledger.holds.map(holdEnd)]
    const next = Math.min(...ends.filter((end) => end !== null && end - this.early > model.now()).map(Number))
    if (next !== Number.POSITIVE_INFINITY) world.clock.advance(next - this.early - model.now())
    await agree(model, world)
    const isEnding = ({ graceUntil, expiresAt }: ApiKey): boolean => graceUntil === next || expiresAt === next
    await agreeOnSecrets(keys.filter(isEnding), model, world)
  }
  toString = () => `waitForEnd(${this.early} ms before)`
}
const holdEnd = ({ settled, expiresAt }: Hold): number | null => (settled === null ? expiresAt : null)

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
    // Nothing waits any more but what a suspension keeps.
    world.clock.advance(10 * MINUTE)
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

/** A secret: mostly of a key that works, else of one that does not; mostly its newest; at times one that nobody has. */
function secretAt(n: number, { keys }: Model): string {
  const all = keys.allKeys().toReversed()
  const working = all.filter((key) => keys.stateOf(key) === null && !key.isDeleted)
  const dead = all.filter((key) => keys.stateOf(key) !== null && (!key.isDeleted || n % 7 === 0))
  const left = dead.filter((key) => keys.stateOf(key) === "holder_inactive")
  const { secrets = [] } = nth(n % 3 > 0 ? working : n % 2 > 0 ? left : dead, n) ?? nth(all, n) ?? {}
  if (n % 41 === 0) return "nonsense"
  if (n % 43 === 0) return mintSecret("A".repeat(32))
  return secrets.at(n % 5 > 2 ? -1 : n % 5 > 0 ? -2 : 0) ?? secrets.at(-1) ?? "nonsense"
}

/** A request with a key; whoever it lets through acts from then on. */
class Verify implements Command {
  readonly secret: number
  readonly request: Request
  #said = ""
  constructor(secret: number, request: Request) {
    this.secret = secret
    this.request = request
  }
  check = () => true
  async run(model: Model, world: World): Promise<void> {
    const places = [...model.organizations.values()].flatMap(({ projects }) => projects)
    const projectId = this.secret % 3 === 0 ? nth(places, this.secret)?.id : undefined
    const request = { ...this.request, ...(projectId !== undefined && { projectId }) }
    await verify(secretAt(this.secret, model), request, model, world, (said) => {
      this.#said = said
    })
  }
  toString = () => `verify(${this.#said} ${JSON.stringify(this.request)})`
}

/** By the model and for real: the same verdict; and nothing is written but counters, and what they tell of. */
export async function verify(
  secret: string,
  request: Request,
  model: Model,
  world: World,
  say: (said: string) => void = () => {},
): Promise<void> {
  const revisions = () => [...model.organizations.values()].reduce((sum, { revision }) => sum + revision, 0)
  const before = revisions()
  const expected = model.operations["apiKeys.verify"](secret, request)
  say(`${expected["keyId"] ?? JSON.stringify(expected["key"])}`)
  world.writes.length = 0
  const verdict = await world.tenantry.apiKeys.verify(secret, request)
  expect(verdict).toMatchObject(expected)
  const [counted, ...told] = request.meter === false ? [undefined, ...world.writes] : world.writes
  if (counted !== undefined) expect(counted).toBe("usage.consume")
  expect(told).toEqual(revisions() === before ? [] : ["commit"])
  if (world.writes.length > 0) await agree(model, world)
  // What is bound to a project acts there alone, which the tests of projects show.
  if (verdict.ok && verdict.actor.projectId === null) world.keyActors.push(verdict.actor)
  world.tally("apiKeys.verify", verdict.ok ? "done" : verdict.code)
}

/** Somebody found a secret and reports it. */
class Leak implements Command {
  readonly secret: number
  #said = ""
  constructor(secret: number) {
    this.secret = secret
  }
  check = () => true
  async run(model: Model, world: World): Promise<void> {
    const secret = secretAt(this.secret, model)
    const key = model.keys.allKeys().find((one) => model.keys.secretIn(one, secret) !== null)
    this.#said = `${key?.id}`
    const check = model.operations["apiKeys.revokeLeaked"](key)
    check(await world.tenantry.apiKeys.revokeLeaked(secret))
    await agree(model, world)
    if (key !== undefined) await agreeOnSecrets([key], model, world)
  }
  toString = () => `revokeLeaked(${this.#said})`
}

/** What a provider says, of some instant before or after; the period is given by days from the first of January on. */
type Webhook = Omit<Told, "periodStart" | "periodEnd" | "occurredAt"> &
  Readonly<{ days: readonly [number, number] | null; ago: number | undefined }>

/** A webhook arrives, on time or late. */
class Put implements Command {
  readonly whose: number
  readonly webhook: Webhook
  #said = ""
  constructor(whose: number, webhook: Webhook) {
    this.whose = whose
    this.webhook = webhook
  }
  check = () => true
  async run(model: Model, world: World): Promise<void> {
    const payers = [...model.organizations.values()].map((org) => model.billing.payerOf(org).id)
    const others = [...model.organizations.values()].map((org) => model.billing.own(org).id)
    const persons = people.slice(0, 2).map(({ id }) => `user:${id}`)
    const account = nth(this.whose % 5 > 0 ? payers : [...others, ...persons, "organization:org_none"], this.whose)
    await put(account ?? "user:u_ada", this.webhook, model, world)
    this.#said = `${account} ${JSON.stringify(this.webhook)}`
  }
  toString = () => `put(${this.#said})`
}

/** By the model and for real. */
export async function put(account: string, webhook: Webhook, model: Model, world: World): Promise<void> {
  const { days, ago, ...terms } = webhook
  const day = (at: number | undefined) => (at === undefined ? null : new Date(Date.UTC(2026, 0, 1) + at * DAY))
  const occurredAt = ago === undefined ? {} : { occurredAt: new Date(model.now() - ago) }
  const told: Told = { ...terms, periodStart: day(days?.[0]), periodEnd: day(days?.[1]), ...occurredAt }
  const expected = codeOr(() => model.operations["subscriptions.put"](account, told))
  const result = await attempt(world.tenantry.subscriptions.put(account as AccountId, told as never))
  const outcome = typeof expected === "string" ? expected : "done"
  expect(result.ok ? "done" : result.error.code, "outcome").toBe(outcome)
  if (result.ok && typeof expected === "function") expected(result.value)
  await agree(model, world)
  world.tally("subscriptions.put", outcome)
}

const permission = fc.constantFrom("members.read", "apiKeys.create", "users.invite", "billing.manage", "no.such")
const request = fc
  .record({
    ip: fc.constantFrom("203.0.113.9", "203.0.113.9", "198.51.100.7", undefined),
    method: fc.constantFrom("GET", "GET", "POST", undefined),
    path: fc.constantFrom("/v1/cars/1", "/v1/cars/1", "/v1/bikes/1", undefined),
    permission: rarely(permission).drawn,
    units: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    meter: rarely(fc.constant(false)).drawn,
    api: api.drawn,
    requestId: requestId.drawn,
  })
  .map((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Request)
const webhook: fc.Arbitrary<Webhook> = fc.record({
  product: fc.constantFrom("api", "api", "api", "organization"),
  plan: fc.constantFrom(...PLANS, "pro", "team"),
  status: fc.constantFrom("active", "active", "active", "trialing", "past_due", "paused", "cancelled", "incomplete"),
  quota: fc.constantFrom(null, null, null, 0, 5, 15, 30),
  days: fc.constantFrom(null, null, [-10, 20] as const, [5, 35] as const, [20, 50] as const),
  ago: fc.constantFrom(undefined, undefined, 0, HOUR, 3 * DAY, -HOUR),
})

/** Every step that is no call, with how often it is drawn. */
export const steps: readonly (readonly [weight: number, fc.Arbitrary<Command>])[] = [
  [8, fc.constant(new Deliver())],
  [1, fc.constant(new Outage())],
  [3, fc.constantFrom(MINUTE - 1, MINUTE, MINUTE, MINUTE, 3 * DAY, 7 * DAY - 1, 7 * DAY).map((time) => new Wait(time))],
  [3, fc.constantFrom(0, 1).map((early) => new WaitForEnd(early))],
  [2, fc.constantFrom(HOUR, DAY, 30 * DAY).map((time) => new Wait(time))],
  [16, fc.tuple(many, request).map(([secret, asked]) => new Verify(secret, asked))],
  [2, many.map((secret) => new Leak(secret))],
  [6, fc.tuple(many, webhook).map(([whose, told]) => new Put(whose, told))],
]
