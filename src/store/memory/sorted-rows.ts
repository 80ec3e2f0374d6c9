/**
 * Rows kept in order: a two-level sorted list, so that look-ups, pages and counts never scan.
 *
 * Rows stand by scope, then value, then id, then organization. A scope is what a query never leaves: an organization,
 * an address, a state.
 *
 * @module
 */

/** What a row is ordered by inside its scope. */
export type Key = string | number

/** What every row carries. */
export interface Identified {
  readonly id: string
  readonly organizationId: string
}

/** How rows are ordered. A row whose value is null is left out. */
export type Order<Row> = Readonly<{ scope: (row: Row) => string; value: (row: Row) => Key | null }>

/** How many rows were looked at: what tests hold queries to. */
export type Tally = { rows: number }

/** The list itself: chunks of rows, none of them empty. */
export type SortedRows<Row> = Readonly<{ order: Order<Row>; chunks: Row[][]; tally: Tally }>

/** A place in the order, whether or not a row stands there. */
export type Point = Readonly<{ scope: string; value: Key; id: string; organizationId: string }>

type Position = Readonly<{ chunk: number; offset: number }>

const CHUNK = 512
/** Sorts after every id and every text of interest. */
const LAST = "\uffff"

/** An empty list in that order. */
export const sortedRows = <Row extends Identified>(order: Order<Row>, tally: Tally): SortedRows<Row> => ({
  order,
  chunks: [],
  tally,
})

/** Just before the first row of a scope. */
export const scopeStart = (scope: string): Point => ({
  scope,
  value: Number.NEGATIVE_INFINITY,
  id: "",
  organizationId: "",
})

/** Just after the last row of a scope. */
export const scopeEnd = (scope: string): Point => ({
  scope: `${scope}\0`,
  value: Number.NEGATIVE_INFINITY,
  id: "",
  organizationId: "",
})

/** Just before the first row with that value. */
export const before = (scope: string, value: Key): Point => ({ scope, value, id: "", organizationId: "" })

/** Just after the row with that value and id, or after all of them. */
export const after = (scope: string, value: Key, id = LAST): Point => ({ scope, value, id, organizationId: LAST })

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

const compareKey = (a: Key, b: Key): number => {
  if (a === b) return 0
  // A number bound is below every text.
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1
  return a < b ? -1 : 1
}

function compare<Row extends Identified>({ order, tally }: SortedRows<Row>, row: Row, to: Point): number {
  tally.rows++
  return (
    compareText(order.scope(row), to.scope) ||
    compareKey(order.value(row) ?? "", to.value) ||
    compareText(row.id, to.id) ||
    compareText(row.organizationId, to.organizationId)
  )
}

/** The first position whose row does not stand before `point`. */
function seek<Row extends Identified>(rows: SortedRows<Row>, point: Point): Position {
  const { chunks } = rows
  const chunk = firstWhere(chunks.length, (index) => {
    const last = chunks[index]?.at(-1)
    return last !== undefined && compare(rows, last, point) >= 0
  })
  const inside = chunks[chunk]
  if (inside === undefined) return { chunk, offset: 0 }
  const offset = firstWhere(inside.length, (index) => {
    const row = inside[index]
    return row !== undefined && compare(rows, row, point) >= 0
  })
  return { chunk, offset }
}

