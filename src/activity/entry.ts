/**
 * From what happened to a sealed entry, and from a stored entry to what people read.
 *
 * @module
 */
import type { Actor, UserId } from "../kernel/actor.ts"
import { TenantryError } from "../kernel/error.ts"
import type { ActivityId, OrganizationId } from "../kernel/id.ts"
import { canonicalJson, type JsonObject } from "../kernel/json.ts"
import type { ActivityEntry, Entry, Person, PersonalPart } from "./activity.ts"
import { type Body, commitment, entryHash, reference } from "./chain.ts"

/** What it happened to; `person` is empty where that is nobody. */
export type Target = Readonly<{ type: string; id: string; userId: UserId | null; person: Person }>

/** An entry before it has its place in the chain. `before` and `after` hold no personal text. */
export type Draft = Readonly<{
  id: ActivityId
  action: string
  at: Date
  actor: Actor
  /** On whose behalf the host's code acted; for anybody else it is known. */
  behalf?: UserId | null
  target: Target
  before: JsonObject | null
  after: JsonObject | null
}>

/** Must answer a fresh salt of 16 random bytes or more; with a `key`, hashes are HMACs that only its holder can make. */
export type Sealing = Readonly<{ salt: () => string; key: string | null }>

/** The fields of either side that differ from the other's; all of them when it began or ended. */
export function difference(
  before: JsonObject | null,
  after: JsonObject | null,
): Readonly<{ before: JsonObject | null; after: JsonObject | null }> {
  if (before === null || after === null) return { before, after }
  return { before: unlike(before, after), after: unlike(after, before) }
}

function unlike(fields: JsonObject, other: JsonObject): JsonObject {
  const same = (key: string, value: JsonObject[string]) =>
    Object.hasOwn(other, key) && canonicalJson(other[key] ?? null) === canonicalJson(value)
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => !same(key, value)))
}

/** Chains drafts onto the organization's head, in order; the last entry's hash is the new head. */
export function seal(
  previous: Readonly<{ organizationId: OrganizationId; revision: number; head: string }>,
  drafts: readonly Draft[],
  sealing: Sealing,
): readonly Entry[] {
  const { organizationId, revision } = previous
  let prev = previous.head
  return drafts.map((draft, index) => {
    const { id, action, at, before, after } = draft
    const seq = revision + index + 1
    const { person, ...actor } = acting(draft.actor, draft.behalf ?? null)
    const { person: whom, ...target } = draft.target
    const personal = { actor: personalPart(person, sealing), target: personalPart(whom, sealing) }
    const content: Body = {
      v: 1,
      organizationId,
      seq,
      prev,
      id,
      action,
      at: at.toISOString(),
      actor: { ...actor, commitment: personal.actor && commitment(personal.actor) },
      target: { ...target, commitment: personal.target && commitment(personal.target) },
      before,
      after,
    }
    const body = canonicalJson(content)
    prev = entryHash(prev, body, sealing.key)
    const { userId: actorUserId, impersonatedBy } = actor
    const people = { actorUserId, impersonatedBy, targetUserId: target.userId }
    const columns = { actor: reference(actor), target: reference(target), ...people }
    return { organizationId, seq, id, action, ...columns, at, body, personal, hash: prev }
  })
}

function personalPart(person: Person, sealing: Sealing): PersonalPart | null {
  const fields: { [field: string]: string } = {}
  for (const [name, value] of Object.entries(person)) if (value !== null) fields[name] = value
  return Object.keys(fields).length === 0 ? null : { salt: sealing.salt(), fields }
}

function acting(actor: Actor, behalf: UserId | null): Omit<Body["actor"], "commitment"> & Readonly<{ person: Person }> {
  const { type } = actor
  const nobody = { requestId: null, impersonatedBy: null }
  if (type === "system") return { type, id: actor.name, userId: behalf, ...nobody, person: {} }
  if (type === "platformAdmin") {
    const { id, email, name } = actor
    return { type, id, userId: id, ...nobody, person: { email, name } }
  }
  const { id, ip, userAgent, requestId } = actor
  if (type === "apiKey") {
    const { holder } = actor
    const userId = holder.type === "organization" ? null : holder.userId
    return { type, id, userId, ...nobody, requestId, person: { ip, userAgent } }
  }
  const { email, name, impersonatedBy } = actor
  return { type, id: actor.id, userId: actor.id, requestId, impersonatedBy, person: { email, name, ip, userAgent } }
}

/** What a stored entry says. One that says nothing any more is shown to nobody; verification tells where it stands. */
function bodyOf({ body }: Entry): Body {
  try {
    const said = JSON.parse(body) as Body
    if (typeof said.actor.type === "string" && typeof said.target.type === "string") return said
  } catch {
    // What is left of the text is no use to whoever asked.
  }
  throw new TenantryError("unavailable", {})
}

/** What people read of a stored entry; personal fields are null once erased. */
export function readEntry(entry: Entry): ActivityEntry {
  const { organizationId, seq, id, action, at, personal } = entry
  const { actor, target, before, after } = bodyOf(entry)
  const by = personal.actor?.fields ?? {}
  const to = personal.target?.fields ?? {}
  return {
    id,
    organizationId,
    seq,
    action,
    at,
    actor: {
      type: actor.type,
      id: actor.id,
      userId: actor.userId,
      email: by["email"] ?? null,
      name: by["name"] ?? null,
      ip: by["ip"] ?? null,
      userAgent: by["userAgent"] ?? null,
      requestId: actor.requestId,
      impersonatedBy: actor.impersonatedBy,
    },
    target: {
      type: target.type,
      id: target.id,
      userId: target.userId,
      email: to["email"] ?? null,
      name: to["name"] ?? null,
    },
    before,
    after,
  }
}
