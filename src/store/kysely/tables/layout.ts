/**
 * Where the tables are in a host's database, and how their rows are written in SQL.
 *
 * @module
 */

import { type Dialect, type DialectName, dialectOf } from "../dialect.ts"
import { fixed, join, raw, type Sql, sql } from "../sql.ts"
import { decode, encode } from "./columns.ts"
import type { Flat, Table } from "./table.ts"
import { TABLES } from "./tables.ts"

export type SchemaOptions = Readonly<{
  dialect: DialectName
  /** The Postgres schema that holds the tables; unless given, the first of the connection's search path. */
  schema?: string
  /**
   * What the name of each table and index begins with.
   *
   * @default "tenantry_"
   */
  prefix?: string
}>

/** Any table, whatever its rows. */
export type AnyTable = Omit<Table, "flat" | "row">

export type Layout = Readonly<{
  dialect: Dialect
  schema: string | null
  prefix: string
  /** Each table by its name here, with its schema. */
  tables: { readonly [Name in keyof typeof TABLES]: Sql }
}>

/** The tables as those options place them. */
export function layoutOf({ dialect: name, schema, prefix = "tenantry_" }: SchemaOptions): Layout {
  if (schema !== undefined && name !== "postgres") throw new TypeError("only Postgres has a `schema`")
  if (!/^[A-Za-z0-9_]{0,20}$/.test(prefix)) throw new TypeError("expected a `prefix` of letters, digits and `_`")
  const dialect = dialectOf(name)
  const placed = (table: AnyTable) => raw(qualified(dialect, schema ?? null, `${prefix}${table.name}`))
  return {
    dialect,
    schema: schema ?? null,
    prefix,
    tables: Object.fromEntries(Object.entries(TABLES).map(([key, table]) => [key, placed(table)])) as Layout["tables"],
  }
}

/** The name of a table, or of an index, with its schema. */
export const qualified = ({ quote }: Dialect, schema: string | null, name: string): string =>
  schema === null ? quote(name) : `${quote(schema)}.${quote(name)}`

/** A table's name here. */
export const nameOf = ({ dialect, schema, prefix }: Layout, { name }: Pick<AnyTable, "name">): Sql =>
  raw(qualified(dialect, schema, `${prefix}${name}`))

/** What every read asks for again. */
const written = new WeakMap<Dialect, Map<string, Sql>>()

/** A row as one value of JSON: its columns in their order. `as` is what the statement calls the table. */
export function cells({ dialect }: Layout, { name, columns }: AnyTable, as: string): Sql {
  const known = written.get(dialect) ?? new Map<string, Sql>()
  written.set(dialect, known)
  const key = `${as} ${name}`
  const row =
    known.get(key) ??
    fixed(dialect.array(columns.map((each) => raw(dialect.cell(`${as}.${dialect.quote(each.name)}`, each.kind)))))
  known.set(key, row)
  return row
}

/** What `cells` made of a row, as a row again. */
export function rowOf<Row>(table: Table<Row>, found: unknown): Row {
  const values = found as readonly unknown[]
  const row: Record<string, unknown> = {}
  for (const [index, column] of table.columns.entries()) row[column.property] = decode(column, values[index])
  return table.row(row)
}

/** The same of a row that may not be there, whose key is null then. */
export function rowOrNull<Row>(table: Table<Row>, found: unknown): Row | null {
  const at = table.columns.findIndex(({ property }) => property === table.key[0])
  return found == null || (found as readonly unknown[])[at] === null ? null : rowOf(table, found)
}

/** The columns of a table, each by its name. `as` is what the statement calls the table. */
export const columnsOf = ({ dialect }: Layout, { columns }: AnyTable, as?: string): Sql =>
  raw(columns.map(({ name }) => (as === undefined ? "" : `${as}.`) + dialect.quote(name)).join(", "))

/** A laid-out row as values between brackets. */
export const valuesOf = ({ columns }: AnyTable, flat: Flat): Sql =>
  sql`(${join(columns.map((column) => sql`${encode(column, flat[column.property])}`))})`
