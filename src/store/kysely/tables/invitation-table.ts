/**
 * The table of invitations.
 *
 * @module
 */
import type { Invitation, Inviter } from "../../../invitation/invitation.ts"
import { id, integer, json, optional, text, time, words } from "./columns.ts"
import { table } from "./table.ts"

type Flattened = Omit<Invitation, "invitedBy"> & {
  readonly inviterUserId: Inviter["userId"]
  readonly inviterKeyId: Inviter["apiKeyId"]
  readonly inviterName: Inviter["name"]
  readonly inviterEmail: Inviter["email"]
}

export const invitations = table<Invitation, Flattened>(
  "invitations",
  {
    organizationId: id,
    id,
    email: text(320),
    role: optional(text(100)),
    projects: json,
    locale: optional(words),
    status: text(16),
    tokenHash: text(64),
    messageId: id,
    inviterUserId: optional(text(128)),
    inviterKeyId: optional(id),
    inviterName: optional(words),
    inviterEmail: optional(words),
    acceptedBy: optional(text(128)),
    createdAt: time,
    sentAt: time,
    expiresAt: time,
    revision: integer,
  },
  {
    key: ["organizationId", "id"],
    indexes: [
      ["tokenHash"],
      ["email", "status", "id"],
      ["organizationId", "status", "id"],
      ["organizationId", "status", "expiresAt"],
      ["organizationId", "inviterUserId", "status"],
      ["organizationId", "role", "status"],
      ["email", "organizationId"],
      ["acceptedBy", "organizationId"],
      ["inviterUserId", "organizationId"],
    ],
    uniqueWhere: { columns: ["organizationId", "email"], where: "status = 'pending'" },
    isOwned: true,
    checks: ["status in ('pending', 'accepted', 'declined', 'cancelled')"],
  },
  ({ invitedBy, ...row }) => ({
    ...row,
    inviterUserId: invitedBy.userId,
    inviterKeyId: invitedBy.apiKeyId,
    inviterName: invitedBy.name,
    inviterEmail: invitedBy.email,
  }),
  ({ inviterUserId, inviterKeyId, inviterName, inviterEmail, ...flat }) => ({
    ...flat,
    invitedBy: { userId: inviterUserId, apiKeyId: inviterKeyId, name: inviterName, email: inviterEmail },
  }),
)
