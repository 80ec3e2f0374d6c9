/**
 * One call: by the model and for real, by whoever is likely to make it, and nobody holds more by it than was theirs to
 * give.
 *
 * @module
 */
import fc from "fast-check"
import { expect } from "vitest"
import { type Actor, attempt } from "../../src/index.ts"
import { agree } from "./agree.ts"
import { agreeOnSecrets } from "./agree-keys.ts"
import type { Check } from "./core.ts"
import type { Model } from "./model.ts"
import { type Part, type Scene, upTo } from "./parts.ts"
import { admin, host, people } from "./people.ts"
import type { World } from "./reality.ts"
import { codeOr, type Organization } from "./rows.ts"

export type Input = Readonly<Record<string, unknown>>
export type Command = fc.AsyncCommand<Model, World>
/** Commands by operation, each with how often it is drawn. */
export type Calls = Readonly<Record<string, readonly [weight: number, fc.Arbitrary<Command>]>>

const nth = <T>(items: readonly T[], at: number): T | undefined => items[at % Math.max(items.length, 1)]

/**
 * Mostly who is likely (a member, whoever is invited, the host where it alone may); at times a key; else anybody, or
 * nobody.
 */
function callerAt(n: number, likely: readonly Actor[], keys: readonly Actor[]): Actor | null {
  if (n >= 98) return null
  if (n >= 96) return admin
  if (n >= 88) return host
  if (n >= 68) return nth(keys, n) ?? nth(people, n) ?? null
  return (n < 62 ? nth(likely, n) : undefined) ?? nth(people, n) ?? null
}

/** What the platform brings back, or ends. */
const ENDED: Readonly<Record<string, Organization["status"]>> = {
  "platform.organizations.resume": "suspended",
  "platform.organizations.restore": "deleted",
  "platform.organizations.purge": "deleted",
}

/** Mostly the first organization that fits: an active one unless something is to be brought back; else another one. */
export function placeAt(n: number, operation: string, { organizations }: Model): Organization | undefined {
  const all = [...organizations.values()]
  const [fitting] = all.filter(({ status }) => status === (ENDED[operation] ?? "active"))
  const live = all.filter(({ status }) => status !== "deleted")
  return n < 6 ? (fitting ?? live[0] ?? all[0]) : nth(n < 8 ? live : all, n)
}

const ANSWERS = /^invitations\.(?:accept|decline)$/
/** Operations that are an owner's, and those that answer an offer of ownership. */
const OWNS = /^organizations\.(?:delete|(?:transfer|offer)Ownership)$/
const TAKES = /^organizations\.(?:accept|decline)Ownership$/
/** Operations that give out a key, or make it work again. */
const GRANTS = /^apiKeys\.(?:create|rotate|enable)$/

/** One operation by the model and for real: the same answer or refusal, the same rows, and nobody holds more by it. */
export async function take(
  operation: string,
  actor: Actor | null,
  input: Input,
  model: Model,
  world: World,
): Promise<void> {
  const invitation = ANSWERS.test(operation) ? model.invitationOf(input as never) : undefined
  const { id = null, keyId = null } = invitation?.inviter ?? {}
  const own = actor !== null && "id" in actor ? actor.id : null
  const offerer = TAKES.test(operation) ? model.offererIn(input as never) : undefined
  const authority: string | null = offerer ?? (invitation === undefined ? own : (id ?? keyId))
  const before = model.holdings()

  const operations = model.operations as unknown as Record<string, (by: Actor | null, input: Input) => Check>
  const expected = codeOr(() => operations[operation]?.(actor, input))
  world.writes.length = 0
  const result = await attempt(world.call(operation, actor, input))
  const outcome = typeof expected === "string" ? expected : "done"
  expect(result.ok ? "done" : result.error.code, "outcome").toBe(outcome)
  if (result.ok && typeof expected === "function") expected(result.value)
  // Where nothing was written the rows are those that were compared last.
  if (world.writes.length > 0) await agree(model, world)
  const isFounding = operation === "organizations.create"
  if (!isFounding && authority !== null) expectNoEscalation(before, model.holdings(), authority)
  if (result.ok && GRANTS.test(operation)) await expectGiven(result.value, before, authority, model, world)
  world.tally(operation, outcome)
}

type Holdings = ReturnType<Model["holdings"]>

/** Whoever comes to hold more got it from somebody who held it; the host (null) holds everything. */
function expectNoEscalation(before: Holdings, after: Holdings, authority: string): void {
  const places = new Set([...before.keys()].map((key) => key.split(" ")[0]))
  for (const [place, permissions] of after) {
    // A project that begins gives nobody what they did not hold in the organization.
    if (!places.has(place.split(" ")[0])) continue
    const gained = [...permissions].filter((permission) => !before.get(place)?.has(permission))
    if (gained.length === 0) continue
    const held = before.get(`${place.split(" ")[0]} ${authority}`)
    expect(
      gained.filter((permission) => !held?.has(permission)),
      `${place} gained without ${authority}`,
    ).toEqual([])
  }
}

type Given = Readonly<{
  id: string
  organizationId: string | null
  projectId: string | null
  scopes: readonly string[]
}>

