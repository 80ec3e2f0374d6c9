/**
 * Where a person is mentioned, across organizations.
 *
 * @module
 */
import type { OrganizationId } from "../../../kernel/id.ts"
import type { Keyset } from "../../../kernel/page.ts"
import type { Individual } from "../../../user/erasure.ts"
import type { UserRepository } from "../../../user/repository.ts"
import type { Session } from "../session.ts"
import { and, join, raw, type Sql, sql } from "../sql.ts"
import { forget } from "./forget.ts"

/** People as a session sees them. */
export const usersOf = (session: Session): UserRepository => ({
  organizationsOf: (individual, by) => organizationsOf(session, individual, by),
  forget: (home, individual, limit) => session.together((inside) => forget(inside, home, individual, limit)),
})

/** A page of the organizations that hold anything of that person: of each kind of row a page, of those together one. */
async function organizationsOf(
  { layout, run }: Session,
  { userId, emails }: Individual,
  { after, limit }: Keyset,
): Promise<readonly OrganizationId[]> {
  const { dialect, tables } = layout
  const text = (column: string): Sql => dialect.text(raw(column))
  const mentions: readonly (readonly [table: Sql, conditions: Sql])[] = [
    [tables.memberships, sql`t.user_id = ${userId}`],
    [tables.projectMemberships, sql`t.user_id = ${userId}`],
    [tables.invitations, dialect.isOneOf(raw("t.email"), emails)],
    [tables.invitations, sql`t.accepted_by = ${userId}`],
    [
      tables.invitations,
      sql`t.inviter_user_id = ${userId}
        and (t.status = 'pending' or t.inviter_name is not null or t.inviter_email is not null)`,
    ],
    [
      tables.apiKeys,
      sql`t.holder_user_id = ${userId} and (t.deleted_at is null or t.name <> '' or ${text("t.ip_rules")} <> '[]')`,
    ],
    [tables.activity, sql`t.actor_user_id = ${userId} and t.actor_part is not null`],
    [tables.activity, sql`t.impersonated_by = ${userId} and t.actor_part is not null`],
    [tables.activity, sql`t.target_user_id = ${userId} and t.target_part is not null`],
  ]
  const past = and([after === null ? null : sql`t.organization_id > ${after}`])
  const pages = mentions.map(
    ([table, conditions]) => sql`select id from (select distinct t.organization_id as id from ${table} t
      join ${tables.organizations} o on o.id = t.organization_id and o.status <> 'purging'
      where ${conditions}${past} order by id limit ${limit}) page`,
  )
  const { rows } = await run(sql`select id from (${join(pages, " union ")}) every order by id limit ${limit}`)
  return rows.map(({ id }) => id as OrganizationId)
}
