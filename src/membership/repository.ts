/**
 * What memberships ask of a store.
 *
 * @module
 */
import type { UserId } from "../kernel/actor.ts"
import type { Email } from "../kernel/email.ts"
import type { MembershipId, ProjectMembershipId } from "../kernel/id.ts"
import type { Keyset } from "../kernel/page.ts"
import type { RoleName } from "../role/role-name.ts"
import type { Read } from "../store/read.ts"
import type { Membership } from "./membership.ts"

/** Which members a list shows: with exactly that role, whose address starts with that text. */
export type MembershipFilter = Readonly<{ role: RoleName | null; emailPrefix: string | null }>

/** A user by their id, or the one behind a membership of the organization or of a project. */
export type Whose =
  | Readonly<{ userId: UserId }>
  | Readonly<{ membershipId: MembershipId }>
  | Readonly<{ projectMembershipId: ProjectMembershipId }>

/** Reads inside one organization. */
export interface MembershipReads {
  /** Must answer the membership of the user who asks, or null. */
  caller: Read<UserId, Membership | null>
  /** Must answer the membership of that user, or null. */
  memberOf: Read<UserId, Membership | null>
  /** Must answer that membership, or null. */
  membership: Read<MembershipId, Membership | null>
  /** Must answer every membership that has one of those addresses, in any order. */
  membersByEmail: Read<readonly Email[], readonly Membership[]>
  /** Must answer how many memberships hold that role. */
  membersWithRole: Read<RoleName, number>
  /** Must answer how many people there are: members, and those in projects alone, each person once. */
  memberCount: Read<true, number>
  /** Must answer the page of memberships that match, by id ascending. */
  members: Read<MembershipFilter & Keyset, readonly Membership[]>
}