/** Whoever is shown a secret, or turns a key on, held all of its scopes; and at most two of its secrets work. */
async function expectGiven(
  answer: unknown,
  before: Holdings,
  authority: string | null,
  model: Model,
  world: World,
): Promise<void> {
  const { apiKey } = answer as { apiKey: Given }
  const { organizationId, projectId } = apiKey
  const held = before.get(`${projectId === null ? organizationId : `${organizationId}/${projectId}`} ${authority}`)
  if (apiKey.organizationId !== null && authority !== null) {
    expect(apiKey.scopes.filter((scope) => !held?.has(scope))).toEqual([])
  }
  await agreeOnSecrets(
    model.keys.allKeys().filter(({ id }) => id === apiKey.id),
    model,
    world,
  )
}

const who = (actor: Actor | null): string => {
  if (actor === null) return "nobody"
  if (actor.type === "apiKey") return `${actor.id} of ${actor.holder.type}${actor.ip === null ? "" : ` at ${actor.ip}`}`
  if (actor.type !== "user") return actor.type
  return `${actor.id} <${actor.email}>${actor.emailVerified ? "" : "?"}${actor.impersonatedBy ? " impersonated" : ""}${actor.ip === null ? "" : ` at ${actor.ip}`}`
}

const isOfferedTo = (org: Organization | undefined, userId: string): boolean => {
  const { membershipId } = org?.ownershipOffer ?? {}
  return membershipId !== undefined && org?.members.get(userId)?.id === membershipId
}

/** A call of one operation, drawn without knowing the world, and fitted to it when it is made. */
class Call implements Command {
  readonly operation: string
  readonly drawn: Readonly<Record<string, unknown>> & Readonly<{ who: number; where: number }>
  readonly isOwn: boolean
  readonly resolve: (scene: Scene) => Input
  #said = ""

  constructor(operation: string, drawn: Call["drawn"], isOwn: boolean, resolve: Call["resolve"]) {
    this.operation = operation
    this.drawn = drawn
    this.isOwn = isOwn
    this.resolve = resolve
  }

  check = () => true

  async run(model: Model, world: World): Promise<void> {
    const { isOwn } = this
    const org = placeAt(this.drawn.where, this.operation, model)
    const input = this.resolve({ model, org, isOwn, seen: [...world.seen] })
    const home = isOwn ? null : (org?.id ?? "")
    const keys = world.keyActors.filter(({ organizationId }) => organizationId === home).slice(-6)
    const actor = callerAt(this.drawn.who, this.#likely(input, org, model, world), keys)
    this.#said = `${who(actor)} ${JSON.stringify(input)}`
    await take(this.operation, actor, input, model, world)
  }

  /** Whoever the call is for: a recipient, an owner, who is in the project, the host, whoever made a hold; else any member. */
  #likely(input: Input, org: Organization | undefined, model: Model, { keyActors }: World): readonly Actor[] {
    if (["memberships.add", "activity.record"].includes(this.operation) || input["user"] !== undefined) return [host]
    if (this.operation.startsWith("platform.")) return [admin]
    const invitation = ANSWERS.test(this.operation) ? model.invitationOf(input as never) : undefined
    if (invitation !== undefined) return people.filter(({ email }) => email === invitation.email)
    if (OWNS.test(this.operation))
      return people.filter(({ id }) => org?.members.get(id)?.role === model.terms.law.owner)
    if (this.operation === "projects.members.leave") {
      const { places } = org?.projects.find(({ id }) => id === input["projectId"]) ?? {}
      return people.filter(({ id }) => places?.has(id))
    }
    if (TAKES.test(this.operation)) return people.filter(({ id }) => isOfferedTo(org, id))
    const { keyId, holder } = model.ledger.holds.find(({ id }) => id === input["holdId"])?.counter ?? {}
    if (keyId != null) return keyActors.filter(({ id }) => id === keyId).slice(-1)
    if (holder != null) return people.filter(({ id }) => id === holder)
    return this.isOwn
      ? people.slice(0, 2)
      : people.filter(({ id }) => org?.members.has(id) || org?.projects.some(({ places }) => places.has(id)))
  }

  toString = () => `${this.operation}(${this.#said})`
}

/** Calls of one operation: with the organization's id in the input or not, or at times without, on one's own account. */
export function call(
  operation: string,
  parts: Readonly<Record<string, Part<unknown>>>,
  place: "inside" | "outside" | "either" = "inside",
): fc.Arbitrary<Command> {
  const arbitraries = Object.fromEntries(Object.entries(parts).map(([key, { drawn }]) => [key, drawn]))
  return fc.record({ who: upTo(99), where: upTo(9), ...arbitraries }).map((drawn) => {
    const values = drawn as Record<string, unknown>
    const isOwn = place === "either" && drawn.where === 9
    const resolve = (scene: Scene): Input => {
      const entries = Object.entries(parts).map(([key, { resolve }]) => [key, resolve(values[key], scene)])
      const given = entries.filter(([, value]) => value !== undefined)
      const { reference, ...input } = Object.fromEntries(given)
      const isInside = place !== "outside" && !isOwn
      return { ...(isInside ? { organizationId: scene.org?.id ?? "org_none" } : {}), ...input, ...reference }
    }
    return new Call(operation, drawn, isOwn, resolve)
  })
}
