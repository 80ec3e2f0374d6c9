/**
 * What was counted and held for an organization, whoever paid, and the meters of its keys with it.
 *
 * @module
 */
import { account } from "../../../billing/account.ts"
import type { OrganizationId } from "../../../kernel/id.ts"
import type { Session } from "../session.ts"
import { isAmong, type Sql, sql } from "../sql.ts"
import type { AnyTable } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"

/** How many rows may go still. */
export type Room = { left: number }

/** Removes the rows of a table that meet the conditions, as far as there is room. */
export type Remove = (table: AnyTable, which: Sql) => Promise<void>

/** Rows in one condition: SQLite bounds how long it can be. */
const BATCH = 200

/** Removes counters and holds as far as there is room. */
export async function purgeUsage(session: Session, id: OrganizationId, room: Room, remove: Remove): Promise<void> {
  const { layout, run } = session
  const { tables } = layout
  const of = sql`organization_id = ${id}`

  while (room.left > 0) {
    const { rows } = await run(sql`select account, id, key_id from ${tables.usage} where ${of}
      limit ${Math.min(room.left, BATCH)}`)
    if (rows.length === 0) break
    const meters = rows
      .filter((row) => row["key_id"] !== null)
      .map(({ account, key_id }) => ({ account, name: `key ${key_id}` }))
    if (meters.length > 0) await run(sql`delete from ${tables.meters} where ${isAmong(meters, ["account", "name"])}`)
    await run(sql`delete from ${tables.usage} where ${isAmong(rows, ["account", "id"])}`)
    room.left -= rows.length
  }

  while (room.left > 0) {
    const { rows } = await run(sql`select account, id, id as hold_id, counter from ${tables.holds} where ${of}
      limit ${Math.min(room.left, BATCH)}`)
    if (rows.length === 0) break
    await release(session, rows)
    await run(sql`delete from ${tables.holds} where ${isAmong(rows, ["account", "id"])}`)
    room.left -= rows.length
  }

  const own = sql`account = ${account.organization(id)}`
  for (const table of [TABLES.usage, TABLES.holds, TABLES.holdMeters]) await remove(table, own)
}

/** Lets go what holds keep aside, and ends the meters of keys that units were held for. */
async function release({ layout, run }: Session, holds: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const { tables } = layout
  const theirs = isAmong(holds, ["account", "hold_id"])
  const { rows } = await run(sql`select distinct account, name, period from ${tables.holdMeters} where ${theirs}`)
  if (rows.length > 0) {
    const aside = isAmong(rows, ["account", "name", "period"])
    await run(sql`update ${tables.meters} set version = version + 1 where ${aside}`)
  }
  await run(sql`delete from ${tables.holdMeters} where ${theirs}`)
  const keys = holds.flatMap(({ account, counter }) => {
    const { keyId } = (typeof counter === "string" ? JSON.parse(counter) : counter) as { keyId: string | null }
    return keyId === null ? [] : [{ account, name: `key ${keyId}` }]
  })
  if (keys.length > 0) await run(sql`delete from ${tables.meters} where ${isAmong(keys, ["account", "name"])}`)
}
