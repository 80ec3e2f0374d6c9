/**
 * What is read of invitations, inside one organization and across them.
 *
 * @module
 */
import type { Delivery, Invitation } from "../../../invitation/invitation.ts"
import type { InvitationReads, InvitationRepository, ReceivedInvitation } from "../../../invitation/repository.ts"
import type { Session } from "../session.ts"
import { and, raw, type Sql, sql } from "../sql.ts"
import { cells, type Layout, rowOf } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { ask } from "./asking.ts"
import { count, many, one, ordered, type Place, type Reader, rowsIn } from "./reader.ts"

const { invitations, memberships, apiKeys } = TABLES

const invitationsOf = ({ layout, id }: Place): Sql => sql`${rowsIn(layout, invitations)} t.organization_id = ${id}`

/** Where the invitation with that id is. */
const invitationOf = ({ layout, id }: Place, invitationId: string): Sql =>
  sql`${layout.tables.invitations} where organization_id = ${id} and id = ${invitationId}`

/** The letter that an invitation's live token went out with, if it is still kept. */
const letters = ({ tables }: Layout): Sql =>
  sql`left join ${tables.outbox} o on o.organization_id = t.organization_id and o.id = t.message_id`

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
  inviterKey: (place, invitationId) => {
    const { layout, id } = place
    const keyId = sql`(select inviter_key_id from ${invitationOf(place, invitationId)})`
    return one(apiKeys, sql`${rowsIn(layout, apiKeys)} t.home = ${id} and t.id = ${keyId} and t.deleted_at is null`)
  },
  pendingByEmail: (place, emails) => {
    const isAsked = place.layout.dialect.isOneOf(raw("t.email"), emails)
    return many(invitations, sql`${invitationsOf(place)} and t.status = 'pending' and ${isAsked}`)
  },
  pendingFrom: (place, { sender, at }) => {
    const { layout, id } = place
    const userId =
      "userId" in sender
        ? sql`${sender.userId}`
        : sql`(select user_id from ${layout.tables.memberships} where organization_id = ${id} and id = ${sender.membershipId})`
    return many(
      invitations,
      sql`${invitationsOf(place)} and t.status = 'pending' and t.inviter_user_id = ${userId} and t.expires_at > ${at}`,
    )
  },
  pendingCount: ({ layout, id }, at) => {
    const { tables } = layout
    return count(
      sql`select count(*) as r from ${tables.invitations} t where t.organization_id = ${id} and t.status = 'pending'
        and t.expires_at > ${at} and not exists (
          select 1 from ${tables.memberships} m where m.organization_id = ${id} and m.email = t.email)`,
    )
  },
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

/** Look-ups across organizations. */
export function invitationLookups(session: Session): InvitationRepository {
  const { layout } = session
  const both = layout.dialect.array([cells(layout, invitations, "t"), raw("o.name")])
  const received = (conditions: Sql) =>
    ask(
      session,
      ordered(
        sql`select ${both} as r from ${layout.tables.invitations} t
          join ${layout.tables.organizations} o on o.id = t.organization_id where ${conditions}`,
        receivedOf,
        ({ invitation }) => invitation.id,
      ),
    )
  return {
    findByToken: async (hash) => {
      const [found] = await received(sql`t.token_hash = ${hash} and o.status in ('active', 'suspended')`)
      return found ?? null
    },
    pendingFor: (email, at, { after, limit }) =>
      received(
        sql`t.email = ${email} and t.status = 'pending' and t.expires_at > ${at} and o.status = 'active'${and([
          after === null ? null : sql`t.id > ${after}`,
        ])} order by t.id limit ${limit}`,
      ),
  }
}

function receivedOf(found: unknown): ReceivedInvitation {
  const [invitation, organizationName] = found as readonly [unknown, string]
  return { invitation: rowOf<Invitation>(invitations, invitation), organizationName }
}
