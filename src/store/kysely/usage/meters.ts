/**
 * Meters, locked: how each stands, while nobody else can take from it.
 *
 * @module
 */
import type { AccountId } from "../../../billing/account.ts"
import type { Meter, MeterStanding } from "../../../usage/usage.ts"
import type { Session } from "../session.ts"
import { join, raw, type Sql, sql } from "../sql.ts"

/** What is taken from, of which account. */
export type Taken = Readonly<{ account: AccountId; meters: readonly Meter[] }>

/** How meters stand at an instant; one that was never taken from stands at nothing. */
export type Standings = Readonly<{
  has: (account: AccountId, meter: Meter) => boolean
  of: (account: AccountId, meter: Meter, at: Date) => MeterStanding
}>

/** What a hold keeps aside, and how long. */
type Kept = Readonly<{ units: number; expires: number }>

/** A meter as a value to look it up by. */
export const meterKey = (account: AccountId, { name, period }: Meter): string => JSON.stringify([account, name, period])

/**
 * How these meters stand from that instant on, each locked to the end of the transaction, always in the same order. A row
 * that is not there cannot be locked. What is held is read once the meters are locked: it only changes under their lock.
 */
export async function lockMeters(session: Session, taken: readonly Taken[], from: Date): Promise<Standings> {
  const { layout, run } = session
  const { dialect, tables } = layout
  const meters = distinct(taken)
  const [used, held] = [new Map<string, number>(), new Map<string, readonly Kept[]>()]
  if (meters.length > 0) {
    const number = (column: string): Sql => dialect.text(raw(column))
    const locked = await run(sql`select t.account, t.name, t.period, ${number("t.used")} as used
      from ${tables.meters} t where ${isAmong(meters)} order by t.account, t.name, t.period${dialect.forUpdate}`)
    for (const row of locked.rows) used.set(keyOf(row), Number(row["used"]))
    const expires = number(dialect.cell("t.expires_at", "time"))
    const kept = await run(sql`select t.account, t.name, t.period, ${number("t.units")} as units, ${expires} as expires
      from ${tables.holdMeters} t where (${isAmong(meters)}) and t.expires_at > ${from}${dialect.fresh}`)
    for (const row of kept.rows) {
      const each = { units: Number(row["units"]), expires: Number(row["expires"]) }
      held.set(keyOf(row), [...(held.get(keyOf(row)) ?? []), each])
    }
  }
  return {
    has: (account, meter) => used.has(meterKey(account, meter)),
    of: (account, meter, at) => {
      const key = meterKey(account, meter)
      const open = (held.get(key) ?? []).filter(({ expires }) => expires > at.getTime())
      const units = open.reduce((sum, each) => sum + each.units, 0)
      return { name: meter.name, period: meter.period, used: used.get(key) ?? 0, held: units }
    },
  }
}

const keyOf = ({ account, name, period }: Readonly<Record<string, unknown>>): string =>
  JSON.stringify([account, name, period])

const isAmong = (meters: readonly (readonly [AccountId, Meter])[]): Sql =>
  join(
    meters.map(
      ([account, { name, period }]) => sql`(t.account = ${account} and t.name = ${name} and t.period = ${period})`,
    ),
    " or ",
  )

/** Each meter once. */
export const distinct = (taken: readonly Taken[]): readonly (readonly [AccountId, Meter])[] => [
  ...new Map(
    taken.flatMap(({ account, meters }) =>
      meters.map((meter) => [meterKey(account, meter), [account, meter] as const] as const),
    ),
  ).values(),
]
