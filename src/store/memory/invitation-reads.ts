/**
 * What is read of invitations, inside one organization and across them.
 *
 * @module
 */
import type { Delivery, Invitation } from "../../invitation/invitation.ts"
import type { InvitationReads, ReceivedInvitation } from "../../invitation/repository.ts"
import type { Email } from "../../kernel/email.ts"
import type { Keyset } from "../../kernel/page.ts"
import type { Organization, OrganizationStatus } from "../../organization/organization.ts"
import type { Database } from "./database.ts"
import { invitationRow, type Kept, membershipRow } from "./kept-row.ts"
import { after, ascending, before, firstRow, scopeEnd, scopeStart, take } from "./sorted-rows.ts"
import { find } from "./table.ts"

type Readers = {
  readonly [Name in keyof InvitationReads]: (
    database: Database,
    organizationId: string,
    want: InvitationReads[Name]["want"],
  ) => InvitationReads[Name]["found"]
}

/** Reads inside one organization. */
export const invitationReads: Readers = {
  invitation: ({ invitations }, id, invitationId) => {
    const kept = find(invitations, id, invitationId)
    return kept === null ? null : invitationRow.give(kept)
  },
  delivery: (database, id, invitationId) => {
    const invitation = find(database.invitations, id, invitationId)
    return invitation === null ? null : deliveryOf(database, invitation)
  },
  inviter: (database, id, invitationId) => {
    const userId = find(database.invitations, id, invitationId)?.invitedBy.userId
    if (userId === undefined || userId === null) return null
    const membership = firstRow(database.memberships.by.user, before(id, userId), after(id, userId))
    return membership === null ? null : membershipRow.give(membership)
  },
  pendingByEmail: ({ invitations }, id, emails) =>
    [...new Set(emails)].flatMap((email) =>
      [...ascending(invitations.by.pendingEmail, before(id, email), after(id, email))].map(invitationRow.give),
    ),
  pendingFrom: ({ invitations, memberships }, id, { sender, at }) => {
    const userId = "userId" in sender ? sender.userId : find(memberships, id, sender.membershipId)?.userId
    if (userId === undefined) return []
    return [...ascending(invitations.by.pendingSender, before(id, userId), after(id, userId))]
      .filter((invitation) => invitation.expiresAt > at.getTime())
      .map(invitationRow.give)
  },
  pendingCount: ({ invitations, memberships }, id, at) => {
    let count = 0
    for (const { email } of ascending(invitations.by.pendingExpiry, after(id, at.getTime()), scopeEnd(id))) {
      if (firstRow(memberships.by.email, before(id, email), after(id, email)) === null) count++
    }
    return count
  },
  invitations: (database, id, { status, liveAt, expiredAt, after: cursor, limit }) => {
    const { primary, by } = database.invitations
    const rows =
      status === null
        ? ascending(primary, cursor === null ? scopeStart(id) : after(id, cursor), scopeEnd(id))
        : ascending(by.status, cursor === null ? before(id, status) : after(id, status, cursor), after(id, status))
    const page = take(
      rows,
      limit,
      ({ expiresAt }) =>
        (liveAt === null || expiresAt > liveAt.getTime()) && (expiredAt === null || expiresAt <= expiredAt.getTime()),
    )
    return page.map((kept) => ({ invitation: invitationRow.give(kept), delivery: deliveryOf(database, kept) }))
  },
}

/** How the e-mail that carries an invitation's live token fares; one that is no longer kept can only have failed. */
function deliveryOf({ messages }: Database, invitation: Kept<Invitation>): Delivery {
  const message = find(messages, invitation.organizationId, invitation.messageId)
  const isUnderWay = message?.state === "queued" || message?.state === "sent"
  return { state: isUnderWay ? message.state : "failed", reason: message?.error ?? null }
}

/** The invitation whose current token has that hash, of an organization that people can still enter. */
export function receivedByToken(database: Database, hash: string): ReceivedInvitation | null {
  const invitation = firstRow(database.invitations.by.token, scopeStart(hash), scopeEnd(hash))
  return invitation === null ? null : received(database, invitation, ["active", "suspended"])
}

/** A page of pending, unexpired invitations to that address, of active organizations. */
export function receivedAt(database: Database, email: Email, at: Date, by: Keyset): readonly ReceivedInvitation[] {
  const rows = ascending(
    database.invitations.by.received,
    by.after === null ? scopeStart(email) : after(email, "", by.after),
    scopeEnd(email),
  )
  const live = take(
    rows,
    by.limit,
    ({ expiresAt, organizationId }) =>
      expiresAt > at.getTime() && database.organizations.get(organizationId)?.status === "active",
  )
  return live.flatMap((invitation) => received(database, invitation, ["active"]) ?? [])
}

function received(
  { organizations }: Database,
  invitation: Kept<Invitation>,
  statuses: readonly OrganizationStatus[],
): ReceivedInvitation | null {
  const organization: Kept<Organization> | undefined = organizations.get(invitation.organizationId)
  if (organization === undefined || !statuses.includes(organization.status)) return null
  return { invitation: invitationRow.give(invitation), organizationName: organization.name }
}
