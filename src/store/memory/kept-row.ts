/**
 * Rows as the store keeps them: frozen, with instants as numbers, so that neither what came in nor what goes out can
 * change them. (A frozen `Date` can still be set.)
 *
 * @module
 */
import type { Entry } from "../../activity/activity.ts"
import type { Invitation } from "../../invitation/invitation.ts"
import type { Json } from "../../kernel/json.ts"
import type { Membership } from "../../membership/membership.ts"
import type { Organization } from "../../organization/organization.ts"
import type { Message } from "../../outbox/message.ts"
import type { Role } from "../../role/role.ts"

/** A row with its instants in milliseconds since 1970. */
export type Kept<Row> = {
  readonly [Column in keyof Row]: Row[Column] extends Date
    ? number
    : Row[Column] extends Date | null
      ? number | null
      : Row[Column]
}

/** How one kind of row goes in and comes out. */
export type Keeping<Row> = Readonly<{ keep: (row: Row) => Kept<Row>; give: (kept: Kept<Row>) => Row }>

const milliseconds = (instant: Date | null): number | null => instant?.getTime() ?? null
const instant = (at: number | null): Date | null => (at === null ? null : new Date(at))

const frozenJson = (value: Json): Json => {
  if (value === null || typeof value !== "object") return value
  if (Array.isArray(value)) return Object.freeze(value.map(frozenJson))
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, frozenJson(inner)])))
}

/** A frozen copy, all the way down. */
const frozen = <Value extends Json>(value: Value): Value => frozenJson(value) as Value

export const organizationRow: Keeping<Organization> = {
  keep: (row) => ({
    ...row,
    metadata: frozen(row.metadata),
    createdAt: row.createdAt.getTime(),
    deletedAt: milliseconds(row.deletedAt),
  }),
  give: (kept) => ({ ...kept, createdAt: new Date(kept.createdAt), deletedAt: instant(kept.deletedAt) }),
}

export const membershipRow: Keeping<Membership> = {
  keep: (row) => ({ ...row, joinedAt: row.joinedAt.getTime() }),
  give: (kept) => ({ ...kept, joinedAt: new Date(kept.joinedAt) }),
}

export const invitationRow: Keeping<Invitation> = {
  keep: (row) => ({
    ...row,
    invitedBy: frozen(row.invitedBy),
    createdAt: row.createdAt.getTime(),
    sentAt: row.sentAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
  }),
  give: (kept) => ({
    ...kept,
    createdAt: new Date(kept.createdAt),
    sentAt: new Date(kept.sentAt),
    expiresAt: new Date(kept.expiresAt),
  }),
}

export const roleRow: Keeping<Role> = {
  keep: (row) => ({ ...row, permissions: frozen(row.permissions), createdAt: row.createdAt.getTime() }),
  give: (kept) => ({ ...kept, createdAt: new Date(kept.createdAt) }),
}

export const entryRow: Keeping<Entry> = {
  keep: (row) => ({ ...row, personal: frozen(row.personal), at: row.at.getTime() }),
  give: (kept) => ({ ...kept, at: new Date(kept.at) }),
}

export const messageRow: Keeping<Message> = {
  keep: (row) => ({
    ...row,
    dueAt: row.dueAt.getTime(),
    leasedUntil: milliseconds(row.leasedUntil),
    createdAt: row.createdAt.getTime(),
  }),
  give: (kept) => ({
    ...kept,
    dueAt: new Date(kept.dueAt),
    leasedUntil: instant(kept.leasedUntil),
    createdAt: new Date(kept.createdAt),
  }),
}
