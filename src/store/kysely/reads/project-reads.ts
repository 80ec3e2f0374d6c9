/**
 * What is read of projects and of who is in them, inside one organization.
 *
 * @module
 */
import type { ProjectReads } from "../../../project/repository.ts"
import { and, raw, type Sql, sql } from "../sql.ts"
import { TABLES } from "../tables/tables.ts"
import { count, countIn, many, one, type Place, type Reader, rowsIn, userBehind } from "./reader.ts"

const { memberships, projects, projectMemberships } = TABLES

const projectsIn = ({ layout, id }: Place): Sql => sql`${rowsIn(layout, projects)} t.organization_id = ${id}`
const peopleIn = ({ layout, id }: Place): Sql => sql`${rowsIn(layout, projectMemberships)} t.organization_id = ${id}`
const past = (after: string | null): Sql | null => (after === null ? null : sql`t.id > ${after}`)

export const projectReads: {
  readonly [Name in keyof ProjectReads]: Reader<ProjectReads[Name]["want"], ProjectReads[Name]["found"]>
} = {
  project: (place, projectId) => one(projects, sql`${projectsIn(place)} and t.id = ${projectId}`),
  projectsById: (place, ids) =>
    many(projects, sql`${projectsIn(place)} and ${place.layout.dialect.isOneOf(raw("t.id"), ids)}`),
  projectCount: ({ layout, id }) => count(sql`${countIn(layout, projects)} t.organization_id = ${id}`),
  projects: (place, { after, limit }) =>
    many(projects, sql`${projectsIn(place)}${and([past(after)])} order by t.id limit ${limit}`),
  projectsOf: (place, { userId, after, limit }) => {
    const { layout, id } = place
    const held = sql`select p.project_id from ${layout.tables.projectMemberships} p
      where p.organization_id = ${id} and p.user_id = ${userId}`
    return many(
      projects,
      sql`${projectsIn(place)}${and([past(after)])} and t.id in (${held}) order by t.id limit ${limit}`,
    )
  },
  callerProjects: (place, { userId, projectIds }) => {
    const { isOneOf } = place.layout.dialect
    const among = projectIds === null ? null : isOneOf(raw("t.project_id"), projectIds)
    return many(projectMemberships, sql`${peopleIn(place)} and t.user_id = ${userId}${and([among])}`)
  },
  projectMembership: (place, membershipId) =>
    one(projectMemberships, sql`${peopleIn(place)} and t.id = ${membershipId}`),
  memberBehind: (place, projectMembershipId) => {
    const { layout, id } = place
    const userId = userBehind(place, { projectMembershipId })
    return one(memberships, sql`${rowsIn(layout, memberships)} t.organization_id = ${id} and t.user_id = ${userId}`)
  },
  projectMembershipsOf: (place, whose) =>
    many(projectMemberships, sql`${peopleIn(place)} and t.user_id = ${userBehind(place, whose)}`),
  projectMembersByEmail: (place, emails) =>
    many(projectMemberships, sql`${peopleIn(place)} and ${place.layout.dialect.isOneOf(raw("t.email"), emails)}`),
  projectMembersWithRole: ({ layout, id }, role) =>
    count(sql`${countIn(layout, projectMemberships)} t.organization_id = ${id} and t.role = ${role}`),
  projectMembers: (place, { projectId, role, after, limit }) => {
    const conditions = [role === null ? null : sql`t.role = ${role}`, past(after)]
    return many(
      projectMemberships,
      sql`${peopleIn(place)} and t.project_id = ${projectId}${and(conditions)} order by t.id limit ${limit}`,
    )
  },
}
