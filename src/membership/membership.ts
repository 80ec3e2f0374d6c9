/**
 * A membership: one user in one organization, with exactly one role. There is one way in (`join`) and one way out
 * (`end`), whoever opens them.
 *
 * @module
 */
import { type ApiKey, type ApiKeyFact, revocations } from "../api-key/api-key.ts"
import { acceptAs, cancel, type Invitation, type InvitationFact, isLive } from "../invitation/invitation.ts"
import type { UserId } from "../kernel/actor.ts"
import { type Decision, decided, type Fact, type Refusal, refused } from "../kernel/decision.ts"
import type { Email } from "../kernel/email.ts"
import type { MembershipId, OrganizationId } from "../kernel/id.ts"
import { canonicalJson, type JsonObject } from "../kernel/json.ts"
import type { Metadata } from "../kernel/metadata.ts"
import type { Ownership } from "../policy/policy.ts"
import { leftProject, type ProjectMembership, type ProjectMembershipFact } from "../project/project-membership.ts"
import type { RoleName } from "../role/role-name.ts"

export type Membership = Readonly<{
  id: MembershipId
  organizationId: OrganizationId
  userId: UserId
  /** The address and name the host last told; a copy, so that lists need no look-up elsewhere. */
  email: Email
  name: string | null
  role: RoleName
  /** The host's own; it may be personal, and so is in no activity entry. */
  metadata: Metadata<"member">
  joinedAt: Date
  /** The organization's revision when this row last changed: its ETag. */
  revision: number
}>

export type MembershipFact =
  | Fact<
      "member.added" | "member.joined" | "member.role_changed" | "member.removed" | "member.left" | "member.updated",
      Membership
    >
  | ErasedFact

/** Somebody was erased, be it that they were a member or only told of. */
export type ErasedFact = Readonly<{ action: "member.erased"; before: Membership | null; after: null; userId: UserId }>

/** What a seat limit allows: `taken` counts people, `cap` is null where seats are not limited. */
export type Seats = Readonly<{ taken: number; cap: number | null }>

/** Whether one more person fits. */
export const hasSeat = ({ taken, cap }: Seats): boolean => cap === null || taken < cap

/**
 * Begins a membership: refused to somebody already in, and when no seat is left. A pending invitation to the same
 * address is thereby accepted.
 */
export function join(
  membership: Membership,
  how: "member.added" | "member.joined",
  known: Readonly<{ existing: Membership | null; pending: Invitation | null; seats: Seats }>,
): Decision<MembershipFact | InvitationFact, "already_member" | "seat_limit_reached"> {
  if (known.existing !== null) return refused("already_member", {})
  if (!hasSeat(known.seats)) return refused("seat_limit_reached", { seats: known.seats.cap ?? 0 })
  const joined: MembershipFact = { action: how, before: null, after: membership }
  return known.pending === null
    ? decided(joined)
    : decided<MembershipFact | InvitationFact>(joined, acceptAs(known.pending, membership.userId))
}

/** The membership that those facts began, or null. */
export const joinedIn = (facts: readonly FollowedFact[]): Membership | null =>
  facts.flatMap((fact) => (fact.action === "member.added" || fact.action === "member.joined" ? [fact.after] : []))[0] ??
  null

/** What ends with a membership. */
type EndFact = MembershipFact | ProjectMembershipFact | InvitationFact | ApiKeyFact

/**
 * Ends a membership, and what roles this person has in projects. The organization keeps an owner, always; live
 * invitations that this person sent end with it, and so do the keys they made or held where `revokes` says so. `owners` is how many hold the owner role.
 */
