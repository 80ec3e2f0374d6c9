/**
 * Forgetting what the rows of one organization, or of one account, tell of a person: so many of them in one transaction,
 * which whatever is written there waits for.
 *
 * @module
 */
import type { AccountId } from "../../../billing/account.ts"
import type { OrganizationId } from "../../../kernel/id.ts"
import type { Individual } from "../../../user/erasure.ts"
import { lock } from "../lock.ts"
import type { Session } from "../session.ts"
import { join, raw, type Sql, sql } from "../sql.ts"

type Home = OrganizationId | AccountId

/** Drops what at most `limit` rows tell of that person, and answers how many those were. */
export async function forget(session: Session, home: Home, individual: Individual, limit: number): Promise<number> {
  await lock(session, home)
  const { layout, run } = session
  const { dialect, tables } = layout
  const { userId, emails } = individual
  const isTheirs = sql`(${dialect.isOneOf(raw("email"), emails)} or (accepted_by is not null and accepted_by = ${userId}))`
  const { rows } = await run(
    sql`select id, status from ${tables.invitations} where organization_id = ${home} and ${isTheirs}`,
  )
  const received = rows.map(({ id, status }) => ({ id: String(id), isOver: status !== "pending" }))
  const entries = await forgetEntries(
    session,
    home,
    individual,
    received.map(({ id }) => id),
    limit,
  )
  if (entries === limit) return limit

  let count = entries
  const over = received.filter(({ isOver }) => isOver).slice(0, limit - count)
  if (over.length > 0) {
    const ids = over.map(({ id }) => id)
    await blankMessages(session, home, ids)
    await run(
      sql`delete from ${tables.invitations} where organization_id = ${home} and ${dialect.isOneOf(raw("id"), ids)}`,
    )
    count += ids.length
  }
  count += await changed(
    session,
    [tables.invitations, "organization_id", raw("inviter_name = null, inviter_email = null")],
    sql`organization_id = ${home} and inviter_user_id = ${userId} and status <> 'pending'
      and (inviter_name is not null or inviter_email is not null) and not ${isTheirs}`,
    limit - count,
  )
  count += await changed(
    session,
    [tables.apiKeys, "home", raw("name = '', ip_rules = '[]'")],
    sql`home = ${home} and holder_user_id = ${userId} and deleted_at is not null
      and (name <> '' or ${dialect.text(raw("ip_rules"))} <> '[]')`,
    limit - count,
  )
  return count + (await forgetRequests(session, home, limit - count))
}

/** Drops at most `limit` of the requests that the account begun with idempotency keys, with what they were answered. */
async function forgetRequests({ layout, run }: Session, home: Home, limit: number): Promise<number> {
  if (limit <= 0 || !home.startsWith("user:")) return 0
  const { dialect, tables } = layout
  const { rows } = await run(sql`select request from ${tables.idempotency} where account = ${home} limit ${limit}`)
  const requests = rows.map(({ request }) => String(request))
  if (requests.length === 0) return 0
  await run(
    sql`delete from ${tables.idempotency} where account = ${home} and ${dialect.isOneOf(raw("request"), requests)}`,
  )
  return requests.length
}

/** Drops the person's parts of entries, with what the messages about those carry. */
async function forgetEntries(
  session: Session,
  home: Home,
  { userId }: Individual,
  received: readonly string[],
  limit: number,
): Promise<number> {
  const { layout, run } = session
  const { dialect, tables } = layout
  const { activity } = tables
  const about = received.map((id) => `invitation:${id}`)
  const acted = sql`(coalesce(actor_user_id, '') = ${userId} or coalesce(impersonated_by, '') = ${userId})`
  const isTarget = sql`(coalesce(target_user_id, '') = ${userId} or ${dialect.isOneOf(raw("target"), about)})`
  const found = [
    sql`actor_user_id = ${userId} and actor_part is not null`,
    sql`impersonated_by = ${userId} and actor_part is not null`,
    sql`target_user_id = ${userId} and target_part is not null`,
    sql`${dialect.isOneOf(raw("target"), about)} and target_part is not null`,
  ].map(
    (conditions) => sql`select seq, id from (
      select seq, id from ${activity} where organization_id = ${home} and ${conditions} limit ${limit}) page`,
  )
  const { rows } = await run(sql`select seq, id from (${join(found, " union ")}) every limit ${limit}`)
  if (rows.length === 0) return 0
  const seqs = join(rows.map(({ seq }) => sql`${Number(seq)}`))
  await run(sql`update ${activity} set actor_part = case when ${acted} then null else actor_part end,
    target_part = case when ${isTarget} then null else target_part end
    where organization_id = ${home} and seq in (${seqs})`)
  await blankMessages(
    session,
    home,
    rows.map(({ id }) => String(id)),
  )
  return rows.length
}

/** Takes from the messages about those subjects what they carry, and why they failed. */
async function blankMessages({ layout, run }: Session, home: Home, subjects: readonly string[]): Promise<void> {
  const { dialect, tables } = layout
  await run(sql`update ${tables.outbox} set payload = null, error = null
    where organization_id = ${home} and ${dialect.isOneOf(raw("subject"), subjects)}`)
}

/** Changes at most `limit` rows that meet the conditions, and answers how many. */
async function changed(
  { run }: Session,
  [table, home, change]: readonly [table: Sql, home: string, change: Sql],
  which: Sql,
  limit: number,
): Promise<number> {
  if (limit <= 0) return 0
  const key = raw(`${home}, id`)
  const some = sql`select ${key} from (select ${key} from ${table} where ${which} limit ${limit}) page`
  const { affected } = await run(sql`update ${table} set ${change} where (${key}) in (${some})`)
  return affected
}
