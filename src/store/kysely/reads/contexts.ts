/**
 * Where a person can act, across organizations: a page of them with the person's memberships, in one statement.
 *
 * @module
 */
import type { Membership } from "../../../membership/membership.ts"
import type { Project } from "../../../project/project.ts"
import type { ContextRepository, FoundContext } from "../../../project/repository.ts"
import type { RoleName } from "../../../role/role-name.ts"
import type { Session } from "../session.ts"
import { and, raw, type Sql, sql } from "../sql.ts"
import { cells, rowOf } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { askAll } from "./asking.ts"
import { many } from "./reader.ts"

const { organizations, memberships, projects } = TABLES

/** Contexts as a session sees them. */
export const contextsOf = (session: Session): ContextRepository => ({
  of: async (userId, { after, limit }) => {
    const { layout } = session
    const { dialect, tables } = layout
    const places = (table: Sql): Sql =>
      sql`select m.organization_id as id from ${table} m join ${tables.organizations} o on o.id = m.organization_id
        where m.user_id = ${userId} and o.status in ('active', 'suspended')${and([
          after === null ? null : sql`m.organization_id > ${after}`,
        ])}`
    const page = sql`with c as (select id from (
      ${places(tables.memberships)} union ${places(tables.projectMemberships)}) every order by id limit ${limit}) `
    const rows = (table: typeof organizations | typeof memberships, own: Sql, conditions: Sql): Sql =>
      sql`select ${cells(layout, table, "t")} as r from c join ${own} t on ${conditions}`
    const held = dialect.array([cells(layout, projects, "t"), raw("p.role")])
    const readings = [
      many(organizations, rows(organizations, tables.organizations, raw("t.id = c.id"))),
      many(memberships, rows(memberships, tables.memberships, sql`t.organization_id = c.id and t.user_id = ${userId}`)),
      {
        asks: [
          sql`select ${held} as r from c
            join ${tables.projectMemberships} p on p.organization_id = c.id and p.user_id = ${userId}
            join ${tables.projects} t on t.organization_id = c.id and t.id = p.project_id`,
        ],
        found: (pairs: readonly unknown[] = []) =>
          pairs.map(heldOf).sort((a, b) => (a.project.id < b.project.id ? -1 : 1)),
      },
    ] as const
    const [found, own, inProjects] = (await askAll(session, readings, page)) as Answered
    return found.map(({ id, name, slug, logo, status }) => ({
      organization: { id, name, slug, logo, status },
      membership: own.find(({ organizationId }) => organizationId === id) ?? null,
      projects: inProjects.filter(({ project }) => project.organizationId === id),
    }))
  },
})

type Held = FoundContext["projects"][number]

type Answered = readonly [readonly Parameters<typeof organizations.flat>[0][], readonly Membership[], readonly Held[]]

function heldOf(found: unknown): Held {
  const [project, role] = found as readonly [unknown, RoleName]
  return { project: rowOf<Project>(projects, project), role }
}