function firstWhere(length: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

function pointOf<Row extends Identified>({ order }: SortedRows<Row>, row: Row): Point | null {
  const value = order.value(row)
  return value === null ? null : { scope: order.scope(row), value, id: row.id, organizationId: row.organizationId }
}

/** Takes `old` out and puts `next` in; null stands for no row. */
export function replaceRow<Row extends Identified>(rows: SortedRows<Row>, old: Row | null, next: Row | null): void {
  if (old === next) return
  const from = old === null ? null : pointOf(rows, old)
  const to = next === null ? null : pointOf(rows, next)
  if (from !== null && next !== null && to !== null && samePoint(from, to)) {
    const { chunk, offset } = seek(rows, from)
    const inside = rows.chunks[chunk]
    if (inside !== undefined) inside[offset] = next
    return
  }
  if (from !== null) remove(rows, from)
  if (next !== null && to !== null) insert(rows, next, to)
}

const samePoint = (a: Point, b: Point): boolean => a.scope === b.scope && a.value === b.value && a.id === b.id

function insert<Row extends Identified>(rows: SortedRows<Row>, row: Row, point: Point): void {
  const { chunks } = rows
  const position = seek(rows, point)
  // Past the end, the last chunk grows.
  const chunk = Math.min(position.chunk, Math.max(chunks.length - 1, 0))
  const inside = chunks[chunk]
  if (inside === undefined) {
    chunks.push([row])
    return
  }
  if (position.chunk === chunk) inside.splice(position.offset, 0, row)
  else inside.push(row)
  if (inside.length <= CHUNK) return
  // Ids rise with time: a full last chunk stays full instead of leaving halves behind.
  const cut = chunk === chunks.length - 1 ? CHUNK : CHUNK / 2
  chunks.splice(chunk + 1, 0, inside.splice(cut))
}

function remove<Row extends Identified>(rows: SortedRows<Row>, point: Point): void {
  const { chunk, offset } = seek(rows, point)
  const inside = rows.chunks[chunk]
  inside?.splice(offset, 1)
  if (inside?.length === 0) rows.chunks.splice(chunk, 1)
}

/** Rows from one point up to, not including, another. */
export function* ascending<Row extends Identified>(rows: SortedRows<Row>, from: Point, to: Point): Generator<Row> {
  const start = seek(rows, from)
  for (let chunk = start.chunk; chunk < rows.chunks.length; chunk++) {
    const inside = rows.chunks[chunk] ?? []
    for (let offset = chunk === start.chunk ? start.offset : 0; offset < inside.length; offset++) {
      const row = inside[offset]
      if (row === undefined || compare(rows, row, to) >= 0) return
      yield row
    }
  }
}

/** Rows before one point, down to and including another. */
export function* descending<Row extends Identified>(rows: SortedRows<Row>, from: Point, to: Point): Generator<Row> {
  const start = seek(rows, from)
  for (let chunk = Math.min(start.chunk, rows.chunks.length - 1); chunk >= 0; chunk--) {
    const inside = rows.chunks[chunk] ?? []
    for (let offset = (chunk === start.chunk ? start.offset : inside.length) - 1; offset >= 0; offset--) {
      const row = inside[offset]
      if (row === undefined || compare(rows, row, to) < 0) return
      yield row
    }
  }
}

/** At most `limit` of these rows that match. */
export function take<Row>(rows: Iterable<Row>, limit: number, matches: (row: Row) => boolean = () => true): Row[] {
  const taken: Row[] = []
  if (limit < 1) return taken
  for (const row of rows) {
    if (!matches(row)) continue
    taken.push(row)
    if (taken.length === limit) break
  }
  return taken
}

/** The first row from one point up to, not including, another. */
export function firstRow<Row extends Identified>(rows: SortedRows<Row>, from: Point, to: Point): Row | null {
  const { chunk, offset } = seek(rows, from)
  const row = rows.chunks[chunk]?.[offset]
  return row !== undefined && compare(rows, row, to) < 0 ? row : null
}

/** How many rows stand from one point up to, not including, another. */
export function countRows<Row extends Identified>(rows: SortedRows<Row>, from: Point, to: Point): number {
  const [start, end] = [seek(rows, from), seek(rows, to)]
  if (start.chunk > end.chunk) return 0
  let count = end.offset - start.offset
  for (let chunk = start.chunk; chunk < end.chunk; chunk++) count += rows.chunks[chunk]?.length ?? 0
  return Math.max(count, 0)
}
