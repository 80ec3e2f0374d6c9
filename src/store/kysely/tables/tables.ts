/**
 * Every table, the rows of each organization and account among them.
 *
 * @module
 */
import type { Entry } from "../../../activity/activity.ts"
import type { Account } from "../../../billing/account.ts"
import type { Subscription } from "../../../billing/subscription.ts"
import type { OrganizationId } from "../../../kernel/id.ts"
import type { Membership } from "../../../membership/membership.ts"
import type { Organization } from "../../../organization/organization.ts"
import type { Slug } from "../../../organization/slug.ts"
import type { Message } from "../../../outbox/message.ts"
import type { Restriction } from "../../../restriction/restriction.ts"
import type { Role } from "../../../role/role.ts"
import type { Rows } from "../../changes.ts"
import { id, integer, json, optional, text, time, words } from "./columns.ts"
import { invitations } from "./invitation-table.ts"
import { apiKeys } from "./key-table.ts"
import { flatTable, type Table, table } from "./table.ts"
import { holdMeters, holds, meters, requests, usage } from "./usage-tables.ts"

const email = text(320)
const userId = text(128)
const name = text(100)

const organizations = table<Organization, Organization>(
  "organizations",
  {
    id,
    name: words,
    slug: text(48),
    logo: optional(words),
    timezone: words,
    metadata: json,
    status: text(16),
    createdAt: time,
    deletedAt: optional(time),
    revision: integer,
    seatsReached: optional(json),
    ownershipOffer: optional(json),
    head: words,
  },
  { key: ["id"], checks: ["revision >= 0", "status in ('active', 'suspended', 'deleted', 'purging')"] },
  (row) => row,
  (flat) => ({ ...flat, ownershipOffer: offerOf(flat.ownershipOffer) }),
)

/** JSON has no instants. */
const offerOf = (offer: Organization["ownershipOffer"]): Organization["ownershipOffer"] =>
  offer && { ...offer, expiresAt: new Date(offer.expiresAt) }

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

const activity = flatTable<Entry>(
  "activity",
  {
    organizationId: id,
    seq: integer,
    id,
    action: text(64),
    actor: text(200),
    target: text(200),
    at: time,
    body: words,
    personal: json,
    hash: words,
  },
  {
    key: ["organizationId", "seq"],
    indexes: [
      ["organizationId", "action", "seq"],
      ["organizationId", "actor", "seq"],
      ["organizationId", "target", "seq"],
      ["organizationId", "at", "seq"],
    ],
    isOwned: true,
    checks: ["seq >= 1"],
  },
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
  subscriptions,
  activity,
  outbox,
  meters,
  usage,
  holds,
  holdMeters,
  requests,
} as const

/** The table of each kind of row that commands change, in the order they are written. */
export const WRITTEN: { readonly [Name in keyof Rows]: Table<Rows[Name]> } = {
  memberships,
  invitations,
  roles,
  apiKeys,
  restrictions,
  subscriptions,
}
