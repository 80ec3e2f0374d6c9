/**
 * What accepting an invitation comes to: a membership, project memberships, or both, in one commit.
 *
 * @module
 */
import type { UserId } from "../kernel/actor.ts"
import { type Decision, refused } from "../kernel/decision.ts"
import {
  type FollowedFact,
  hasSeat,
  join,
  type Membership,
  type MembershipFact,
  type Seats,
} from "../membership/membership.ts"
import type { Project } from "../project/project.ts"
import { joinProject, type ProjectMembership, type ProjectMembershipFact } from "../project/project-membership.ts"
import { acceptAs, type Invitation, type InvitationFact } from "./invitation.ts"

/** What comes of accepting. */
export type AcceptanceFact = MembershipFact | ProjectMembershipFact | InvitationFact
type Code = "already_member" | "seat_limit_reached" | "invitation_void"

/** Begins everything that the invitation still gives, all of it or nothing; `moved` is what their address brings about. */
export function acceptWith(
  invitation: Invitation,
  userId: UserId,
  { membership, projectMemberships }: Joining,
  { seats, projects, moved }: Readonly<{ seats: Seats; projects: readonly Project[]; moved: readonly FollowedFact[] }>,
): Decision<AcceptanceFact, Code> {
  const accepted: Decision<AcceptanceFact, Code> =
    membership === null
      ? hasSeat(seats)
        ? { ok: true, facts: [acceptAs(invitation, userId)] }
        : refused("seat_limit_reached", { seats: seats.cap ?? 0 })
      : join(membership, "member.joined", { existing: null, pending: invitation, seats })
  if (!accepted.ok) return accepted
  const facts = [...accepted.facts]
  for (const each of projectMemberships) {
    const project = projects.find(({ id }) => id === each.projectId)
    const joined = project && joinProject(each, "project_member.joined", { project, existing: null })
    if (!joined?.ok) return refused("invitation_void", {})
    facts.push(...joined.facts)
  }
  return { ok: true, facts: [...facts, ...moved] }
}

/** The rows that begin. */
export type Joining = Readonly<{ membership: Membership | null; projectMemberships: readonly ProjectMembership[] }>
