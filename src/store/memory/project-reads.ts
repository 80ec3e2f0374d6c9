/**
 * Reads of projects and of who is in them.
 *
 * @module
 */
import type { UserId } from "../../kernel/actor.ts"
import type { Keyset } from "../../kernel/page.ts"
import type { Whose } from "../../membership/repository.ts"
import type { ProjectMembership } from "../../project/project-membership.ts"
import type { FoundContext, ProjectReads } from "../../project/repository.ts"
import { type Database, inProject, inside } from "./database.ts"
import type { Readers } from "./reads.ts"
import { find, past, place, rowsOf, sortedById, take, walk } from "./table.ts"

/** The user by that id, or behind that membership; undefined when there is none. */
export function userBehind(
  { memberships, projectMemberships }: Database,
  id: string,
  whose: Whose,
): UserId | undefined {
  if ("userId" in whose) return whose.userId
  if ("membershipId" in whose) return find(memberships, id, whose.membershipId)?.userId
  return find(projectMemberships, id, whose.projectMembershipId)?.userId
}

/** A user's memberships in those projects. */
export const membershipsIn = (
  { projectMemberships }: Database,
  id: string,
  userId: UserId,
  projectIds: readonly string[],
): readonly ProjectMembership[] =>
  sortedById(
    [...new Set(projectIds)].flatMap((projectId) =>
      rowsOf(projectMemberships.place, inProject({ organizationId: id, projectId }, userId)),
    ),
  )

/** Reads inside one organization. */
export const projectReads: Readers<keyof ProjectReads> = {
  project: ({ projects }, id, projectId) => find(projects, id, projectId),
  projectsById: ({ projects }, id, ids) =>
    sortedById([...new Set(ids)].flatMap((projectId) => find(projects, id, projectId) ?? [])),
  projectCount: ({ projects }, id) => rowsOf(projects.all, id).length,
  projects: ({ projects: { all } }, id, { after, limit }) => take(walk(all, id, place(all, id, past(after))), limit),
  projectsOf: ({ projects, projectMemberships: { byProject } }, id, { userId, after, limit }) => {
    const scope = inside(id, userId)
    const held = take(walk(byProject, scope, place(byProject, scope, past(after))), limit)
    return held.flatMap(({ projectId }) => find(projects, id, projectId) ?? [])
  },
  callerProjects: (database, id, { userId, projectIds }) =>
    projectIds === null
      ? rowsOf(database.projectMemberships.user, inside(id, userId))
      : membershipsIn(database, id, userId, projectIds),
  projectMembership: ({ projectMemberships }, id, membershipId) => find(projectMemberships, id, membershipId),
  memberBehind: (database, id, projectMembershipId) => {
    const userId = userBehind(database, id, { projectMembershipId })
    return (userId && rowsOf(database.memberships.user, inside(id, userId))[0]) || null
  },
  projectMembershipsOf: (database, id, whose) => {
    const userId = userBehind(database, id, whose)
    return userId === undefined ? [] : rowsOf(database.projectMemberships.user, inside(id, userId))
  },
  projectMembersByEmail: ({ projectMemberships }, id, emails) =>
    [...new Set(emails)].flatMap((email) => rowsOf(projectMemberships.email, inside(id, email))),
  projectMembersWithRole: ({ projectMemberships }, id, role) =>
    rowsOf(projectMemberships.role, inside(id, role)).length,
  projectMembers: ({ projectMemberships }, id, { projectId, role, after, limit }) => {
    const [index, scope] =
      role === null
        ? [projectMemberships.project, inside(id, projectId)]
        : [projectMemberships.projectRole, inProject({ organizationId: id, projectId }, role)]
    return take(walk(index, scope, place(index, scope, past(after))), limit)
  },
}

/** A page of the organizations that a person is in, wholly or in part. */
export function contextsOf(database: Database, userId: UserId, { after, limit }: Keyset): readonly FoundContext[] {
  const { memberships, projectMemberships, organizations, projects } = database
  const ids = new Set<string>()
  for (const index of [memberships.person, projectMemberships.person]) {
    for (const { organizationId } of rowsOf(index as typeof memberships.person, userId)) ids.add(organizationId)
  }
  const found: FoundContext[] = []
  for (const id of [...ids].sort()) {
    const organization = organizations.get(id)
    const isSeen = organization?.status === "active" || organization?.status === "suspended"
    if (found.length === limit || !isSeen || (after !== null && id <= after)) continue
    const { name, slug, logo, status } = organization
    const held = rowsOf(projectMemberships.byProject, inside(id, userId))
    found.push({
      organization: { id: organization.id, name, slug, logo, status },
      membership: rowsOf(memberships.user, inside(id, userId))[0] ?? null,
      projects: held.flatMap(({ projectId, role }) => {
        const project = find(projects, id, projectId)
        return project === null ? [] : [{ project, role }]
      }),
    })
  }
  return found
}
