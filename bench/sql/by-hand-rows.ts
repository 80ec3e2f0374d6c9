/**
 * The rows that are written by hand: every column of Tenantry's tables, an entry's hash and commitments among them.
 *
 * @module
 */
import { randomIds } from "../../src/kernel/id.ts"
import { hashSecret } from "../../src/kernel/secret.ts"
import { TABLES } from "../../src/store/kysely/tables/tables.ts"

export type Person = Readonly<{ id: string; email: string; name: string }>
type Name = "organizations" | "slugs" | "memberships" | "invitations" | "activity" | "outbox" | "apiKeys" | "usage"

function inserting(table: Name, rows = 1): string {
  const { name, columns } = TABLES[table]
  let value = 0
  const row = (): string => `(${columns.map(() => `$${++value}`).join(", ")})`
  const names = columns.map((column) => column.name).join(", ")
  return `insert into tenantry_${name} (${names}) values ${Array.from({ length: rows }, row).join(", ")}`
}

export const INSERTS = {
  organizations: inserting("organizations"),
  slugs: inserting("slugs"),
  memberships: inserting("memberships"),
  invitations: inserting("invitations"),
  activity: inserting("activity"),
  activityTwice: inserting("activity", 2),
  outbox: inserting("outbox"),
  apiKeys: inserting("apiKeys"),
  usage: inserting("usage"),
} as const

/** A row's values in the order of its table's columns; those that are not given are null. */
const values = (table: Name, row: Readonly<Record<string, unknown>>): readonly unknown[] =>
  TABLES[table].columns.map(({ property }) => row[property] ?? null)

const WEEK = 7 * 24 * 3600_000

export const added = {
  organization: (id: string, slug: string, revision: number, head: string) =>
    values("organizations", {
      ...{ id, slug, revision, head, name: "Acme", timezone: "UTC", metadata: "{}", status: "active" },
      createdAt: new Date(),
    }),
  member: (organizationId: string, { id: userId, email, name }: Person, role: string, revision: number) => {
    const [joinedAt, metadata] = [new Date(), "{}"]
    const id = randomIds.id("mem", joinedAt)
    const row = { organizationId, id, userId, email, name, role, metadata, joinedAt, revision }
    return { id, values: values("memberships", row) }
  },
  invitation: (
    organizationId: string,
    id: string,
    { email }: Person,
    tokenHash: string,
    messageId: string,
    by: Person,
    revision: number,
  ) => {
    const at = new Date()
    return values("invitations", {
      ...{
        organizationId,
        id,
        email,
        tokenHash,
        messageId,
        revision,
        role: "member",
        projects: "[]",
        status: "pending",
      },
      ...{ inviterUserId: by.id, inviterName: by.name, inviterEmail: by.email },
      ...{ createdAt: at, sentAt: at, expiresAt: new Date(at.getTime() + WEEK) },
    })
  },
  message: (organizationId: string, id: string, subject: string, seq: number, payload: string) => {
    const at = new Date()
    return values("outbox", {
      ...{ organizationId, id, subject, seq, payload, topic: "invitation.email", state: "queued", attempts: 0 },
      ...{ dueAt: at, createdAt: at },
    })
  },
  key: (organizationId: string, id: string, secretHash: string, { id: createdById }: Person, revision: number) =>
    values("apiKeys", {
      ...{ organizationId, id, secretHash, createdById, revision, home: organizationId, holderType: "organization" },
      ...{ name: "k", scopes: '["api.use"]', environment: "live", secretHint: "tk_live_Aaaa...zzzz", enabled: true },
      ...{ ipRules: "[]", endpointRules: "[]", createdByType: "user", shownTo: JSON.stringify([createdById]) },
      ...{ metadata: "{}", createdAt: new Date() },
    }),
  use: (organizationId: string, keyId: string) => {
    const at = new Date()
    const [account, month] = [`organization:${organizationId}`, at.toISOString().slice(0, 7)]
    const id = hashSecret(JSON.stringify([organizationId, keyId, null, null, null, month]))
    const row = { account, id, home: organizationId, organizationId, keyId, month, units: 1, lastUsedAt: at }
    return values("usage", row)
  },
}

/** Somebody's personal part of an entry, and the hash that commits to it. */
function personal({ email, name }: Person) {
  const part = { salt: randomIds.salt(), fields: { email, name } }
  return { part: JSON.stringify(part), commitment: hashSecret(`${part.salt}\n${JSON.stringify(part.fields)}`) }
}

/** An activity entry as values, and the hash that the next one goes on from. */
export function entry(
  { id: organizationId, seq, prev }: Readonly<{ id: string; seq: number; prev: string }>,
  action: string,
  actor: Person,
  target: string,
  about: Person | null,
  after: object,
) {
  const at = new Date()
  const id = randomIds.id("act", at)
  const own = personal(actor)
  const other = about && personal(about)
  const type = target.slice(0, target.indexOf(":"))
  const body = JSON.stringify({
    ...{ action, after, at, before: null, id, organizationId, prev, seq, v: 1 },
    actor: {
      commitment: own.commitment,
      id: actor.id,
      impersonatedBy: null,
      requestId: null,
      type: "user",
      userId: actor.id,
    },
    target: {
      commitment: other?.commitment ?? null,
      id: target.slice(type.length + 1),
      type,
      userId: about?.id ?? null,
    },
  })
  const hash = hashSecret(`${prev}\n${body}`)
  const row = {
    ...{ organizationId, seq, id, action, target, at, body, hash, actor: `user:${actor.id}`, actorUserId: actor.id },
    ...{ targetUserId: about?.id ?? null, actorPart: own.part, targetPart: other?.part ?? null },
  }
  return { hash, values: values("activity", row) }
}