export function end(
  membership: Membership,
  how: "member.removed" | "member.left" | "member.erased",
  known: Readonly<{
    ownership: Ownership
    owners: number
    projects: readonly ProjectMembership[]
    invited: readonly Invitation[]
    keys: readonly ApiKey[]
    revokes: boolean
    at: Date
  }>,
): Decision<EndFact, "last_owner" | "owner_immutable"> {
  const owner = ownerRefusal(membership, known.ownership, known.owners)
  if (owner !== null) return { ok: false, refusal: owner }
  const cancelled = known.invited.filter((invitation) => isLive(invitation, known.at)).map(cancel)
  const revoked = known.revokes ? revocations(known.keys, known.at) : []
  const left = how === "member.left" ? "project_member.left" : "project_member.removed"
  return decided<EndFact>(
    how === "member.erased"
      ? erasureOf(membership.userId, membership)
      : { action: how, before: membership, after: null },
    ...known.projects.map((held) => leftProject(held, left)),
    ...cancelled,
    ...revoked,
  )
}

/** The fact that a person was erased. */
export const erasureOf = (userId: UserId, membership: Membership | null): ErasedFact => ({
  action: "member.erased",
  before: membership,
  after: null,
  userId,
})

/** What comes of a person's having another address or name. */
export type FollowedFact = MembershipFact | ProjectMembershipFact | InvitationFact

/**
 * Follows what the host tells of a person: their membership, if any, and their roles in projects. A member's address is
 * invited no more: what offered them nothing but to join is accepted thereby, and the role stays. What was offered to an
 * address that nobody has any more ends, since it would begin to hold a seat.
 */
export function follow(
  membership: Membership | null,
  projects: readonly ProjectMembership[],
  { email, name }: Readonly<{ email?: Email | undefined; name?: string | null | undefined }>,
  { toNew, toOld, at }: Readonly<{ toNew: readonly Invitation[]; toOld: readonly Invitation[]; at: Date }>,
): readonly FollowedFact[] {
  const told = <Row extends Membership | ProjectMembership>(row: Row): Row => ({
    ...row,
    email: email ?? row.email,
    name: name === undefined ? row.name : name,
  })
  const isNew = (row: Membership | ProjectMembership) => row.email !== told(row).email || row.name !== told(row).name
  const members = membership === null ? [] : [membership]
  const accepted = members.flatMap(({ userId }) =>
    toNew.filter(({ projects }) => projects.length === 0).map((invitation) => acceptAs(invitation, userId)),
  )
  const given = toOld.filter((invitation) => isLive(invitation, at) && invitation.email !== (email ?? invitation.email))
  return [
    ...members.filter(isNew).map((row) => ({ action: "member.updated", before: row, after: told(row) }) as const),
    ...projects
      .filter(isNew)
      .map((row) => ({ action: "project_member.updated", before: row, after: told(row) }) as const),
    ...accepted,
    ...given.map(cancel),
  ]
}

/** Gives a member another role; the same role is no change. `owners` is how many hold the owner role. */
export function changeRole(
  membership: Membership,
  role: RoleName,
  known: Readonly<{ ownership: Ownership; owners: number }>,
): Decision<MembershipFact, "last_owner" | "owner_immutable"> {
  if (role === membership.role) return decided()
  const owner = ownerRefusal(membership, known.ownership, known.owners)
  if (owner !== null) return { ok: false, refusal: owner }
  if (role === known.ownership.role && known.ownership.holders === "single") return refused("owner_immutable", {})
  return decided({ action: "member.role_changed", before: membership, after: { ...membership, role } })
}

/** Puts other metadata in place of a member's; the same is no change. */
export function update(membership: Membership, metadata: Membership["metadata"]): Decision<MembershipFact, never> {
  if (canonicalJson(metadata) === canonicalJson(membership.metadata)) return decided()
  return decided({ action: "member.updated", before: membership, after: { ...membership, metadata } })
}

/** Why the organization cannot do without this member as its owner, or null. */
export function ownerRefusal(
  membership: Membership,
  ownership: Ownership,
  owners: number,
): Refusal<"last_owner" | "owner_immutable"> | null {
  if (membership.role !== ownership.role) return null
  if (ownership.holders === "single") return { code: "owner_immutable", details: {} }
  return owners > 1 ? null : { code: "last_owner", details: {} }
}

/** What activity records of a membership, besides whose it is. */
export const membershipFields = (membership: Membership) => ({ role: membership.role }) satisfies JsonObject
