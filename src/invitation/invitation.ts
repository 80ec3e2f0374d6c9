/**
 * An invitation: an offer to one e-mail address to join with a role.
 *
 * ```
 *             resend (new token, new expiry)
 *               ┌─────┐
 *  send ──► pending ──┴─► accepted | declined | cancelled | expired (by time)
 * ```
 *
 * @module
 */
import { addHours } from "date-fns/addHours"
import { addSeconds } from "date-fns/addSeconds"
import type { User, UserId } from "../kernel/actor.ts"
import { type Decision, decided, type Fact, type Refusal, refused } from "../kernel/decision.ts"
import type { Email } from "../kernel/email.ts"
import type { ApiKeyId, InvitationId, MessageId, OrganizationId, ProjectId } from "../kernel/id.ts"
import type { JsonObject } from "../kernel/json.ts"
import type { SecretHash } from "../kernel/secret.ts"
import type { Project } from "../project/project.ts"
import type { RoleName } from "../role/role-name.ts"

/** What is stored; `expired` is what a pending invitation is after its `expiresAt`. */
export type InvitationStatus = "pending" | "accepted" | "declined" | "cancelled"

/** Who sent it: a person, or an organization's own key; neither when the host's code did. */
export type Inviter = Readonly<{
  /** For a member-held key its holder. */
  userId: UserId | null
  apiKeyId: ApiKeyId | null
  name: string | null
  email: Email | null
}>

/** A role in one project. */
export type ProjectOffer = Readonly<{ projectId: ProjectId; role: RoleName }>

export type Invitation = Readonly<{
  id: InvitationId
  organizationId: OrganizationId
  email: Email
  /** Null where it is to projects only. */
  role: RoleName | null
  /** The projects it offers besides, each with a role in it. */
  projects: readonly ProjectOffer[]
  /** BCP 47 tag handed to the mailer. */
  locale: string | null
  status: InvitationStatus
  /** SHA-256 of the live token; the token itself is nowhere but in the e-mail. */
  tokenHash: SecretHash
  /** The outbox message that carries, or carried, the live token. */
  messageId: MessageId
  invitedBy: Inviter
  acceptedBy: UserId | null
  createdAt: Date
  sentAt: Date
  expiresAt: Date
  revision: number
}>

/** How the newest e-mail fares, apart from the invitation's status. */
export type Delivery = Readonly<{ state: "queued" | "sent" | "failed"; reason: string | null }>

/** What people who may read members see of it. */
export type InvitationView = Omit<Invitation, "tokenHash" | "messageId" | "status"> &
  Readonly<{ status: InvitationStatus | "expired"; delivery: Delivery }>

/** What the page behind the e-mail's link may show to somebody who is not signed in. */
export type InvitationPreview = Omit<ReceivedInvitationView, "id" | "organizationId" | "projects">

/** What its recipient sees. */
export type ReceivedInvitationView = Readonly<{
  id: InvitationId
  organizationId: OrganizationId
  organizationName: string
  email: Email
  /** Null where it is to projects only. */
  role: RoleName | null
  projects: readonly Readonly<{ projectId: ProjectId; name: string; role: RoleName }>[]
  /** The inviter's name, else their address, else null. */
  inviter: string | null
  expiresAt: Date
}>

export type InvitationFact =
  | Fact<"invitation.sent" | "invitation.resent", Invitation>
  | Fact<"invitation.accepted" | "invitation.declined" | "invitation.cancelled", Invitation>
  | Fact<"invitation.delivery_failed", Invitation>

/** A fresh letter: a new token with its hash, and when it goes out. */
export type Letter = Readonly<{
  tokenHash: SecretHash
  messageId: MessageId
  invitedBy: Inviter
  at: Date
  ttlHours: number
}>

/** Seconds between two sendings of one invitation. */
export const RESEND_SECONDS = 60

/** Whether it can still be accepted. */
export const isLive = (invitation: Invitation, at: Date): boolean =>
  invitation.status === "pending" && invitation.expiresAt > at

/** The status as people see it: `expired` is computed, never stored. */
export const statusAt = (invitation: Invitation, at: Date): InvitationStatus | "expired" =>
  invitation.status === "pending" && invitation.expiresAt <= at ? "expired" : invitation.status

/** The same invitation in a new letter: the old token is dead from here on. */
const posted = (invitation: Invitation, letter: Letter): Invitation => ({
  ...invitation,
  status: "pending",
  tokenHash: letter.tokenHash,
  messageId: letter.messageId,
  invitedBy: letter.invitedBy,
  sentAt: letter.at,
  expiresAt: addHours(letter.at, letter.ttlHours),
})

/** A first letter to an address. */
export function send(
  offer: Pick<Invitation, "id" | "organizationId" | "email" | "role" | "projects" | "locale">,
  letter: Letter,
): InvitationFact {
  const { at, ttlHours: _, ...carried } = letter
  const times = { createdAt: at, sentAt: at, expiresAt: at }
  const after = posted({ ...offer, ...carried, ...times, status: "pending", acceptedBy: null, revision: 0 }, letter)
  return { action: "invitation.sent", before: null, after }
}

