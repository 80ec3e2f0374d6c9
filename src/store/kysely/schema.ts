/**
 * The schema as plain SQL: what migrations run, what `npx tenantry sql` prints.
 *
 * @module
 */
import { columnName } from "./columns.ts"
import { type AnyTable, type Layout, layoutOf, qualified, type SchemaOptions } from "./layout.ts"
import type { Index } from "./table.ts"
import { TABLES } from "./tables.ts"

const tables: readonly AnyTable[] = Object.values(TABLES)

/** The statements that make every table and index, in their order. */
export const creating = (layout: Layout): readonly string[] =>
  tables.flatMap((table) => [
    tableText(layout, table),
    ...table.indexes.map((index) => indexText(layout, table, index)),
  ])

/** The statements that take every table away, with all that is in them. */
export const dropping = (layout: Layout): readonly string[] =>
  tables.toReversed().map((table) => `drop table if exists ${placed(layout, table)}`)

/** The schema for that dialect as one text, for hosts with migrations of their own. */
export const schemaSql = (options: SchemaOptions): string =>
  creating(layoutOf(options))
    .map((statement) => `${statement};\n`)
    .join("\n")

/** The name of an index, as verifying looks for it. */
export const indexName = ({ prefix }: Pick<Layout, "prefix">, table: AnyTable, { columns, isUnique }: Index): string =>
  `${prefix}${table.name}_${columns.map(columnName).join("_")}`.slice(0, 59) + (isUnique ? "_key" : "_idx")

const placed = ({ dialect, schema, prefix }: Layout, { name }: Pick<AnyTable, "name">): string =>
  qualified(dialect, schema, prefix + name)

function tableText(layout: Layout, table: AnyTable): string {
  const { dialect } = layout
  const { quote } = dialect
  const columns = table.columns.map(
    ({ name, kind, size, isNullable }) => `${quote(name)} ${dialect.type(kind, size)}${isNullable ? "" : " not null"}`,
  )
  const partial = dialect.name === "mysql" ? table.indexes.filter(({ where }) => where !== null) : []
  const lines = [
    ...columns,
    ...partial.map((index) => generated(layout, table, index)),
    `primary key (${table.key.map((property) => quote(columnName(property))).join(", ")})`,
    ...(table.isOwned
      ? [`foreign key (organization_id) references ${placed(layout, TABLES.organizations)} (id)`]
      : []),
    ...table.checks.map((check) => `check (${check})`),
  ]
  return `create table ${placed(layout, table)} (\n  ${lines.join(",\n  ")}\n)`
}

/** MySQL has no partial indexes: the last column of one is copied where the condition holds, and null elsewhere. */
function generated({ dialect }: Layout, table: AnyTable, { columns, where }: Index): string {
  const last = columnName(columns.at(-1) ?? "")
  const size = table.columns.find(({ name }) => name === last)?.size ?? null
  return `${dialect.quote(`unique_${last}`)} ${dialect.type("text", size)} generated always as (case when ${where} then ${last} end) stored`
}

function indexText(layout: Layout, table: AnyTable, index: Index): string {
  const { dialect } = layout
  const names = index.columns.map(columnName)
  const isCopied = index.where !== null && dialect.name === "mysql"
  const columns = isCopied ? [...names.slice(0, -1), `unique_${names.at(-1)}`] : names
  const where = index.where === null || isCopied ? "" : ` where ${index.where}`
  const named = dialect.quote(indexName(layout, table, index))
  return `create ${index.isUnique ? "unique " : ""}index ${named} on ${placed(layout, table)} (${columns.map(dialect.quote).join(", ")})${where}`
}
