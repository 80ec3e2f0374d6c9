/**
 * From facts to changes: rows, activity and outbox of one commit. Nothing is recorded that is not a fact, and no fact
 * goes unrecorded.
 *
 * @module
 */

import type { Entry } from "../activity/activity.ts"
import { difference, readEntry, type Sealing, seal, type Target } from "../activity/entry.ts"
import { type Invitation, invitationFields } from "../invitation/invitation.ts"
import type { Actor } from "../kernel/actor.ts"
import type { Ids } from "../kernel/id.ts"
import type { JsonObject } from "../kernel/json.ts"
import { type Membership, membershipFields } from "../membership/membership.ts"
import { type Organization, organizationFields } from "../organization/organization.ts"
import type { Message } from "../outbox/message.ts"
import { type Role, roleFields } from "../role/role.ts"
import type { Changes, RowChanges } from "../store/changes.ts"
import type { AnyFact, Post } from "./operation.ts"

/** Who did it, when, and what recording needs besides. */
export type Recording = Readonly<{
  actor: Actor
  at: Date
  ids: Ids
  sealing: Sealing
  isSubscribed: (action: string) => boolean
}>

/** What the facts come to, and the facts with the revision they are committed at. */
export type Recorded = Readonly<{ changes: Changes; facts: readonly AnyFact[] }>

/** `organization` is the row as loaded, or null when the first fact creates it. */
export function record(
  organization: Organization | null,
  facts: readonly AnyFact[],
  posts: readonly Post[],
  by: Recording,
): Recorded {
  const revision = (organization?.revision ?? 0) + facts.length
  const stamped = facts.map((fact) => stamp(fact, revision))
  const after = latestOrganization(stamped) ?? organization
  if (after === null) throw new Error("the first fact of an organization creates it")
  const entries = seal(
    { organizationId: after.id, revision: organization?.revision ?? 0, head: organization?.head ?? "" },
    stamped.map((fact) => draft(fact, by)),
    by.sealing,
  )
  const changes: Changes = {
    guard: { organizationId: after.id, revision: organization?.revision ?? null },
    organization: { ...after, revision, head: entries.at(-1)?.hash ?? after.head },
    claim: after.slug === organization?.slug ? null : { slug: after.slug, release: organization?.slug ?? null },
    rows: {
      memberships: rowChanges(stamped, isMembership),
      invitations: rowChanges(stamped, isInvitation),
      roles: rowChanges(stamped, isRole),
    },
    activity: entries,
    outbox: [...posts.map((post) => letter(post, after, revision, by)), ...events(entries, by)],
  }
  return { changes, facts: stamped }
}

type RowFact<Row> = Readonly<{ action: string; before: Row | null; after: Row | null }>

const isOrganization = (fact: AnyFact): fact is Extract<AnyFact, RowFact<Organization>> =>
  fact.action.startsWith("organization.")
const isMembership = (fact: AnyFact): fact is Extract<AnyFact, RowFact<Membership>> => fact.action.startsWith("member.")
const isInvitation = (fact: AnyFact): fact is Extract<AnyFact, RowFact<Invitation>> =>
  fact.action.startsWith("invitation.")
const isRole = (fact: AnyFact): fact is Extract<AnyFact, RowFact<Role>> => fact.action.startsWith("role.")

/** The fact with its new row at that revision; a row that the fact leaves as it was keeps its own. */
function stamp(fact: AnyFact, revision: number): AnyFact {
  if (fact.after === null || fact.after === fact.before) return fact
  return { ...fact, after: { ...fact.after, revision } } as AnyFact
}

const latestOrganization = (facts: readonly AnyFact[]): Organization | null =>
  facts.filter(isOrganization).at(-1)?.after ?? null

/** At most one change a row, from its state before the first fact to its state after the last. */
function rowChanges<Row extends { id: string }>(
  facts: readonly AnyFact[],
  concerns: (fact: AnyFact) => fact is Extract<AnyFact, RowFact<Row>>,
): RowChanges<Row> {
  const rows = new Map<string, { before: Row | null; after: Row | null }>()
  for (const fact of facts.filter(concerns)) {
    const id = (fact.after ?? fact.before)?.id
    if (id === undefined || fact.after === fact.before) continue
    rows.set(id, { before: rows.has(id) ? (rows.get(id)?.before ?? null) : fact.before, after: fact.after })
  }
  const all = [...rows.values()]
  return {
    insert: all.flatMap(({ before, after }) => (before === null && after !== null ? [after] : [])),
    update: all.flatMap(({ before, after }) => (before !== null && after !== null ? [after] : [])),
    delete: all.flatMap(({ before, after }) => (before !== null && after === null ? [before.id] : [])),
  }
}

function draft(fact: AnyFact, { actor, at, ids }: Recording) {
  const before = fact.before === null ? null : fieldsOf(fact, fact.before)
  const after = fact.after === null ? null : fieldsOf(fact, fact.after)
  return { id: ids.id("act", at), action: fact.action, at, actor, target: targetOf(fact), ...difference(before, after) }
}

type AnyRow = Organization | Membership | Invitation | Role

function fieldsOf(fact: AnyFact, row: AnyRow): JsonObject {
  if (isOrganization(fact)) return organizationFields(row as Organization)
  if (isMembership(fact)) return membershipFields(row as Membership)
  return isInvitation(fact) ? invitationFields(row as Invitation) : roleFields(row as Role)
}

function targetOf(fact: AnyFact): Target {
  const id = (fact.after ?? fact.before)?.id ?? ""
  if (isMembership(fact)) {
    const member = fact.after ?? fact.before
    return {
      type: "member",
      id,
      userId: member?.userId ?? null,
      person: { email: member?.email ?? null, name: member?.name ?? null },
    }
  }
  if (isInvitation(fact)) {
    return { type: "invitation", id, userId: null, person: { email: (fact.after ?? fact.before)?.email ?? null } }
  }
  return { type: isRole(fact) ? "role" : "organization", id, userId: null, person: {} }
}

const queued = (organization: Pick<Organization, "id">, at: Date) =>
  ({
    organizationId: organization.id,
    state: "queued",
    attempts: 0,
    dueAt: at,
    lease: null,
    leasedUntil: null,
    error: null,
    createdAt: at,
  }) as const

function letter(post: Post, organization: Organization, seq: number, { at }: Recording): Message {
  return {
    ...queued(organization, at),
    id: post.messageId,
    topic: "invitation.email",
    subject: post.invitationId,
    seq,
    payload: post.token,
  }
}

function events(entries: readonly Entry[], { at, ids, isSubscribed }: Recording): readonly Message[] {
  return entries
    .filter((entry) => isSubscribed(entry.action))
    .map((entry) => ({
      ...queued({ id: entry.organizationId }, at),
      id: ids.id("msg", at),
      topic: "event",
      subject: entry.id,
      seq: entry.seq,
      payload: JSON.stringify(readEntry(entry)),
    }))
}
