/**
 * What is read of invitations inside one organization.
 *
 * @module
 */
import type { Delivery } from "../../../invitation/invitation.ts"
import type { InvitationReads } from "../../../invitation/repository.ts"
import { and, join, raw, type Sql, sql } from "../sql.ts"
import { cells, type Layout, rowOf } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { count, countIn, many, offersOf, one, ordered, type Place, type Reader, rowsIn, userBehind } from "./reader.ts"

const { invitations, memberships, projects, projectMemberships, apiKeys } = TABLES

const invitationsOf = ({ layout, id }: Place): Sql => sql`${rowsIn(layout, invitations)} t.organization_id = ${id}`

/** Where the invitation with that id is. */
const invitationOf = ({ layout, id }: Place, invitationId: string): Sql =>
  sql`${layout.tables.invitations} where organization_id = ${id} and id = ${invitationId}`

/** The letter that an invitation's live token went out with, if it is still kept. */
const letters = ({ tables }: Layout): Sql =>
  sql`left join ${tables.outbox} o on o.organization_id = t.organization_id and o.id = t.message_id`

/** That somebody who is in the organization, or in one of its projects, has the invitation's address. */
const isSeated = ({ tables }: Layout): Sql => {
  const has = (table: Sql): Sql =>
    sql`exists (select 1 from ${table} m where m.organization_id = t.organization_id and m.email = t.email)`
  return sql`(${has(tables.memberships)} or ${has(tables.projectMemberships)})`
}

/** An e-mail that is no longer kept can only have failed. */
const deliveryOf = (state: unknown, reason: unknown): Delivery => ({
  state: state === "queued" || state === "sent" ? state : "failed",
  reason: (reason ?? null) as Delivery["reason"],
})

export const invitationReads: {
  readonly [Name in keyof InvitationReads]: Reader<InvitationReads[Name]["want"], InvitationReads[Name]["found"]>
} = {
  invitation: (place, id) => one(invitations, sql`${invitationsOf(place)} and t.id = ${id}`),
  delivery: ({ layout, id }, invitationId) => {
    const pair = layout.dialect.array([raw("o.state"), raw("o.error")])
    return {
      asks: [
        sql`select ${pair} as r from ${layout.tables.invitations} t ${letters(layout)}
          where t.organization_id = ${id} and t.id = ${invitationId}`,
      ],
      found: ([found] = []) => (found === undefined ? null : deliveryOf(...(found as [unknown, unknown]))),
    }
  },
  inviter: (place, invitationId) => {
    const { layout, id } = place
    const userId = sql`(select inviter_user_id from ${invitationOf(place, invitationId)})`
    return one(memberships, sql`${rowsIn(layout, memberships)} t.organization_id = ${id} and t.user_id = ${userId}`)
  },
  inviterProjects: (place, invitationId) => {
    const { layout, id } = place
    const { offers, projectId } = offersOf(layout, "i")
    return many(
      projectMemberships,
      sql`select ${cells(layout, projectMemberships, "t")} as r from ${layout.tables.invitations} i cross join ${offers}
        join ${layout.tables.projectMemberships} t on t.organization_id = i.organization_id
          and t.user_id = i.inviter_user_id and t.project_id = ${projectId}
        where i.organization_id = ${id} and i.id = ${invitationId}`,
    )
  },
  offeredProjects: ({ layout, id }, invitationId) => {
    const { offers, projectId } = offersOf(layout, "i")
    return many(
      projects,
      sql`select ${cells(layout, projects, "t")} as r from ${layout.tables.invitations} i cross join ${offers}
        join ${layout.tables.projects} t on t.organization_id = i.organization_id and t.id = ${projectId}
        where i.organization_id = ${id} and i.id = ${invitationId}`,
    )
  },
  isInviteeIn: ({ layout, id }, invitationId) => ({
    asks: [
      sql`select count(*) as r from ${layout.tables.invitations} t
        where t.organization_id = ${id} and t.id = ${invitationId} and ${isSeated(layout)}`,
    ],
    found: ([number] = []) => Number(number) > 0,
  }),
  inviterKey: (place, invitationId) => {
    const { layout, id } = place
    const keyId = sql`(select inviter_key_id from ${invitationOf(place, invitationId)})`
    return one(apiKeys, sql`${rowsIn(layout, apiKeys)} t.home = ${id} and t.id = ${keyId} and t.deleted_at is null`)
  },
  pendingByEmail: (place, emails) => {
    const isAsked = place.layout.dialect.isOneOf(raw("t.email"), emails)
    return many(invitations, sql`${invitationsOf(place)} and t.status = 'pending' and ${isAsked}`)
  },
  pendingTo: (place, userId) => {
    const { layout, id } = place
    const tables = [layout.tables.memberships, layout.tables.projectMemberships]
    const theirs = tables.map(
      (table) => sql`select email from ${table} where organization_id = ${id} and user_id = ${userId}`,
    )
    const others = tables.map(
      (table) => sql`not exists (select 1 from ${table} m
        where m.organization_id = t.organization_id and m.email = t.email and m.user_id <> ${userId})`,
    )
    return many(
      invitations,
      sql`select ${cells(layout, invitations, "t")} as r from (${join(theirs, " union ")}) a
        join ${layout.tables.invitations} t on t.organization_id = ${id} and t.email = a.email
        where t.status = 'pending'${and(others)}`,
    )
  },
  pendingFrom: (place, { sender, at }) => {
    const userId = userBehind(place, sender)
    return many(
      invitations,
      sql`${invitationsOf(place)} and t.status = 'pending' and t.inviter_user_id = ${userId} and t.expires_at > ${at}`,
    )
  },
  pendingCount: ({ layout, id }, at) =>
    count(
      sql`${countIn(layout, invitations)} t.organization_id = ${id} and t.status = 'pending' and t.expires_at > ${at}
        and not ${isSeated(layout)}`,
    ),
  invitations: ({ layout, id }, { status, liveAt, expiredAt, after, limit }) => {
    const both = layout.dialect.array([cells(layout, invitations, "t"), raw("o.state"), raw("o.error")])
    const conditions = [
      status === null ? null : sql`t.status = ${status}`,
      liveAt === null ? null : sql`t.expires_at > ${liveAt}`,
      expiredAt === null ? null : sql`t.expires_at <= ${expiredAt}`,
      after === null ? null : sql`t.id > ${after}`,
    ]
    return ordered(
      sql`select ${both} as r from ${layout.tables.invitations} t ${letters(layout)}
        where t.organization_id = ${id}${and(conditions)} order by t.id limit ${limit}`,
      (found) => {
        const [invitation, state, reason] = found as readonly unknown[]
        return { invitation: rowOf(invitations, invitation), delivery: deliveryOf(state, reason) }
      },
      ({ invitation }) => invitation.id,
    )
  },
}
