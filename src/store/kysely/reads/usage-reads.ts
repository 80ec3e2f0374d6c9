/**
 * What is read of usage and of who pays, inside one organization or of one account.
 *
 * @module
 */
import type { AccountId } from "../../../billing/account.ts"
import type { Billed, Payer } from "../../../billing/billed.ts"
import type { UsageFilter } from "../../../usage/repository.ts"
import type { Hold, MeterStanding, UsageRow } from "../../../usage/usage.ts"
import { and, raw, type Sql, sql } from "../sql.ts"
import { type Layout, rowOf } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { one, type Place, type Reader, type Reading, rowsIn } from "./reader.ts"

/** Counters that match, of the rows whose `column` is the place's id. */
const usageBy =
  (column: "organization_id" | "account"): Reader<UsageFilter, readonly UsageRow[]> =>
  ({ layout, id }, { keyId, holder, month }) => {
    const conditions = [
      keyId === null ? null : sql`t.key_id = ${keyId}`,
      holder === null ? null : sql`t.holder = ${holder}`,
      month === null ? null : sql`t.month = ${month}`,
    ]
    return {
      asks: [sql`${rowsIn(layout, TABLES.usage)} t.${raw(column)} = ${id}${and(conditions)}`],
      found: (rows = []) => rows.map((row) => counterOf(row)),
    }
  }

function counterOf(found: unknown): UsageRow {
  const { id: _id, home: _home, ...counter } = rowOf(TABLES.usage, found)
  return counter
}

const holdBy =
  (column: "organization_id" | "account"): Reader<string, Hold | null> =>
  ({ layout, id }, holdId) =>
    one(TABLES.holds, sql`${rowsIn(layout, TABLES.holds)} t.${raw(column)} = ${id} and t.id = ${holdId}`)

export const organizationUsageReads = { usage: usageBy("organization_id"), hold: holdBy("organization_id") }
export const accountUsageReads = { usage: usageBy("account"), hold: holdBy("account") }

/** Who pays for an organization, as a value: the first who holds that role, else the organization itself. */
export function payerOf({ dialect, tables }: Layout, organizationId: Sql, payer: Payer): Sql {
  const own = dialect.concat([raw("'organization:'"), organizationId])
  if (payer === "organization") return own
  const owner = sql`(select user_id from ${tables.memberships}
    where organization_id = ${organizationId} and role = ${payer.owner} order by id limit 1)`
  return sql`coalesce(${dialect.concat([raw("'user:'"), owner])}, ${own})`
}

/** The account that pays and what it subscribes to. */
export const payerBy = (layout: Layout, account: Sql): Reading<Billed> => ({
  asks: [
    sql`select ${layout.dialect.array([layout.dialect.concat([raw("''"), account])])} as r`,
    sql`${rowsIn(layout, TABLES.subscriptions)} t.account = ${account}`,
  ],
  found: ([payer] = [], subscriptions = []) => ({
    account: (payer as readonly [AccountId])[0],
    subscriptions: subscriptions.map((row) => rowOf(TABLES.subscriptions, row)),
    meters: [],
  }),
})

/** The same with its quotas; of the meter of `keyId` too, where there is one. */
export function billedTo(layout: Layout, account: Sql, at: Date, keyId: Sql | null = null): Reading<Billed> {
  const { dialect, tables } = layout
  const { asks, found } = payerBy(layout, account)
  const held = sql`(select coalesce(sum(h.units), 0) from ${tables.holdMeters} h
    where h.account = t.account and h.name = t.name and h.period = t.period and h.expires_at > ${at})`
  const standing = dialect.array([raw("t.name"), raw("t.period"), raw("t.used"), held])
  // In byte order "quota!" is the first text after all that begin with "quota ".
  const isQuota = sql`(t.name >= 'quota ' and t.name < 'quota!')`
  const isAsked = keyId === null ? isQuota : sql`(${isQuota} or t.name = ${dialect.concat([raw("'key '"), keyId])})`
  return {
    asks: [
      ...asks,
      sql`select ${standing} as r from ${tables.meters} t where t.account = ${account} and ${isAsked}
        and t.period = (select max(n.period) from ${tables.meters} n where n.account = t.account and n.name = t.name)`,
    ],
    found: (payer, subscriptions, meters = []) => ({ ...found(payer, subscriptions), meters: meters.map(standingOf) }),
  }
}

/** How a meter stands, of its name, period, use and what is held. */
export function standingOf(found: unknown): MeterStanding {
  const [name, period, used, held] = found as readonly [string, string, number, number]
  return { name, period, used, held: Number(held) }
}

/** The account that pays for an organization. */
export const billedIn: Reader<Readonly<{ payer: Payer; at: Date }>, Billed> = ({ layout, id }: Place, { payer, at }) =>
  billedTo(layout, payerOf(layout, id, payer), at)

/** An account itself. */
export const billedBy: Reader<Readonly<{ at: Date }>, Billed> = ({ layout, id }, { at }) => billedTo(layout, id, at)
