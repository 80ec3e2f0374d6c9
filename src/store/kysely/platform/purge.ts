/**
 * The end of an organization: its rows go so many at a time; with the last of them the organization itself, and its
 * slug. Each time is one transaction, which whatever the organization would write waits for.
 *
 * @module
 */
import { account } from "../../../billing/account.ts"
import type { OrganizationId } from "../../../kernel/id.ts"
import type { Session } from "../session.ts"
import { NOTHING, raw, sql } from "../sql.ts"
import { columnName } from "../tables/columns.ts"
import { nameOf } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { purgeUsage, type Remove, type Room } from "./purge-usage.ts"

const { memberships, projectMemberships, projects, invitations, roles, restrictions, apiKeys } = TABLES
const { subscriptions, outbox, activity, meters, requests, idempotency } = TABLES

/** Removes at most `limit` rows of an organization that is purging; throws for any other. */
export async function purge(session: Session, id: OrganizationId, limit: number): Promise<"more" | "done"> {
  const { layout, run } = session
  const { tables, dialect } = layout
  const { rows } = await run(sql`select status from ${tables.organizations} where id = ${id}${dialect.forUpdate}`)
  if (rows[0] === undefined) return "done"
  if (rows[0]["status"] !== "purging") throw new Error(`${id} is not being purged`)
  const room: Room = { left: limit }

  const remove: Remove = async (table, which) => {
    if (room.left === 0) return
    const keys = raw(table.key.map((property) => dialect.quote(columnName(property))).join(", "))
    // MySQL changes no table that it reads from, unless what was read is set apart.
    const some = sql`select ${keys} from (select ${keys} from ${nameOf(layout, table)} where ${which} limit ${room.left}) page`
    const { affected } = await run(sql`delete from ${nameOf(layout, table)} where (${keys}) in (${some})`)
    room.left -= affected
  }

  const inside = sql`organization_id = ${id}`
  for (const table of [memberships, projectMemberships, projects, invitations, roles, restrictions]) {
    await remove(table, inside)
  }
  await remove(apiKeys, sql`home = ${id}`)
  const stays = await tombstone(session, id)
  await remove(outbox, sql`${inside}${stays === null ? NOTHING : sql` and subject <> ${stays.id}`}`)
  await remove(activity, sql`${inside}${stays === null ? NOTHING : sql` and seq <> ${stays.seq}`}`)
  await purgeUsage(session, id, room, remove)
  const own = sql`account = ${account.organization(id)}`
  for (const table of [subscriptions, meters, requests, idempotency]) await remove(table, own)
  if (room.left === 0) return "more"

  await run(sql`delete from ${tables.slugs} where ${inside}`)
  await run(sql`delete from ${tables.organizations} where id = ${id}`)
  return "done"
}

/** The entry that says so. */
async function tombstone({ layout, run }: Session, id: OrganizationId) {
  const { rows } = await run(sql`select id, seq from ${layout.tables.activity}
    where organization_id = ${id} and action = 'organization.purged' order by seq desc limit 1`)
  const [found] = rows
  return found === undefined ? null : { id: String(found["id"]), seq: Number(found["seq"]) }
}
