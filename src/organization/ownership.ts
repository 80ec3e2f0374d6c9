/**
 * Ownership, and how it is handed over: in one step, or by an offer that the other side accepts in time.
 *
 * @module
 */
import { type Decision, decided, type Fact, type Refusal, refused } from "../kernel/decision.ts"
import type { MembershipId } from "../kernel/id.ts"
import { inputIssue } from "../kernel/input.ts"
import type { JsonObject } from "../kernel/json.ts"
import type { Membership, MembershipFact } from "../membership/membership.ts"
import type { Access } from "../policy/policy.ts"
import { type AssignmentCode, assignmentRefusal, type Roles } from "../role/assignment.ts"
import type { RoleName } from "../role/role-name.ts"
import type { Organization } from "./organization.ts"

/** An offer of ownership, until it is accepted, declined or withdrawn, or its time is up. */
export type OwnershipOffer = Readonly<{
  /** Who may accept. */
  membershipId: MembershipId
  /** The owner who steps down when they do. */
  by: MembershipId
  /** What that owner becomes. */
  previousRole: RoleName
  expiresAt: Date
}>

/** Who hands over to whom, and which role the one who does takes. */
export type Handover = Readonly<{ from: Membership; to: Membership; previousRole: RoleName }>

export type OwnershipFact =
  | Fact<"organization.ownership_offered" | "organization.updated", Organization>
  | (Fact<"organization.ownership_transferred", Organization> &
      Readonly<{ owner: Readonly<{ before: MembershipId; after: MembershipId }> }>)

/** Why that member cannot be given the ownership, or whoever gives it cannot take that role; or null. */
export function handoverRefusal(
  by: Access,
  known: Roles,
  { to, previousRole }: Omit<Handover, "from">,
): Refusal<AssignmentCode> | null {
  const { role: owner } = known.policy.ownership
  const invalid = (field: string, message: string) => refused("invalid_input", inputIssue([field], message)).refusal
  if (to.role === owner) return invalid("membershipId", "an owner already")
  if (previousRole === owner) return invalid("previousRole", "the owner role is what is handed over")
  if (by.permissionsOf(previousRole) === null) return invalid("previousRole", "unknown role")
  return assignmentRefusal(by, known, "update", previousRole)
}

/** Hands the owner role over; an offer that either of the two was part of ends with it. */
export function handOver(
  organization: Organization,
  { from, to, previousRole }: Handover,
): Decision<MembershipFact | OwnershipFact, never> {
  const { ownershipOffer: offered } = organization
  const parties = [offered?.by, offered?.membershipId]
  const ends = parties.includes(from.id) || parties.includes(to.id)
  const after: Organization = { ...organization, ownershipOffer: ends ? null : offered }
  return decided<MembershipFact | OwnershipFact>(
    { action: "member.role_changed", before: from, after: { ...from, role: previousRole } },
    { action: "member.role_changed", before: to, after: { ...to, role: from.role } },
    {
      action: "organization.ownership_transferred",
      before: organization,
      after,
      owner: { before: from.id, after: to.id },
    },
  )
}

/** Offers the ownership, in place of any offer there was; the same offer once more is no change. */
export function offerTo(
  organization: Organization,
  { from, to, previousRole }: Handover,
  expiresAt: Date,
): Decision<OwnershipFact, never> {
  const { ownershipOffer: offered } = organization
  const isSame =
    offered?.membershipId === to.id &&
    offered.by === from.id &&
    offered.previousRole === previousRole &&
    offered.expiresAt.getTime() === expiresAt.getTime()
  if (isSame) return decided()
  const ownershipOffer = { membershipId: to.id, by: from.id, previousRole, expiresAt }
  return decided({
    action: "organization.ownership_offered",
    before: organization,
    after: { ...organization, ownershipOffer },
  })
}

/** Ends an offer without a transfer. */
export const endOffer = (organization: Organization): Decision<OwnershipFact, never> =>
  decided({ action: "organization.updated", before: organization, after: { ...organization, ownershipOffer: null } })

/** The offer whose time is not up, or null. */
export const openOffer = ({ ownershipOffer: offer }: Organization, at: Date): OwnershipOffer | null =>
  offer !== null && at < offer.expiresAt ? offer : null

/**
 * What accepting comes to: null when nothing can be handed over any more, because whoever offered it owns no longer, the
 * role that they would take is gone, or the one who accepts owns already.
 */
export function handoverOf(
  { by, previousRole }: OwnershipOffer,
  to: Membership,
  known: Readonly<{ owners: readonly Membership[]; access: Pick<Access, "permissionsOf"> }>,
): Handover | null {
  const from = known.owners.find(({ id }) => id === by)
  if (from === undefined || to.role === from.role) return null
  return known.access.permissionsOf(previousRole) === null ? null : { from, to, previousRole }
}

/** What activity records of an offer. */
export const offerFields = (offer: OwnershipOffer | null): JsonObject | null =>
  offer && { ...offer, expiresAt: offer.expiresAt.toISOString() }
