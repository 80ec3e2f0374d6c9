/**
 * A project membership: one user's role in one project, beside any role in the organization. There is one way in
 * (`joinProject`) and one way out (`leftProject`), whoever opens them.
 *
 * @module
 */
import { type ApiKey, type ApiKeyFact, revocations } from "../api-key/api-key.ts"
import { cancel, type Invitation, type InvitationFact, isLive } from "../invitation/invitation.ts"
import type { UserId } from "../kernel/actor.ts"
import { type Decision, decided, type Fact, refused } from "../kernel/decision.ts"
import type { Email } from "../kernel/email.ts"
import type { OrganizationId, ProjectId, ProjectMembershipId } from "../kernel/id.ts"
import type { JsonObject } from "../kernel/json.ts"
import type { RoleName } from "../role/role-name.ts"
import { archivedRefusal, type Project } from "./project.ts"

export type ProjectMembership = Readonly<{
  id: ProjectMembershipId
  organizationId: OrganizationId
  projectId: ProjectId
  userId: UserId
  /** The address and name the host last told; a copy, so that lists need no look-up elsewhere. */
  email: Email
  name: string | null
  /** It grants what the role has of project scope, in this project alone. */
  role: RoleName
  joinedAt: Date
  revision: number
}>

export type ProjectMembershipFact = Fact<
  | "project_member.added"
  | "project_member.joined"
  | "project_member.role_changed"
  | "project_member.updated"
  | "project_member.removed"
  | "project_member.left",
  ProjectMembership
>

/** Begins a project membership: refused to somebody already in, and where the project is archived. */
export function joinProject(
  membership: ProjectMembership,
  how: "project_member.added" | "project_member.joined",
  known: Readonly<{ project: Project; existing: ProjectMembership | null }>,
): Decision<ProjectMembershipFact, "already_member" | "project_archived"> {
  const closed = archivedRefusal(known.project)
  if (closed !== null) return closed
  if (known.existing !== null) return refused("already_member", {})
  return decided({ action: how, before: null, after: membership })
}

/** Gives a project member another role; the same role is no change. */
export function changeProjectRole(
  membership: ProjectMembership,
  role: RoleName,
  project: Project,
): Decision<ProjectMembershipFact, "project_archived"> {
  const closed = archivedRefusal(project)
  if (closed !== null) return closed
  if (role === membership.role) return decided()
  return decided({ action: "project_member.role_changed", before: membership, after: { ...membership, role } })
}

/** The fact that a project membership ended; an archived project can be left too. */
export const leftProject = (
  membership: ProjectMembership,
  how: "project_member.removed" | "project_member.left",
): ProjectMembershipFact => ({ action: how, before: membership, after: null })

/**
 * Ends a project membership. Live invitations into that project which this person sent end with it, unless they are a
 * member of the organization; and so do the project's keys that they made or were shown, where `revokes` says so.
 */
export function endProject(
  membership: ProjectMembership,
  how: "project_member.removed" | "project_member.left",
  known: Readonly<{
    isMember: boolean
    invited: readonly Invitation[]
    keys: readonly ApiKey[]
    revokes: boolean
    at: Date
  }>,
): Decision<ProjectMembershipFact | InvitationFact | ApiKeyFact, never> {
  const into = ({ projects }: Invitation): boolean =>
    projects.some(({ projectId }) => projectId === membership.projectId)
  const sent = known.isMember
    ? []
    : known.invited.filter((invitation) => isLive(invitation, known.at) && into(invitation))
  return decided<ProjectMembershipFact | InvitationFact | ApiKeyFact>(
    leftProject(membership, how),
    ...sent.map(cancel),
    ...(known.revokes ? revocations(known.keys, known.at) : []),
  )
}

/** What activity records of a project membership, besides whose it is. */
export const projectMembershipFields = ({ projectId, role }: ProjectMembership): JsonObject => ({ projectId, role })
