/**
 * From facts to changes: rows, activity and outbox of one commit. Nothing is recorded that is not a fact, and no fact
 * goes unrecorded.
 *
 * @module
 */

import type { Entry, Person } from "../activity/activity.ts"
import { type Draft, difference, readEntry, type Sealing, seal } from "../activity/entry.ts"
import type { HostFact } from "../activity/host-entry.ts"
import { type ApiKey, apiKeyFields } from "../api-key/api-key.ts"
import type { Account, AccountId } from "../billing/account.ts"
import { seatsFields } from "../billing/seats.ts"
import { type Subscription, subscriptionFields } from "../billing/subscription.ts"
import { type Invitation, invitationFields } from "../invitation/invitation.ts"
import type { Actor, UserId } from "../kernel/actor.ts"
import type { Ids } from "../kernel/id.ts"
import type { JsonObject } from "../kernel/json.ts"
import { type Membership, membershipFields } from "../membership/membership.ts"
import { type Organization, organizationFields } from "../organization/organization.ts"
import type { Message } from "../outbox/message.ts"
import { type Project, projectFields } from "../project/project.ts"
import { type ProjectMembership, projectMembershipFields } from "../project/project-membership.ts"
import { type Restriction, restrictionFields } from "../restriction/restriction.ts"
import { type Role, roleFields } from "../role/role.ts"
import type { AccountChanges } from "../store/accounts.ts"
import type { Changes, RowChanges } from "../store/changes.ts"
import { type QuotaReached, quotaFields } from "../usage/threshold.ts"
import type { DecidedFact } from "./guard.ts"
import type { AnyFact, Post } from "./operation.ts"
import type { Shell } from "./shell.ts"

/** Who did it, when, and what recording needs besides. */
export type Recording = Readonly<{
  actor: Actor
  at: Date
  ids: Ids
  sealing: Sealing
  isSubscribed: (action: string) => boolean
}>

/** What recording takes of the ports. */
export const recordingOf = ({ ids, sealing, isSubscribed }: Shell, actor: Actor, at: Date): Recording => ({
  actor,
  at,
  ids,
  sealing,
  isSubscribed,
})

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
  const after =
    [...stamped.filter(isOf("organization")), ...stamped.filter(isOf("seats"))].at(-1)?.after ?? organization
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
      memberships: rowChanges<Membership>(stamped.filter(isOf("member"))),
      invitations: rowChanges<Invitation>(stamped.filter(isOf("invitation"))),
      projects: rowChanges<Project>(stamped.filter(isOf("project"))),
      projectMemberships: rowChanges<ProjectMembership>(stamped.filter(isOf("project_member"))),
      roles: rowChanges<Role>(stamped.filter(isOf("role"))),
      apiKeys: rowChanges<ApiKey>(stamped.filter(isOf("api_key"))),
      restrictions: rowChanges<Restriction>([
        ...stamped.filter(isOf("ip_rules")),
        ...stamped.filter(isOf("endpoint_rules")),
      ]),
      subscriptions: rowChanges<Subscription>(stamped.filter(isOf("subscription"))),
    },
    activity: entries,
    outbox: [
      ...posts.map((post) => letter(post, after.id, revision, by.at)),
      ...entries.filter(({ action }) => by.isSubscribed(action)).map((entry) => event(entry, by)),
    ],
  }
  return { changes, facts: stamped }
}

/** What facts about a person's account come to: rows, and no activity, which is an organization's. */
export function recordAccount(
  id: AccountId,
  account: Account | null,
  facts: readonly AnyFact[],
  at: Date,
): Readonly<{ changes: AccountChanges; facts: readonly AnyFact[] }> {
  const revision = (account?.revision ?? 0) + 1
  const stamped = facts.map((fact) => stamp(fact, revision))
  const changes: AccountChanges = {
    guard: { accountId: id, revision: account?.revision ?? null },
    account: { id, createdAt: account?.createdAt ?? at, revision },
    rows: {
      apiKeys: rowChanges<ApiKey>(stamped.filter(isOf("api_key"))),
      subscriptions: rowChanges<Subscription>(stamped.filter(isOf("subscription"))),
    },
  }
  return { changes, facts: stamped }
}

/** What an action begins with, and the row that such a fact is about. */
interface Kinds {
  organization: Organization
  member: Membership
  project: Project
  project_member: ProjectMembership
  invitation: Invitation
  role: Role
  api_key: ApiKey
  ip_rules: Restriction
  endpoint_rules: Restriction
  subscription: Subscription
  quota: QuotaReached
  seats: Organization
}

type RowFact<Row> = Readonly<{ before: Row | null; after: Row | null }>

const isOf =
  <Kind extends keyof Kinds>(kind: Kind) =>
  (fact: AnyFact): fact is Extract<AnyFact, RowFact<Kinds[Kind]>> =>
    fact.action.startsWith(`${kind}.`)

/** The fact with its new row at that revision; a row that the fact leaves as it was keeps its own. */
function stamp(fact: AnyFact, revision: number): AnyFact {
  if (fact.after === null || fact.after === fact.before) return fact
  return { ...fact, after: { ...fact.after, revision } } as AnyFact
}

