/**
 * What is read of invitations, inside one organization and across them.
 *
 * @module
 */
import type { Delivery, Invitation } from "../../invitation/invitation.ts"
import type { InvitationReads, ReceivedInvitation } from "../../invitation/repository.ts"
import type { Keyset } from "../../kernel/page.ts"
import type { OrganizationStatus } from "../../organization/organization.ts"
import type { Project } from "../../project/project.ts"
import { type Database, inside } from "./database.ts"
import { membershipsIn, userBehind } from "./project-reads.ts"
import type { Readers } from "./reads.ts"
import { find, past, place, rowsOf, sortedById, take, walk } from "./table.ts"

/** Reads inside one organization. */
export const invitationReads: Readers<keyof InvitationReads> = {
  invitation: ({ invitations }, id, invitationId) => find(invitations, id, invitationId),
  delivery: (database, id, invitationId) => {
    const invitation = find(database.invitations, id, invitationId)
    return invitation && deliveryOf(database, invitation)
  },
  inviter: ({ invitations, memberships }, id, invitationId) => {
    const userId = find(invitations, id, invitationId)?.invitedBy.userId
    return (userId && rowsOf(memberships.user, inside(id, userId))[0]) || null
  },
  inviterKey: ({ invitations, apiKeys }, id, invitationId) => {
    const keyId = find(invitations, id, invitationId)?.invitedBy.apiKeyId
    const key = keyId ? find(apiKeys, id, keyId) : null
    return key?.deletedAt === null ? key : null
  },
  pendingByEmail: ({ invitations }, id, emails) =>
    [...new Set(emails)].flatMap((email) => rowsOf(invitations.pendingEmail, inside(id, email))),
  pendingTo: ({ invitations, memberships, projectMemberships }, id, userId) => {
    const scope = inside(id, userId)
    const theirs = [...rowsOf(memberships.user, scope), ...rowsOf(projectMemberships.user, scope)]
    const isOthers = (email: string): boolean =>
      [...rowsOf(memberships.email, inside(id, email)), ...rowsOf(projectMemberships.email, inside(id, email))].some(
        (row) => row.userId !== userId,
      )
    const own = [...new Set(theirs.map(({ email }) => email))].filter((email) => !isOthers(email))
    return sortedById(own.flatMap((email) => rowsOf(invitations.pendingEmail, inside(id, email))))
  },
  inviterProjects: (database, id, invitationId) => {
    const { projects, invitedBy } = find(database.invitations, id, invitationId) ?? NO_OFFER
    return invitedBy.userId === null
      ? []
      : membershipsIn(
          database,
          id,
          invitedBy.userId,
          projects.map(({ projectId }) => projectId),
        )
  },
  offeredProjects: (database, id, invitationId) => {
    const invitation = find(database.invitations, id, invitationId)
    return invitation === null ? [] : offered(database, invitation)
  },
  pendingFrom: (database, id, { sender, at }) => {
    const { invitations } = database
    const userId = userBehind(database, id, sender)
    const sent = userId === undefined ? [] : walk(invitations.pendingSender, inside(id, userId))
    return [...sent].filter(({ expiresAt }) => expiresAt > at)
  },
  isInviteeIn: (database, id, invitationId) => {
    const invitation = find(database.invitations, id, invitationId)
    return invitation !== null && isSeated(database, invitation)
  },
  pendingCount: (database, id, at) => {
    const { pendingExpiry } = database.invitations
    const live = [...walk(pendingExpiry, id, place(pendingExpiry, id, at.getTime() + 1))]
    return live.filter((invitation) => !isSeated(database, invitation)).length
  },
  invitations: (database, id, { status, liveAt, expiredAt, after, limit }) => {
    const { invitations } = database
    const [index, scope] = status === null ? [invitations.all, id] : [invitations.status, inside(id, status)]
    const page = take(
      walk(index, scope, place(index, scope, past(after))),
      limit,
      ({ expiresAt }) => (liveAt === null || expiresAt > liveAt) && (expiredAt === null || expiresAt <= expiredAt),
    )
    return page.map((invitation) => ({ invitation, delivery: deliveryOf(database, invitation) }))
  },
}

const NO_OFFER: Pick<Invitation, "projects" | "invitedBy"> = {
  projects: [],
  invitedBy: { userId: null, apiKeyId: null, name: null, email: null },
}

/** Whether somebody who is in has its address. */
const isSeated = ({ memberships, projectMemberships }: Database, { organizationId, email }: Invitation): boolean =>
  [memberships.email, projectMemberships.email].some(({ lists }) => lists.has(inside(organizationId, email)))

/** The projects that an invitation offers. */
const offered = ({ projects }: Database, invitation: Invitation): readonly Project[] =>
  sortedById(invitation.projects.flatMap(({ projectId }) => find(projects, invitation.organizationId, projectId) ?? []))

/** How the e-mail that carries an invitation's live token fares; one that is no longer kept can only have failed. */
function deliveryOf({ messages }: Database, { organizationId, messageId }: Invitation): Delivery {
  const { state, error = null } = find(messages, organizationId, messageId) ?? {}
  return { state: state === "queued" || state === "sent" ? state : "failed", reason: error }
}

/** The invitation whose current token has that hash, of an organization that people can still enter. */
export const receivedByToken = (database: Database, hash: string): ReceivedInvitation | null =>
  received(database, ["active", "suspended"], rowsOf(database.invitations.token, hash))[0] ?? null

/** A page of pending, unexpired invitations to that address, of active organizations. */
export function receivedAt(database: Database, email: string, at: Date, by: Keyset): readonly ReceivedInvitation[] {
  const index = database.invitations.received
  const rows = walk(index, email, place(index, email, past(by.after)))
  const isOpen = (invitation: Invitation): boolean =>
    invitation.expiresAt > at && received(database, ["active"], [invitation]).length > 0
  return received(database, ["active"], take(rows, by.limit, isOpen))
}

const received = (
  database: Database,
  statuses: readonly OrganizationStatus[],
  invitations: readonly Invitation[],
): readonly ReceivedInvitation[] =>
  invitations.flatMap((invitation) => {
    const organization = database.organizations.get(invitation.organizationId)
    const isOpen = organization !== undefined && statuses.includes(organization.status)
    return isOpen ? [{ invitation, organizationName: organization.name, projects: offered(database, invitation) }] : []
  })
