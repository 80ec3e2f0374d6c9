/**
 * Tables: rows in every order they are asked in, so that look-ups, pages and counts never scan, changed by writes that
 * can take themselves back.
 *
 * @module
 */

/** What every row carries. */
export type Identified = Readonly<{ id: string }>

/** What every row of an organization carries. */
export type Stored = Identified & Readonly<{ organizationId: string }>

/** How many rows were looked at: what tests hold queries to. */
export type Tally = { rows: number }

/** What a row is ordered by. */
export type Key = string | number

/**
 * One order of a table's rows: a list for every scope that a query never leaves (an organization, an address), sorted
 * by value, then id. A row whose scope is null is left out.
 */
export type Index<Row> = Readonly<{
  scope: (row: Row) => string | null
  value: (row: Row) => Key
  lists: Map<string, Row[]>
  tally: Tally
}>

/**
 * A table's orders. `all` finds a row by its home (an organization, for some tables an account) and key; the others hold
 * the same rows or some of them.
 */
export type Table<Row extends Identified> = Readonly<{ all: Index<Row> } & Record<string, Index<Row>>>

/** Declares orders, by id unless told. */
export const indexing =
  (tally: Tally) =>
  <Row extends Identified>(
    scope: (row: Row) => string | null,
    value: (row: Row) => Key = ({ id }) => id,
  ): Index<Row> => ({
    scope,
    value,
    lists: new Map(),
    tally,
  })

/** The rows of a scope, in order. */
export const rowsOf = <Row>({ lists }: Index<Row>, scope: string): readonly Row[] => lists.get(scope) ?? []

/** How many rows of a scope stand before that value, or before that value and id. */
export function place<Row extends Identified>(index: Index<Row>, scope: string, value: Key, id = ""): number {
  const rows = rowsOf(index, scope)
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const row = rows[middle] as Row
    const own = index.value(row)
    index.tally.rows++
    if (own < value || (own === value && row.id < id)) low = middle + 1
    else high = middle
  }
  return low
}

/** The rows of a scope from one place up, or down, to another. */
export function* walk<Row>(index: Index<Row>, scope: string, from = 0, to?: number): Generator<Row> {
  const rows = rowsOf(index, scope)
  const end = to ?? rows.length
  const step = from > end ? -1 : 1
  for (let at = from; at !== end; at += step) {
    index.tally.rows++
    yield rows[step > 0 ? at : at - 1] as Row
  }
}

/** At most `limit` of these rows that match. */
export function take<Row>(rows: Iterable<Row>, limit: number, matches: (row: Row) => boolean = () => true): Row[] {
  const taken: Row[] = []
  for (const row of rows) {
    if (taken.length >= limit) break
    if (matches(row)) taken.push(row)
  }
  return taken
}

/** What stands just after every row with that cursor as its id. */
export const past = (cursor: string | null): string => (cursor === null ? "" : `${cursor}\0`)

/** Rows by id ascending. */
export const sortedById = <Row extends Identified>(rows: readonly Row[]): Row[] =>
  [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))

/** The row with that key in that home, or null. */
export function find<Row extends Identified>({ all }: Table<Row>, home: string, key: Key): Row | null {
  const row = rowsOf(all, home)[place(all, home, key)]
  return row !== undefined && all.value(row) === key ? row : null
}

/** Takes `old` out of an order and puts `next` in; null stands for no row. */
export function replace<Row extends Identified>(index: Index<Row>, old: Row | null, next: Row | null): void {
  const { scope, value, lists } = index
  const [from, to] = [old && scope(old), next && scope(next)]
  if (old !== null && from !== null) {
    const rows = lists.get(from) ?? []
    rows.splice(rows.indexOf(old, place(index, from, value(old), old.id)), 1)
    if (rows.length === 0) lists.delete(from)
  }
  if (next !== null && to !== null) {
    const at = place(index, to, value(next), next.id)
    if (!lists.get(to)?.splice(at, 0, next)) lists.set(to, [next])
  }
}

/** Performs itself and answers the write that takes it back. */
export type Write = () => Write

/** A write made of what it does and what undoes it. */
export const reversible =
  (apply: () => void, revert: () => void): Write =>
  () => {
    apply()
    return reversible(revert, apply)
  }

/** Makes `row` (or nothing) what stands under that key. */
export const put =
  <Row extends Identified>(table: Table<Row>, home: string, key: Key, row: Row | null): Write =>
  () => {
    const old = find(table, home, key)
    for (const index of Object.values(table)) replace(index, old, row)
    return put(table, home, key, old)
  }

/** Makes `value` (or nothing) what a map holds under `key`. */
export const putKey =
  <K, V>(map: Map<K, V>, key: K, value: V | null): Write =>
  () => {
    const old = map.get(key) ?? null
    if (value === null) map.delete(key)
    else map.set(key, value)
    return putKey(map, key, old)
  }
