/**
 * Everything that a database in memory holds, every order of it, for comparing.
 *
 * @module
 */
import type { Books, Count, Gauge, Minute } from "../../src/store/memory/books.ts"
import type { Database } from "../../src/store/memory/database.ts"
import { heldOf } from "../../src/store/memory/gauges.ts"

type AnyIndex = Readonly<{ lists: ReadonlyMap<string, readonly unknown[]> }>

/** What was worked out of it for keys aside, and what is empty. */
export function contents(database: Database) {
  const {
    tally: _,
    surroundings: __,
    organizations,
    slugs,
    secrets,
    accounts,
    books,
    firstEvents,
    ...tables
  } = database
  const orders = [...Object.values(tables).flatMap((table) => Object.values<AnyIndex>(table)), firstEvents]
  return [
    [...organizations],
    [...slugs].toSorted(),
    [...secrets].toSorted(),
    [...accounts].toSorted(),
    ...orders.map(({ lists }) => [...lists].map(([scope, rows]) => [scope, [...rows]]).toSorted()),
    contentsOf(books),
  ]
}

/** Every cell of the books, in every order, with what is held at the beginning of time and at its end. */
export function contentsOf({ ledgers, books, requests, expiring }: Books) {
  return {
    ledgers: filled(ledgers, ({ quotas, allowances, subjects }) => [
      ...quotas.map(periods),
      ...[...(allowances ?? [])].map(([, newest]) => periods(newest)).toSorted(),
      ...[...subjects].map(([subject, first]) => [subject, chain(first, ({ next }) => next)]).toSorted(),
    ]),
    books: filled(books, ({ months, uses, newest, holds }) => [
      ...months.map(({ month, counts }) => [month, counts.map(shown)]),
      ...[...uses]
        .filter(([, { counts }]) => counts !== null)
        .map(([key, { minute, counts }]) => [key, minute?.at, chain(counts, ({ nextOfKey }) => nextOfKey)])
        .toSorted(),
      ...minutes(newest),
      ...[...(holds ?? [])].map(([id, { hold }]) => [id, hold]).toSorted(),
    ]),
    requests: [requests.young, requests.old].flatMap((generation) =>
      [...generation]
        .flatMap(([account, counted]) => [...counted].map(([request, at]) => [account, request, at]))
        .toSorted(),
    ),
    expiring: [...expiring]
      .filter(([, holds]) => holds.length > 0)
      .map(([day, holds]) => [day, holds.map((kept) => kept.hold.id)]),
  }
}

const filled = <Value>(map: ReadonlyMap<string, Value>, show: (value: Value) => readonly unknown[]) =>
  [...map]
    .map(([name, value]) => [name, show(value)] as const)
    .filter(([, shown]) => shown.length > 0)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))

const shown = ({ use: _, next: __, nextOfKey: ___, ...count }: Count) => count

const chain = (first: Count | null, next: (count: Count) => Count | null): unknown[] =>
  first === null ? [] : [shown(first), ...chain(next(first), next)]

const periods = (gauge: Gauge | null): unknown[] => {
  if (gauge === null) return []
  const { name, period, used, line, older } = gauge
  const held = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((at) => heldOf(gauge, at))
  return [[name, period, used, held, (line?.holds ?? []).map(({ hold }) => hold.id)], ...periods(older)]
}

/** The line of minutes, each of which knows the one before. */
function minutes(newest: Minute | null) {
  const line: unknown[] = []
  for (let each = newest; each !== null; each = each.older) {
    if (each.older !== null && each.older.newer !== each) throw new Error("a broken line")
    line.push(["minute", each.at, each.keys])
  }
  return line
}
