/**
 * Counters and meters, added to.
 *
 * @module
 */
import type { AccountId } from "../../../billing/account.ts"
import { hashSecret } from "../../../kernel/secret.ts"
import type { Consumption, Meter } from "../../../usage/usage.ts"
import type { Session } from "../session.ts"
import { join, raw, type Sql, sql } from "../sql.ts"
import { columnsOf, type Layout, valuesOf } from "../tables/layout.ts"
import type { Flat } from "../tables/table.ts"
import { TABLES } from "../tables/tables.ts"
import type { CounterRow, MeterRow } from "../tables/usage-tables.ts"

const MINUTE = 60_000

const minuteOf = (at: Date): Date => new Date(Math.floor(at.getTime() / MINUTE) * MINUTE)

/** What counts, for whom and when. */
export type Counted = Pick<Consumption, "account" | "units" | "counter" | "at" | "takes">

/** A counter's row as it stands after its first use. */
export function counterRow({ account, units, counter, at }: Counted): CounterRow {
  const { organizationId, keyId, holder, api, plan, month } = counter
  return {
    ...counter,
    account,
    id: hashSecret(JSON.stringify([organizationId, keyId, holder, api, plan, month])),
    home: organizationId ?? account,
    units,
    lastUsedAt: minuteOf(at),
  }
}

/**
 * Adds units to the meters and the counter of each, as much as each meter and counter comes to in all: two statements,
 * however many there are. The meters are there, and locked.
 */
export async function charge(session: Session, all: readonly Counted[]): Promise<void> {
  const rows = new Map<string, CounterRow>()
  for (const each of all) {
    const row = counterRow(each)
    const key = `${row.account} ${row.id}`
    const known = rows.get(key)
    const lastUsedAt = known !== undefined && known.lastUsedAt > row.lastUsedAt ? known.lastUsedAt : row.lastUsedAt
    rows.set(key, { ...row, lastUsedAt, units: (known?.units ?? 0) + row.units })
  }
  const sums = sumOf(all)
  if (sums.length > 0) await session.run(metering(session.layout, sums))
  if (rows.size > 0) await session.run(counting(session.layout, [...rows.values()]))
}

function sumOf(all: readonly Counted[]): readonly MeterRow[] {
  const sums = new Map<string, MeterRow>()
  for (const { account, takes, units } of all) {
    for (const { name, period } of takes) {
      const key = JSON.stringify([account, name, period])
      sums.set(key, { account, name, period, used: (sums.get(key)?.used ?? 0) + units, version: 0 })
    }
  }
  return [...sums.values()]
}

/** Meters added to: an insert, because an update has one sum for all of its rows. */
function metering(layout: Layout, rows: readonly MeterRow[]): Sql {
  const { dialect, tables } = layout
  const isMysql = dialect.name === "mysql"
  const values = join(rows.map((row) => valuesOf(TABLES.meters, row)))
  const added = raw(
    isMysql
      ? "on duplicate key update used = used + values(used)"
      : "on conflict (account, name, period) do update set used = m.used + excluded.used",
  )
  const columns = columnsOf(layout, TABLES.meters)
  return sql`insert into ${tables.meters}${raw(isMysql ? "" : " as m")} (${columns}) values ${values} ${added}`
}

/** Counters begun, or added to where they are there. */
function counting(layout: Layout, rows: readonly CounterRow[]): Sql {
  const { dialect, tables } = layout
  const values = join(rows.map((row) => valuesOf(TABLES.usage, row as Flat)))
  const added =
    dialect.name === "mysql"
      ? "on duplicate key update units = units + values(units), last_used_at = greatest(last_used_at, values(last_used_at))"
      : `on conflict (account, id) do update set units = u.units + excluded.units, last_used_at = ${
          dialect.name === "sqlite" ? "max" : "greatest"
        }(u.last_used_at, excluded.last_used_at)`
  const as = raw(dialect.name === "mysql" ? "" : " as u")
  return sql`insert into ${tables.usage}${as} (${columnsOf(layout, TABLES.usage)}) values ${values} ${raw(added)}`
}

/** Adds to what was used of meters, and to their version. */
export async function addTo(
  { run, layout }: Session,
  account: AccountId,
  meters: readonly Meter[],
  { units, version }: Readonly<{ units: number; version: number }>,
): Promise<void> {
  if (meters.length === 0) return
  const isAsked = meters.map(({ name, period }) => sql`(name = ${name} and period = ${period})`)
  await run(sql`update ${layout.tables.meters} set used = used + ${units}, version = version + ${version}
    where account = ${account} and (${join(isAsked, " or ")})`)
}