/** At most one change a row, from its state before the first fact to its state after the last. */
function rowChanges<Row extends { id: string }>(facts: readonly RowFact<Row>[]): RowChanges<Row> {
  const rows = new Map<string, RowFact<Row>>()
  for (const fact of facts) {
    const id = (fact.after ?? fact.before)?.id
    if (id !== undefined && fact.after !== fact.before) rows.set(id, { ...fact, ...rows.get(id), after: fact.after })
  }
  const changes = { insert: [] as Row[], update: [] as Row[], delete: [] as Row["id"][] }
  for (const { before, after } of rows.values()) {
    if (after !== null) changes[before === null ? "insert" : "update"].push(after)
    else if (before !== null) changes.delete.push(before.id)
  }
  return changes
}

/** What activity records of a row: its fields, and whose it is. */
type Shown = Readonly<{ fields: JsonObject; userId?: UserId; person?: Person }>

const SHOWN: { readonly [Kind in keyof Kinds]: (row: Kinds[Kind]) => Shown } = {
  organization: (row) => ({ fields: organizationFields(row) }),
  member: (row) => ({
    fields: membershipFields(row),
    userId: row.userId,
    person: { email: row.email, name: row.name },
  }),
  project: (row) => ({ fields: projectFields(row) }),
  project_member: (row) => ({
    fields: projectMembershipFields(row),
    userId: row.userId,
    person: { email: row.email, name: row.name },
  }),
  invitation: (row) => ({ fields: invitationFields(row), person: { email: row.email } }),
  role: (row) => ({ fields: roleFields(row) }),
  api_key: (row) => ({ fields: apiKeyFields(row), ...("userId" in row.holder && { userId: row.holder.userId }) }),
  ip_rules: (row) => ({ fields: restrictionFields(row) }),
  endpoint_rules: (row) => ({ fields: restrictionFields(row) }),
  subscription: (row) => ({ fields: subscriptionFields(row) }),
  quota: (row) => ({ fields: quotaFields(row) }),
  seats: (row) => ({ fields: seatsFields(row) }),
}

type Described = Pick<Draft, "action" | "target" | "before" | "after"> & Partial<Pick<Draft, "behalf">>

/** What a fact says: what happened to what, and the fields that differ. */
function described(fact: AnyFact): Described {
  const { action } = fact
  if (isHosts(fact)) return { action, ...hosts(fact) }
  const type = kindOf(fact) as keyof Kinds
  const shown = SHOWN[type] as (row: Kinds[keyof Kinds]) => Shown
  const before = fact.before && shown(fact.before)
  const after = fact.after && shown(fact.after)
  const handed = "owner" in fact ? fact.owner : null
  const { userId = null, person = {} } = after ?? before ?? {}
  const target = { type, id: (fact.after ?? fact.before)?.id ?? "", userId, person }
  return {
    action,
    // What is erased is not written down once more.
    target: "userId" in fact ? { type: "user", id: fact.userId, userId: fact.userId, person: {} } : target,
    ...difference(
      before && { ...before.fields, ...(handed && { owner: handed.before }) },
      after && { ...after.fields, ...(handed && { owner: handed.after }) },
    ),
  }
}

const draft = (fact: AnyFact, { actor, at, ids }: Recording): Draft => ({
  id: ids.id("act", at),
  at,
  actor,
  ...described(fact),
})

/** A fact as activity is going to show it. */
export function shownFact(fact: AnyFact): DecidedFact {
  const { target, ...rest } = described(fact)
  const { type, id, userId, person } = target
  const { email = null, name = null } = person
  return { ...rest, target: { type, id, userId, email, name } } as DecidedFact
}

const kindOf = ({ action }: AnyFact): string => action.slice(0, action.indexOf("."))
const isHosts = (fact: AnyFact): fact is HostFact => !Object.hasOwn(SHOWN, kindOf(fact))

/** What the host says, as it says it. */
const hosts = ({
  after: { target, by, details },
}: HostFact): Pick<Draft, "behalf" | "target" | "before" | "after"> => ({
  behalf: by,
  target: { ...target, userId: null, person: {} },
  before: null,
  after: details,
})

type Told = Pick<Message, "id" | "topic" | "subject" | "seq" | "payload">

const queued = (organizationId: Organization["id"], at: Date, told: Told): Message => ({
  organizationId,
  ...told,
  state: "queued",
  attempts: 0,
  dueAt: at,
  lease: null,
  leasedUntil: null,
  error: null,
  createdAt: at,
})

const letter = ({ messageId, invitationId, token }: Post, organizationId: Organization["id"], seq: number, at: Date) =>
  queued(organizationId, at, { id: messageId, topic: "invitation.email", subject: invitationId, seq, payload: token })

const event = (entry: Entry, { at, ids }: Recording): Message =>
  queued(entry.organizationId, at, {
    id: ids.id("msg", at),
    topic: "event",
    subject: entry.id,
    seq: entry.seq,
    payload: JSON.stringify(readEntry(entry)),
  })