/** Sending anew to an address whose invitation expired revives that one, with what is offered now. */
export function revive(
  invitation: Invitation,
  offer: Pick<Invitation, "role" | "projects" | "locale">,
  letter: Letter,
): InvitationFact {
  return { action: "invitation.sent", before: invitation, after: posted({ ...invitation, ...offer }, letter) }
}

/** Why that address cannot have another letter yet, or null: one a minute. */
export function pauseRefusal(invitation: Invitation, at: Date): Refusal<"rate_limited"> | null {
  const retryAt = addSeconds(invitation.sentAt, RESEND_SECONDS)
  return at < retryAt ? { code: "rate_limited", details: { retryAt } } : null
}

/** Sends a new token and starts the time anew; revives an expired one. At most once a minute. */
export function resend(
  invitation: Invitation,
  letter: Letter,
): Decision<InvitationFact, "invitation_closed" | "rate_limited"> {
  if (invitation.status !== "pending") return refused("invitation_closed", { status: invitation.status })
  const early = pauseRefusal(invitation, letter.at)
  if (early !== null) return { ok: false, refusal: early }
  return decided({ action: "invitation.resent", before: invitation, after: posted(invitation, letter) })
}

/** Cancels a pending invitation, expired or not. */
export function cancelPending(invitation: Invitation): Decision<InvitationFact, "invitation_closed"> {
  if (invitation.status === "cancelled") return decided()
  if (invitation.status !== "pending") return refused("invitation_closed", { status: invitation.status })
  return decided(cancel(invitation))
}

/** The fact that a pending invitation was cancelled. */
export const cancel = (invitation: Invitation): InvitationFact => ({
  action: "invitation.cancelled",
  before: invitation,
  after: { ...invitation, status: "cancelled" },
})

/** The fact that this person accepted it. */
export const acceptAs = (invitation: Invitation, userId: UserId): InvitationFact => ({
  action: "invitation.accepted",
  before: invitation,
  after: { ...invitation, status: "accepted", acceptedBy: userId },
})

/**
 * Why this person cannot answer the invitation, or null. Precise reasons are for its verified recipient alone; to
 * anybody else a live token is a mismatch and a dead one unknown, and without the token nothing is there.
 */
export function recipientRefusal(
  invitation: Invitation,
  by: User,
  hasToken: boolean,
  at: Date,
): Refusal<
  "not_found" | "invitation_email_mismatch" | "email_unverified" | "invitation_closed" | "invitation_expired"
> | null {
  const matches = by.email === invitation.email
  if (!matches || !by.emailVerified) {
    if (!hasToken || !isLive(invitation, at)) return { code: "not_found", details: {} }
    return { code: matches ? "email_unverified" : "invitation_email_mismatch", details: {} }
  }
  const status = statusAt(invitation, at)
  if (status === "expired") return { code: "invitation_expired", details: { expiredAt: invitation.expiresAt } }
  return status === "pending" ? null : { code: "invitation_closed", details: { status } }
}

/** Turns the offer down, for good: only a new invitation can follow. */
export const decline = (invitation: Invitation): InvitationFact => ({
  action: "invitation.declined",
  before: invitation,
  after: { ...invitation, status: "declined" },
})

/** The last attempt to send that message failed; nothing about the invitation itself changes. */
export function deliveryFailed(invitation: Invitation, messageId: MessageId): Decision<InvitationFact, never> {
  if (invitation.status !== "pending" || invitation.messageId !== messageId) return decided()
  return decided({ action: "invitation.delivery_failed", before: invitation, after: invitation })
}

/** What activity records of an invitation, besides the address. */
export const invitationFields = (invitation: Invitation) =>
  ({
    role: invitation.role,
    projects: invitation.projects.map(({ projectId, role }) => ({ projectId, role })),
    status: invitation.status,
    expiresAt: invitation.expiresAt.toISOString(),
  }) satisfies JsonObject

/** What people who may read members see. */
export function invitationView(invitation: Invitation, delivery: Delivery, at: Date): InvitationView {
  const { tokenHash: _hash, messageId: _message, ...seen } = invitation
  return { ...seen, status: statusAt(invitation, at), delivery }
}

/** What its recipient sees. */
export const receivedView = (
  invitation: Invitation,
  organizationName: string,
  projects: readonly Pick<Project, "id" | "name">[],
): ReceivedInvitationView => ({
  id: invitation.id,
  organizationId: invitation.organizationId,
  organizationName,
  email: invitation.email,
  role: invitation.role,
  projects: invitation.projects.flatMap(({ projectId, role }) => {
    const project = projects.find(({ id }) => id === projectId)
    return project === undefined ? [] : [{ projectId, name: project.name, role }]
  }),
  inviter: invitation.invitedBy.name ?? invitation.invitedBy.email,
  expiresAt: invitation.expiresAt,
})
