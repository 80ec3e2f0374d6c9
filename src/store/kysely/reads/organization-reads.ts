/**
 * What is read of memberships, roles, restrictions and activity inside one organization.
 *
 * @module
 */
import type { ActivityReads } from "../../../activity/repository.ts"
import type { MembershipReads } from "../../../membership/repository.ts"
import type { RestrictionReads } from "../../../restriction/repository.ts"
import type { RoleReads } from "../../../role/repository.ts"
import { and, raw, sql } from "../sql.ts"
import { rowOf } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { count, countIn, many, one, ordered, type Place, type Reader, rowsIn, startsWith } from "./reader.ts"

type Names = keyof MembershipReads | keyof RoleReads | keyof RestrictionReads | keyof ActivityReads
type Each = MembershipReads & RoleReads & RestrictionReads & ActivityReads

const membershipsOf = ({ layout, id }: Place) => sql`${rowsIn(layout, TABLES.memberships)} t.organization_id = ${id}`

const memberOf: Reader<string, Each["memberOf"]["found"]> = (place, userId) =>
  one(TABLES.memberships, sql`${membershipsOf(place)} and t.user_id = ${userId}`)

export const organizationReads: { readonly [Name in Names]: Reader<Each[Name]["want"], Each[Name]["found"]> } = {
  caller: memberOf,
  memberOf,
  membership: (place, id) => one(TABLES.memberships, sql`${membershipsOf(place)} and t.id = ${id}`),
  membersByEmail: (place, emails) => {
    const { isOneOf } = place.layout.dialect
    return many(TABLES.memberships, sql`${membershipsOf(place)} and ${isOneOf(raw("t.email"), emails)}`)
  },
  membersWithRole: ({ layout, id }, role) => {
    const held = layout.dialect.generic(role)
    return count(sql`${countIn(layout, TABLES.memberships)} t.organization_id = ${id} and t.role = ${held}`)
  },
  memberCount: ({ layout, id }) => {
    const { memberships, projectMemberships } = layout.tables
    return count(
      sql`select (select count(*) from ${memberships} where organization_id = ${id}) + (
        select count(distinct p.user_id) from ${projectMemberships} p where p.organization_id = ${id} and not exists (
          select 1 from ${memberships} m where m.organization_id = ${id} and m.user_id = p.user_id)) as r`,
    )
  },
  members: (place, { role, emailPrefix, after, limit }) => {
    const conditions = [
      role === null ? null : sql`t.role = ${role}`,
      emailPrefix === null ? null : startsWith(raw("t.email"), emailPrefix),
      after === null ? null : sql`t.id > ${after}`,
    ]
    return many(TABLES.memberships, sql`${membershipsOf(place)}${and(conditions)} order by t.id limit ${limit}`)
  },
  roles: ({ layout, id }) => many(TABLES.roles, sql`${rowsIn(layout, TABLES.roles)} t.organization_id = ${id}`),
  holders: ({ layout, id }, roleId) => {
    const { dialect, tables } = layout
    const { roles } = tables
    const offers = raw(dialect.each("t.projects", ["role"]))
    const name = sql`(select name from ${roles} where organization_id = ${id} and id = ${roleId})`
    const held = sql`t.organization_id = ${id} and t.role = ${name}`
    return {
      asks: [
        sql`${countIn(layout, TABLES.memberships)} ${held}`,
        sql`${countIn(layout, TABLES.projectMemberships)} ${held}`,
        sql`${countIn(layout, TABLES.invitations)} ${held} and t.status = 'pending'`,
        sql`select count(distinct t.id) as r from ${tables.invitations} t cross join ${offers}
          where t.organization_id = ${id} and t.status = 'pending' and ${raw(dialect.property("role"))} = ${name}
            and (t.role is null or t.role <> ${name})`,
      ],
      found: ([members] = [], [inProjects] = [], [invitations] = [], [offered] = []) => ({
        memberships: Number(members) + Number(inProjects),
        invitations: Number(invitations) + Number(offered),
      }),
    }
  },
  restrictions: ({ layout, id }, subjects) => {
    const isAsked = layout.dialect.isOneOf(raw("t.id"), subjects)
    return many(
      TABLES.restrictions,
      sql`${rowsIn(layout, TABLES.restrictions)} t.organization_id = ${id} and ${isAsked}`,
    )
  },
  entries: ({ layout, id }, { actions, actor, target, since, until, order, after, limit }) => {
    const { at, seq } = { at: raw(`t.${layout.dialect.quote("at")}`), seq: raw("t.seq") }
    const isUp = order === "ascending"
    const conditions = [
      actions === null ? null : layout.dialect.isOneOf(raw("t.action"), actions),
      actor === null ? null : sql`t.actor = ${actor}`,
      target === null ? null : sql`t.target = ${target}`,
      since === null ? null : sql`${at} >= ${since}`,
      until === null ? null : sql`${at} < ${until}`,
      after === null ? null : isUp ? sql`${seq} > ${after}` : sql`${seq} < ${after}`,
    ]
    const matching = sql`${rowsIn(layout, TABLES.activity)} t.organization_id = ${id}${and(conditions)}`
    const { found, ...asked } = ordered(
      sql`${matching} order by ${seq} ${raw(isUp ? "asc" : "desc")} limit ${limit}`,
      (row) => rowOf(TABLES.activity, row),
    )
    const way = isUp ? 1 : -1
    return { ...asked, found: (rows) => found(rows).toSorted((a, b) => way * (a.seq - b.seq)) }
  },
}
