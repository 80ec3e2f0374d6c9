/**
 * What Postgres, MySQL with MariaDB, and SQLite say each in its own way.
 *
 * @module
 */

import { join, raw, type Sql, sql, type Value } from "./sql.ts"
import type { Kind } from "./tables/columns.ts"

export type DialectName = "postgres" | "mysql" | "sqlite"

export type Dialect = Readonly<{
  name: DialectName
  placeholder: (index: number) => string
  quote: (name: string) => string
  /** A value as its driver takes it. */
  value: (value: Value) => unknown
  /** The type of a column; `size` is how many characters a text that is indexed may have. */
  type: (kind: Kind, size: number | null) => string
  /** What follows the definition of a table. */
  tableEnd: string
  /** A column as JSON carries it: instants as milliseconds. */
  cell: (column: string, kind: Kind) => string
  array: (parts: readonly Sql[]) => Sql
  /** JSON, or a number, as text that no driver reads its own way. */
  text: (json: Sql) => Sql
  concat: (parts: readonly Sql[]) => Sql
  /**
   * A text that no plan is made for: where a few tenants have most of all rows, Postgres would otherwise plan a named
   * statement anew each time, at several times what running it costs.
   */
  generic: (text: string) => Sql
  /** That a text is one of these, however many. */
  isOneOf: (text: Sql, values: readonly string[]) => Sql
  /** That a column of JSON, a list of texts, has that one. */
  includes: (list: Sql, text: Sql) => Sql
  /** The elements of a list of objects, as a table `e` that another in front of it holds; `property` reads one of them. */
  each: (list: string, properties: readonly string[]) => string
  property: (name: string) => string
  /** Whether what a `with` finds is read once, however often it is used: MariaDB does it anew each time. */
  readsOnce: boolean
  /** What makes a read wait for others' writes and keep them off until the transaction ends. */
  forUpdate: Sql
  /** The same, passing over what others have locked. */
  skipLocked: Sql
  /** What makes a read see what is committed, also where the transaction reads an older snapshot. */
  fresh: Sql
}>

/** Text is compared by its bytes: case, accents and trailing spaces tell names apart. */
const BYTES = {
  postgres: 'collate "C"',
  // Each server reads its own of the two: neither has the other's collation.
  mysql: " default character set utf8mb4 collate /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */",
}

const list = (parts: readonly Sql[]): Sql => join(parts)
const isAmong = (text: Sql, values: readonly string[]): Sql =>
  values.length === 0 ? raw("1 = 0") : sql`${text} in (${list(values.map((value) => sql`${value}`))})`

const milliseconds = (value: Value): Value => (value instanceof Date ? value.getTime() : value)
const toBit = (value: Value): Value => (typeof value === "boolean" ? Number(value) : value)

const postgres: Dialect = {
  name: "postgres",
  tableEnd: "",
  placeholder: (index) => `$${index}`,
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  value: (value) => (value instanceof Date ? value.toISOString() : value),
  type: (kind) =>
    ({ text: `text ${BYTES.postgres}`, integer: "bigint", time: "timestamptz(3)", boolean: "boolean", json: "jsonb" })[
      kind
    ],
  cell: (column, kind) => (kind === "time" ? `(extract(epoch from ${column}) * 1000)::bigint` : column),
  array: (parts) => sql`json_build_array(${list(parts)})`,
  text: (json) => sql`${json}::text`,
  concat: (parts) => sql`(${join(parts, " || ")})`,
  generic: (text) => sql`(select ${text}::text)`,
  isOneOf: (text, values) =>
    sql`${text} = any(array(select json_array_elements_text(${JSON.stringify(values)}::json)))`,
  includes: (json, text) => sql`${json} @> to_jsonb((${text})::text)`,
  each: (json, names) => `jsonb_to_recordset(${json}) as e(${names.map((name) => `"${name}" text`).join(", ")})`,
  property: (name) => `e."${name}"`,
  readsOnce: true,
  forUpdate: raw(" for update"),
  skipLocked: raw(" for update skip locked"),
  fresh: raw(""),
}

const mysql: Dialect = {
  name: "mysql",
  tableEnd: BYTES.mysql,
  placeholder: () => "?",
  quote: (name) => `\`${name.replaceAll("`", "``")}\``,
  value: milliseconds,
  type: (kind, size) =>
    ({
      text: size === null ? "longtext" : `varchar(${size})`,
      integer: "bigint",
      time: "bigint",
      boolean: "boolean",
      // What MariaDB's own type is, but for the collation, which must be that of the texts beside it.
      json: "longtext",
    })[kind],
  cell: (column) => column,
  array: (parts) => sql`json_array(${list(parts)})`,
  text: (json) => sql`cast(${json} as char)`,
  concat: (parts) => sql`concat(${list(parts)})`,
  generic: (text) => sql`${text}`,
  isOneOf: isAmong,
  includes: (json, text) => sql`json_contains(${json}, json_quote(${text}))`,
  each: (json, names) =>
    `json_table(${json}, '$[*]' columns (${names.map((name) => `${name} varchar(200) path '$.${name}'`).join(", ")})) e`,
  property: (name) => `e.${name}`,
  readsOnce: false,
  forUpdate: raw(" for update"),
  skipLocked: raw(" for update skip locked"),
  fresh: raw(" lock in share mode"),
}

const sqlite: Dialect = {
  name: "sqlite",
  tableEnd: "",
  placeholder: () => "?",
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  value: (value) => toBit(milliseconds(value)),
  type: (kind) => ({ text: "text", integer: "integer", time: "integer", boolean: "integer", json: "text" })[kind],
  cell: (column) => column,
  array: (parts) => sql`json_array(${list(parts)})`,
  text: (json) => json,
  concat: (parts) => sql`(${join(parts, " || ")})`,
  generic: (text) => sql`${text}`,
  isOneOf: isAmong,
  includes: (json, text) => sql`exists (select 1 from json_each(${json}) where value = ${text})`,
  each: (json) => `json_each(${json}) e`,
  property: (name) => `json_extract(e.value, '$.${name}')`,
  readsOnce: true,
  forUpdate: raw(""),
  skipLocked: raw(""),
  fresh: raw(""),
}

const DIALECTS: { readonly [Name in DialectName]: Dialect } = { postgres, mysql, sqlite }

export const dialectOf = (name: DialectName): Dialect => DIALECTS[name]
