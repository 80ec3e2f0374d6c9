/**
 * What invitations ask of a store.
 *
 * @module
 */
import type { ApiKey } from "../api-key/api-key.ts"
import type { UserId } from "../kernel/actor.ts"
import type { Email } from "../kernel/email.ts"
import type { InvitationId } from "../kernel/id.ts"
import type { Keyset } from "../kernel/page.ts"
import type { SecretHash } from "../kernel/secret.ts"
import type { Membership } from "../membership/membership.ts"
import type { Whose } from "../membership/repository.ts"
import type { Project } from "../project/project.ts"
import type { ProjectMembership } from "../project/project-membership.ts"
import type { Read } from "../store/read.ts"
import type { Delivery, Invitation, InvitationStatus } from "./invitation.ts"

/** Which invitations a list shows; the instants bound `expiresAt`: `liveAt` before it, `expiredAt` at or after it. */
export type InvitationFilter = Readonly<{
  status: InvitationStatus | null
  liveAt: Date | null
  expiredAt: Date | null
}>

/** An invitation with the state of its newest e-mail. */
export type DeliveredInvitation = Readonly<{ invitation: Invitation; delivery: Delivery }>

/** Reads inside one organization. */
export interface InvitationReads {
  /** Must answer that invitation, or null. */
  invitation: Read<InvitationId, Invitation | null>
  /**
   * Must answer the state of the e-mail that the invitation's `messageId` names, with its last error as the reason, or
   * null without such an invitation. An e-mail that is dead, dropped or no longer kept has failed.
   */
  delivery: Read<InvitationId, Delivery | null>
  /** Must answer the membership of the user who sent that invitation, or null when they have none. */
  inviter: Read<InvitationId, Membership | null>
  /** Must answer the memberships of the user who sent that invitation in the projects that it offers, by id ascending. */
  inviterProjects: Read<InvitationId, readonly ProjectMembership[]>
  /** Must answer the projects that the invitation offers, by id ascending. */
  offeredProjects: Read<InvitationId, readonly Project[]>
  /** Must answer whether somebody has the invitation's address who is in the organization or in one of its projects. */
  isInviteeIn: Read<InvitationId, boolean>
  /** Must answer the key that sent that invitation, or null when it is deleted or a person sent it. */
  inviterKey: Read<InvitationId, ApiKey | null>
  /** Must answer every pending invitation, expired ones included, to one of those addresses, in any order. */
  pendingByEmail: Read<readonly Email[], readonly Invitation[]>
  /**
   * Must answer every pending invitation, expired ones included, to an address that this user has in the organization or in
   * one of its projects and that nobody else has there, by id ascending.
   */
  pendingTo: Read<UserId, readonly Invitation[]>
  /** Must answer every pending invitation, unexpired at that instant, that the sender sent, by id ascending. */
  pendingFrom: Read<Readonly<{ sender: Whose; at: Date }>, readonly Invitation[]>
  /**
   * Must answer how many pending invitations expire after that instant and go to an address that nobody has who is in the
   * organization or in one of its projects.
   */
  pendingCount: Read<Date, number>
  /** Must answer the page of invitations that match, each with its delivery, by id ascending. */
  invitations: Read<InvitationFilter & Keyset, readonly DeliveredInvitation[]>
}

/** A pending invitation as its recipient sees it, with its organization's name and the projects that it offers. */
export type ReceivedInvitation = Readonly<{
  invitation: Invitation
  organizationName: string
  projects: readonly Project[]
}>

/** Look-ups across organizations. */
export interface InvitationRepository {
  /**
   * Must answer the invitation whose current token has that hash, whatever its status, with its organization's name and
   * the projects that it offers, by id ascending, while that organization is active or suspended; null otherwise.
   */
  findByToken(hash: SecretHash): Promise<ReceivedInvitation | null>
  /**
   * Must answer the page of pending invitations to that address that expire after `at`, of active organizations only,
   * by id ascending.
   */
  pendingFor(email: Email, at: Date, by: Keyset): Promise<readonly ReceivedInvitation[]>
}
