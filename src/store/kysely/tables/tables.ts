/**
 * Every table, the rows of each organization and account among them.
 *
 * @module
 */
import type { Account } from "../../../billing/account.ts"
import type { Subscription } from "../../../billing/subscription.ts"
import type { OrganizationId } from "../../../kernel/id.ts"
import type { Membership } from "../../../membership/membership.ts"
import type { Slug } from "../../../organization/slug.ts"
import type { Message } from "../../../outbox/message.ts"
import type { Restriction } from "../../../restriction/restriction.ts"
import type { Role } from "../../../role/role.ts"
import type { Rows } from "../../changes.ts"
import { activity } from "./activity-table.ts"
import { id, integer, json, optional, text, time, words } from "./columns.ts"
import { idempotency } from "./idempotency-table.ts"
import { invitations } from "./invitation-table.ts"
import { apiKeys } from "./key-table.ts"
import { organizations } from "./organization-table.ts"
import { projectMemberships, projects } from "./project-tables.ts"
import { flatTable, type Table } from "./table.ts"
import { holdMeters, holds, meters, requests, usage } from "./usage-tables.ts"

const email = text(320)
const userId = text(128)
const name = text(100)

const slugs = flatTable<{ slug: Slug; organizationId: OrganizationId }>(
  "slugs",
  { slug: text(48), organizationId: id },
  { key: ["slug"], indexes: [["organizationId"]] },
)

const memberships = flatTable<Membership>(
  "memberships",
  {
    organizationId: id,
    id,
    userId,
    email,
    name: optional(words),
    role: name,
    metadata: json,
    joinedAt: time,
    revision: integer,
  },
  {
    key: ["organizationId", "id"],
    unique: [["organizationId", "userId"]],
    indexes: [
      ["organizationId", "email", "id"],
      ["organizationId", "role", "id"],
      ["userId", "organizationId"],
    ],
    isOwned: true,
  },
)

const roles = flatTable<Role>(
  "roles",
  {
    organizationId: id,
    id,
    name,
    description: optional(words),
    permissions: json,
    createdAt: time,
    revision: integer,
  },
  { key: ["organizationId", "id"], unique: [["organizationId", "name"]], isOwned: true },
)

const restrictions = flatTable<Restriction>(
  "restrictions",
  { organizationId: id, id, ipRules: json, endpointRules: json, revision: integer },
  { key: ["organizationId", "id"], isOwned: true },
)

const accounts = flatTable<Account>(
  "accounts",
  { id: text(160), createdAt: time, revision: integer },
  { key: ["id"], checks: ["revision >= 0"] },
)

const subscriptions = flatTable<Subscription>(
  "subscriptions",
  {
    account: text(160),
    id,
    product: text(48),
    plan: words,
    status: text(16),
    quota: optional(integer),
    periodStart: optional(time),
    periodEnd: optional(time),
    occurredAt: time,
    revision: integer,
  },
  { key: ["account", "id"], unique: [["account", "product"]] },
)

const outbox = flatTable<Message>(
  "outbox",
  {
    organizationId: id,
    id,
    topic: text(32),
    subject: id,
    seq: integer,
    payload: optional(words),
    state: text(16),
    attempts: integer,
    dueAt: time,
    lease: optional(words),
    leasedUntil: optional(time),
    error: optional(words),
    createdAt: time,
  },
  {
    key: ["organizationId", "id"],
    indexes: [
      ["state", "dueAt"],
      ["state", "id"],
      ["state", "createdAt"],
      ["organizationId", "topic", "state", "seq"],
      ["organizationId", "subject"],
    ],
    checks: ["state in ('queued', 'sent', 'dropped', 'dead')"],
  },
)

/** The tables, in an order in which they can be made. */
export const TABLES = {
  organizations,
  slugs,
  accounts,
  memberships,
  invitations,
  roles,
  apiKeys,
  restrictions,
  projects,
  projectMemberships,
  subscriptions,
  activity,
  outbox,
  meters,
  usage,
  holds,
  holdMeters,
  requests,
  idempotency,
} as const

/** The table of each kind of row that commands change, in the order they are written. */
export const WRITTEN: { readonly [Name in keyof Rows]: Table<Rows[Name]> } = {
  memberships,
  invitations,
  roles,
  apiKeys,
  restrictions,
  projects,
  projectMemberships,
  subscriptions,
}
