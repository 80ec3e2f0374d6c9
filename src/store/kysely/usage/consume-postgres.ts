/**
 * Counting one use on Postgres: one statement that takes from every meter, counts, and remembers the request, or does
 * nothing. What stands in the way it also answers, so that a refusal costs no more.
 *
 * ```
 *   known, standing (as the statement began) ──► locked (as it is now) ──► fits ──► asked ──► spent, counted
 * ```
 *
 * @module
 */
import { subMilliseconds } from "date-fns/subMilliseconds"
import type { Consumed, Consumption, MeterStanding } from "../../../usage/usage.ts"
import { StatementFailed } from "../errors.ts"
import type { Session } from "../session.ts"
import { join, raw, type Sql, sql } from "../sql.ts"
import { encode } from "../tables/columns.ts"
import { type AnyTable, columnsOf, type Layout } from "../tables/layout.ts"
import type { Flat } from "../tables/table.ts"
import { TABLES } from "../tables/tables.ts"
import { REMEMBERED } from "../tables/usage-tables.ts"
import { counterRow } from "./counters.ts"
import { begin, requestHash } from "./taking.ts"

/** How often it looks again because others took meanwhile. */
const ATTEMPTS = 50

/** How a meter stood as the statement began: null where it was not there; `spent` is what it stands at now. */
type Stood = readonly [used: number | null, held: number, spent: number | null]

/** Adds units to every meter taken from and to the counter, or answers why not. */
export async function consumeAtOnce(session: Session, consumption: Consumption): Promise<Consumed> {
  const statement = statementOf(session.layout, consumption)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { rows } = await session.run(statement)
    const { known, done, stood } = JSON.parse(String(rows[0]?.["r"])) as Found
    const consumed = outcomeOf(consumption, known, done > 0, stood ?? [])
    if (consumed !== null) return consumed
    const meters = consumption.takes.filter((_, index) => stood?.[index]?.[0] === null)
    if (meters.length > 0) await begin(session, [{ account: consumption.account, meters }])
  }
  throw new StatementFailed("again")
}

type Found = Readonly<{ known: boolean; done: number; stood: readonly Stood[] | null }>

/** Null where it would have fitted when the statement began, and others were faster: look again. */
function outcomeOf(
  { takes, units }: Consumption,
  known: boolean,
  isDone: boolean,
  stood: readonly Stood[],
): Consumed | null {
  const meters = takes.map(({ name, period }, index): MeterStanding => {
    const [used, held, spent] = stood[index] ?? [null, 0, null]
    return { name, period, used: spent ?? used ?? 0, held }
  })
  if (isDone) return { outcome: "consumed", meters }
  if (known) return { outcome: "replayed", meters }
  const by = takes.findIndex(({ cap }, index) => {
    const { used, held } = meters[index] ?? { used: 0, held: 0 }
    return cap !== null && used + held + units > cap
  })
  return by < 0 ? null : { outcome: "refused", by, meters }
}

function statementOf(layout: Layout, consumption: Consumption): Sql {
  const { account, units, takes, request, at } = consumption
  const { tables } = layout
  const since = subMilliseconds(at, REMEMBERED)
  const asked = JSON.stringify(takes.map((take, n) => ({ n, ...take })))
  const hash = request === null ? null : requestHash(request)
  const isKnown =
    hash === null
      ? raw("false")
      : sql`exists (select 1 from ${tables.requests} where account = ${account} and request = ${hash} and at > ${since})`
  const remembered =
    hash === null
      ? sql`select 1 from fits`
      : sql`insert into ${tables.requests} as known (account, request, at) select ${account}, ${hash}, ${at}::timestamptz
          from fits on conflict (account, request) do update set at = excluded.at where known.at <= ${since} returning 1`
  const isAsked = raw("(m.name, m.period) in (select name, period from takes)")
  const counted = sql`insert into ${tables.usage} as u (${columnsOf(layout, TABLES.usage)})
    select ${typed(layout, TABLES.usage, counterRow(consumption))} from asked
    on conflict (account, id) do update set units = u.units + excluded.units,
      last_used_at = greatest(u.last_used_at, excluded.last_used_at)`
  return sql`with takes as (
      select * from json_to_recordset(${asked}::json) as p(n int, name text, period text, cap bigint)
    ), standing as (
      select takes.n, takes.name, takes.period, takes.cap, m.used, m.version, coalesce((
        select sum(h.units) from ${tables.holdMeters} h where h.account = ${account} and h.name = takes.name
          and h.period = takes.period and h.expires_at > ${at}), 0)::bigint as held
      from takes left join ${tables.meters} m on m.account = ${account} and m.name = takes.name
        and m.period = takes.period
    ), free as (
      select 1 where not ${isKnown}
        and not exists (select 1 from standing where cap is not null and coalesce(used, 0) + held + ${units} > cap)
    ), locked as (
      select m.name, m.period, m.used, m.version from ${tables.meters} m
      where exists (select 1 from free) and m.account = ${account} and ${isAsked}
      order by m.name, m.period for update
    ), fits as (
      select 1 from free where (select count(*) from takes) = (
        select count(*) from locked join standing using (name, period)
        where locked.version = standing.version
          and (standing.cap is null or locked.used + standing.held + ${units} <= standing.cap))
    ), asked as (
      ${remembered}
    ), spent as (
      update ${tables.meters} m set used = m.used + ${units}
      where exists (select 1 from asked) and m.account = ${account} and ${isAsked} returning m.name, m.period, m.used
    ), counted as (
      ${counted}
    )
    select json_build_object('known', ${isKnown}, 'done', (select count(*) from asked), 'stood', (
      select json_agg(json_build_array(standing.used, standing.held, spent.used) order by standing.n)
      from standing left join spent using (name, period)))::text as r`
}

/** A laid-out row as values that say of what type they are: a `select` infers none. */
const typed = ({ dialect }: Layout, { columns }: AnyTable, row: Flat): Sql =>
  join(columns.map((column) => sql`${encode(column, row[column.property])}::${raw(dialect.type(column.kind, null))}`))
