/**
 * What projects ask of a store.
 *
 * @module
 */
import type { UserId } from "../kernel/actor.ts"
import type { Email } from "../kernel/email.ts"
import type { ProjectId, ProjectMembershipId } from "../kernel/id.ts"
import type { Keyset } from "../kernel/page.ts"
import type { Membership } from "../membership/membership.ts"
import type { Whose } from "../membership/repository.ts"
import type { Organization } from "../organization/organization.ts"
import type { RoleName } from "../role/role-name.ts"
import type { Read } from "../store/read.ts"
import type { Project } from "./project.ts"
import type { ProjectMembership } from "./project-membership.ts"

/** Which project members a list shows: those of that project, with exactly that role. */
export type ProjectMemberFilter = Readonly<{ projectId: ProjectId; role: RoleName | null }>

/** Reads inside one organization. */
export interface ProjectReads {
  /** Must answer that project, or null. */
  project: Read<ProjectId, Project | null>
  /** Must answer those of the projects that there are, by id ascending. */
  projectsById: Read<readonly ProjectId[], readonly Project[]>
  /** Must answer how many projects there are, archived ones among them. */
  projectCount: Read<true, number>
  /** Must answer the page of all projects, by id ascending. */
  projects: Read<Keyset, readonly Project[]>
  /** Must answer the page of the projects that the user is a member of, by id ascending. */
  projectsOf: Read<Readonly<{ userId: UserId }> & Keyset, readonly Project[]>
  /** Must answer the project memberships of the user who asks, in those projects or (null) in every one, by id ascending. */
  callerProjects: Read<
    Readonly<{ userId: UserId; projectIds: readonly ProjectId[] | null }>,
    readonly ProjectMembership[]
  >
  /** Must answer that project membership, or null. */
  projectMembership: Read<ProjectMembershipId, ProjectMembership | null>
  /** Must answer the membership in the organization of the user behind that project membership, or null. */
  memberBehind: Read<ProjectMembershipId, Membership | null>
  /** Must answer every project membership of that user, by id ascending. */
  projectMembershipsOf: Read<Whose, readonly ProjectMembership[]>
  /** Must answer every project membership that has one of those addresses, in any order. */
  projectMembersByEmail: Read<readonly Email[], readonly ProjectMembership[]>
  /** Must answer how many project memberships hold that role. */
  projectMembersWithRole: Read<RoleName, number>
  /** Must answer the page of project memberships that match, by id ascending. */
  projectMembers: Read<ProjectMemberFilter & Keyset, readonly ProjectMembership[]>
}

/** One organization that a person can act in: as a member, in projects, or both. */
export type FoundContext = Readonly<{
  organization: Pick<Organization, "id" | "name" | "slug" | "logo" | "status">
  /** Null for somebody who is in projects only. */
  membership: Membership | null
  /** By project id ascending. */
  projects: readonly Readonly<{ project: Project; role: RoleName }>[]
}>

/** Look-ups across organizations. */
export interface ContextRepository {
  /**
   * Must answer the page of organizations, active and suspended ones, that the user is a member of or in a project of, by
   * id ascending, each with the user's membership and their projects.
   */
  of(userId: UserId, by: Keyset): Promise<readonly FoundContext[]>
}
