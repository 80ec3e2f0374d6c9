/**
 * Taking from meters in steps: lock them, see which requests were counted, decide, and write which are.
 *
 * @module
 */
import { min } from "date-fns/min"
import { subMilliseconds } from "date-fns/subMilliseconds"
import type { AccountId } from "../../../billing/account.ts"
import { hashSecret } from "../../../kernel/secret.ts"
import type { Consumed, Consumption, MeterStanding } from "../../../usage/usage.ts"
import type { Session } from "../session.ts"
import { join, raw, type Sql, sql } from "../sql.ts"
import { columnsOf, valuesOf } from "../tables/layout.ts"
import { TABLES } from "../tables/tables.ts"
import { REMEMBERED } from "../tables/usage-tables.ts"
import { distinct, lockMeters, meterKey, type Standings, type Taken } from "./meters.ts"

/** A caller's name for a request, as it is kept. */
export const requestHash = (request: string): string => hashSecret(request)

/**
 * What becomes of each, as if they came one after another. Nothing is charged yet: whoever calls does, to the meters and
 * the counter, or keeps the units aside.
 */
export async function takeAll(
  session: Session,
  consumptions: readonly Consumption[],
  how: "use" | "hold" = "use",
): Promise<readonly Consumed[]> {
  const standings = await lockAll(session, consumptions)
  const counted = await lockRequests(session, consumptions)
  const ran = new Map<string, MeterStanding>()
  const fresh = new Map<string, Consumption>()

  const taken = consumptions.map((consumption): Consumed => {
    const { account, units, takes, request, at } = consumption
    const now = takes.map((take) => ran.get(meterKey(account, take)) ?? standings.of(account, take, at))
    const key = request === null ? null : requestKey(account, request)
    if (key !== null && (counted.has(key) || fresh.has(key))) return { outcome: "replayed", meters: now }
    const by = takes.findIndex(({ cap }, index) => {
      const { used, held } = now[index] ?? { used: 0, held: 0 }
      return cap !== null && used + held + units > cap
    })
    if (by >= 0) return { outcome: "refused", by, meters: now }
    const after = now.map((each) =>
      how === "hold" ? { ...each, held: each.held + units } : { ...each, used: each.used + units },
    )
    for (const standing of after) ran.set(meterKey(account, standing), standing)
    if (key !== null) fresh.set(key, consumption)
    return { outcome: "consumed", meters: after }
  })
  await remember(session, [...fresh.values()])
  return taken
}

const requestKey = (account: AccountId, request: string): string => `${account} ${requestHash(request)}`

/** The meters, locked; those that are not there yet are begun, unless their caps would refuse the units anyway. */
async function lockAll(session: Session, consumptions: readonly Consumption[]): Promise<Standings> {
  const from = min(consumptions.map(({ at }) => at))
  const taken = consumptions.map(({ account, takes }) => ({ account, meters: takes }))
  const standings = await lockMeters(session, taken, from)
  const absent = consumptions.map(({ account, takes, units }) => ({
    account,
    meters: takes.filter((take) => !standings.has(account, take) && (take.cap === null || units <= take.cap)),
  }))
  if (absent.every(({ meters }) => meters.length === 0)) return standings
  await begin(session, absent)
  return lockMeters(session, taken, from)
}

/** Begins meters that nothing was taken from yet, unless they are there; in order, so that no two wait for each other. */
export async function begin({ run, layout }: Session, taken: readonly Taken[]): Promise<void> {
  const { dialect, tables } = layout
  const rows = distinct(taken)
    .map(([account, { name, period }]) => ({ account, name, period, used: 0, version: 0 }))
    .sort((a, b) => (meterKey(a.account, a) < meterKey(b.account, b) ? -1 : 1))
  const otherwise = raw(dialect.name === "mysql" ? "on duplicate key update used = used" : "on conflict do nothing")
  await run(sql`insert into ${tables.meters} (${columnsOf(layout, TABLES.meters)})
    values ${join(rows.map((row) => valuesOf(TABLES.meters, row)))} ${otherwise}`)
}

/**
 * Which of the requests were counted within the time that they are remembered. Each is locked to the end of the
 * transaction, whether it is known or not: of two that share no meter, the second waits here.
 */
async function lockRequests(session: Session, consumptions: readonly Consumption[]): Promise<ReadonlySet<string>> {
  const asked = consumptions.filter(({ request }) => request !== null)
  if (asked.length === 0) return new Set()
  const { layout, run } = session
  const at = raw(layout.dialect.quote("at"))
  await keep(session, asked, () => new Date(0), session.layout.dialect.name === "mysql" ? at : sql`known.${at}`)
  const isAsked = asked.map(
    ({ account, request, at: when }) =>
      sql`(account = ${account} and request = ${requestHash(request ?? "")}
        and ${at} > ${subMilliseconds(when, REMEMBERED)})`,
  )
  const { rows } = await run(
    sql`select account, request from ${layout.tables.requests} where ${join(isAsked, " or ")}${layout.dialect.fresh}`,
  )
  return new Set(rows.map(({ account, request }) => `${account} ${request}`))
}

/** Remembers requests that are counted now. */
async function remember(session: Session, counted: readonly Consumption[]): Promise<void> {
  const { name, quote } = session.layout.dialect
  const at = quote("at")
  const given = raw(name === "mysql" ? `values(${at})` : `excluded.${at}`)
  if (counted.length > 0) await keep(session, counted, (each) => each.at, given)
}

/** Writes requests as of the instants that `when` says; where one is there already, as of `otherwise`. */
async function keep(
  { run, layout }: Session,
  consumptions: readonly Consumption[],
  when: (consumption: Consumption) => Date,
  otherwise: Sql,
): Promise<void> {
  const { dialect, tables } = layout
  const rows = new Map(
    consumptions.map((each) => {
      const row = { account: each.account, request: requestHash(each.request ?? ""), at: when(each) }
      return [`${row.account} ${row.request}`, valuesOf(TABLES.requests, row)] as const
    }),
  )
  const found = raw(
    dialect.name === "mysql" ? "on duplicate key update" : "on conflict (account, request) do update set",
  )
  const as = raw(dialect.name === "mysql" ? "" : " as known")
  await run(
    sql`insert into ${tables.requests}${as} (${columnsOf(layout, TABLES.requests)}) values ${join([...rows.values()])}
      ${found} ${raw(dialect.quote("at"))} = ${otherwise}`,
  )
}
