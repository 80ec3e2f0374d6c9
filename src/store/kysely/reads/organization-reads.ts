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
import { count, countIn, many, one, ordered, type Place, type Reader, rowsIn } from "./reader.ts"

type Names = keyof MembershipReads | keyof RoleReads | keyof RestrictionReads | keyof ActivityReads
type Each = MembershipReads & RoleReads & RestrictionReads & ActivityReads

/** What sorts after every text that begins with another. */
const LAST = "\u{10ffff}"

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
  membersWithRole: ({ layout, id }, role) =>
    count(sql`${countIn(layout, TABLES.memberships)} t.organization_id = ${id} and t.role = ${role}`),
  memberCount: ({ layout, id }) => count(sql`${countIn(layout, TABLES.memberships)} t.organization_id = ${id}`),
  members: (place, { role, emailPrefix, after, limit }) => {
    const conditions = [
      role === null ? null : sql`t.role = ${role}`,
      emailPrefix === null ? null : sql`t.email >= ${emailPrefix} and t.email < ${emailPrefix + LAST}`,
      after === null ? null : sql`t.id > ${after}`,
    ]
    return many(TABLES.memberships, sql`${membershipsOf(place)}${and(conditions)} order by t.id limit ${limit}`)
  },
  roles: ({ layout, id }) => many(TABLES.roles, sql`${rowsIn(layout, TABLES.roles)} t.organization_id = ${id}`),
  holders: ({ layout, id }, roleId) => {
    const { roles } = layout.tables
    const name = sql`(select name from ${roles} where organization_id = ${id} and id = ${roleId})`
    const held = sql`t.organization_id = ${id} and t.role = ${name}`
    return {
      asks: [
        sql`${countIn(layout, TABLES.memberships)} ${held}`,
        sql`${countIn(layout, TABLES.invitations)} ${held} and t.status = 'pending'`,
      ],
      found: ([memberships] = [], [invitations] = []) => ({
        memberships: Number(memberships),
        invitations: Number(invitations),
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
