/**
 * Tables: rows under every order they are asked in, changed by writes that can take themselves back.
 *
 * @module
 */
import {
  after,
  before,
  firstRow,
  type Identified,
  type Key,
  type Order,
  replaceRow,
  type SortedRows,
  sortedRows,
  type Tally,
} from "./sorted-rows.ts"

/** Performs itself and answers the write that takes it back. */
export type Write = () => Write

/** `primary` finds a row by its organization and key; every other order holds the same rows or some of them. */
export type Table<Row extends Identified, Name extends string> = Readonly<{
  primary: SortedRows<Row>
  by: { readonly [Index in Name]: SortedRows<Row> }
}>

/** A table whose rows have that key inside their organization, and these orders besides. */
export const tableOf =
  <Row extends Identified>(tally: Tally) =>
  <Name extends string>(
    key: (row: Row) => Key,
    orders: { readonly [Index in Name]: Order<Row> },
  ): Table<Row, Name> => ({
    primary: sortedRows({ scope: organizationOf, value: key }, tally),
    by: Object.fromEntries(
      Object.entries<Order<Row>>(orders).map(([name, order]) => [name, sortedRows(order, tally)]),
    ) as { readonly [Index in Name]: SortedRows<Row> },
  })

/** The scope of everything that is asked inside one organization. */
export const organizationOf = (row: Identified): string => row.organizationId

/** The row with that key in that organization, or null. */
export const find = <Row extends Identified>(rows: Table<Row, string>, organizationId: string, key: Key): Row | null =>
  firstRow(rows.primary, before(organizationId, key), after(organizationId, key))

/** Makes `row` (or nothing) what stands under that key. */
export const put =
  <Row extends Identified>(rows: Table<Row, string>, organizationId: string, key: Key, row: Row | null): Write =>
  () => {
    const old = find(rows, organizationId, key)
    replaceEverywhere(rows, old, row)
    return put(rows, organizationId, key, old)
  }

/** Replaces a row in every order of its table. */
export function replaceEverywhere<Row extends Identified>(
  rows: Table<Row, string>,
  old: Row | null,
  next: Row | null,
): void {
  replaceRow(rows.primary, old, next)
  for (const index of Object.values(rows.by)) replaceRow(index, old, next)
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
