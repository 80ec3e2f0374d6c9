/**
 * A table as one definition: from it come the schema, what is written and what is read.
 *
 * @module
 */
import { type Column, type ColumnType, columnName } from "./columns.ts"

/** A row as its columns hold it: no property inside another. */
export type Flat = Readonly<Record<string, unknown>>

/** An order in which rows are found. `where` leaves the others out, where the database can. */
export type Index = Readonly<{ columns: readonly string[]; isUnique: boolean; where: string | null }>

export type Table<Row = never> = Readonly<{
  name: string
  columns: readonly Column[]
  /** The properties that tell rows apart, the tenant's first. */
  key: readonly string[]
  indexes: readonly Index[]
  /** Whether each row belongs to an organization that must be there. */
  isOwned: boolean
  checks: readonly string[]
  flat(row: Row): Flat
  row(flat: Flat): Row
}>

type Columns<Flattened> = { readonly [Property in keyof Flattened]-?: ColumnType }

type Orders<Property> = Readonly<{
  key: readonly Property[]
  unique?: readonly (readonly Property[])[]
  indexes?: readonly (readonly Property[])[]
  /** Unique among the rows of which that holds. */
  uniqueWhere?: Readonly<{ columns: readonly Property[]; where: string }>
  isOwned?: boolean
  checks?: readonly string[]
}>

/** A table whose rows are flat already. */
export const flatTable = <Row extends object>(
  name: string,
  columns: Columns<Row>,
  orders: Orders<keyof Row & string>,
): Table<Row> =>
  table<Row, Row>(
    name,
    columns,
    orders,
    (row) => row,
    (flat) => flat,
  )

/** A table of rows that are laid flat for it, and put together again. */
export function table<Row, Flattened extends object>(
  name: string,
  columns: Columns<Flattened>,
  { key, unique = [], indexes = [], uniqueWhere, isOwned = false, checks = [] }: Orders<keyof Flattened & string>,
  flat: (row: Row) => Flattened,
  row: (flat: Flattened) => Row,
): Table<Row> {
  const types = Object.entries<ColumnType>(columns)
  return {
    name,
    columns: types.map(([property, type]) => ({ ...type, property, name: columnName(property) })),
    key,
    indexes: [
      ...unique.map((each) => ({ columns: each, isUnique: true, where: null })),
      ...indexes.map((each) => ({ columns: each, isUnique: false, where: null })),
      ...(uniqueWhere === undefined ? [] : [{ ...uniqueWhere, isUnique: true }]),
    ],
    isOwned,
    checks,
    flat: (each) => flat(each) as Flat,
    row: (each) => row(each as Flattened),
  }
}
