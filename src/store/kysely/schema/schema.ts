/**
 * The schema as plain SQL: what migrations run, what `npx tenantry sql` prints.
 *
 * @module
 */
import { columnName } from "../tables/columns.ts"
import { type AnyTable, type Layout, layoutOf, qualified, type SchemaOptions } from "../tables/layout.ts"
import type { Index } from "../tables/table.ts"
import { TABLES } from "../tables/tables.ts"

/** Any table, in an order in which they can be made. */
export const ALL_TABLES: readonly AnyTable[] = Object.values(TABLES)

/** The statements that make every table and index, in their order. What is there already is left as it is. */
export const creating = (layout: Layout): readonly string[] => [
  ...(layout.schema === null ? [] : [`create schema if not exists ${layout.dialect.quote(layout.schema)}`]),
  ...ALL_TABLES.flatMap((table) => [
    tableText(layout, table),
    ...(isInline(layout) ? [] : table.indexes.map((index) => `create ${indexText(layout, table, index)}`)),
  ]),
]

/** The statements that take every table away, with all that is in them. */
export const dropping = (layout: Layout): readonly string[] =>
  ALL_TABLES.toReversed().map((table) => `drop table if exists ${placed(layout, table)}`)

/** The schema for that dialect as one text, for hosts with migrations of their own. */
export const schemaSql = (options: SchemaOptions): string =>
  creating(layoutOf(options))
    .map((statement) => `${statement};\n`)
    .join("\n")

/** The name of an index: Postgres bounds it at 63 bytes. */
export const indexName = ({ prefix }: Pick<Layout, "prefix">, table: AnyTable, { columns, isUnique }: Index): string =>
  `${prefix}${table.name}_${columns.map(columnName).join("_")}`.slice(0, 59) + (isUnique ? "_key" : "_idx")

/** MySQL cannot make an index unless it is there, so that its tables come with theirs. */
const isInline = ({ dialect }: Layout): boolean => dialect.name === "mysql"

const placed = ({ dialect, schema, prefix }: Layout, { name }: Pick<AnyTable, "name">): string =>
  qualified(dialect, schema, prefix + name)

function tableText(layout: Layout, table: AnyTable): string {
  const { dialect } = layout
  const { quote } = dialect
  const columns = table.columns.map(
    ({ name, kind, size, isNullable }) => `${quote(name)} ${dialect.type(kind, size)}${isNullable ? "" : " not null"}`,
  )
  const partial = isInline(layout) ? table.indexes.filter(({ where }) => where !== null) : []
  const lines = [
    ...columns,
    ...partial.map((index) => copied(layout, table, index)),
    `primary key (${table.key.map((property) => quote(columnName(property))).join(", ")})`,
    ...(table.isOwned ? [`foreign key (organization_id) references ${placed(layout, TABLES.organizations)} (id)`] : []),
    ...table.checks.map((check) => `check (${check})`),
    ...(isInline(layout) ? table.indexes.map((index) => indexText(layout, table, index)) : []),
  ]
  return `create table if not exists ${placed(layout, table)} (\n  ${lines.join(",\n  ")}\n)${dialect.tableEnd}`
}

/** MySQL has no partial indexes: the last column of one is copied where the condition holds, and null elsewhere. */
function copied({ dialect }: Layout, table: AnyTable, { columns, where }: Index): string {
  const last = columnName(columns.at(-1) ?? "")
  const size = table.columns.find(({ name }) => name === last)?.size ?? null
  const type = dialect.type("text", size)
  return `${dialect.quote(`unique_${last}`)} ${type} generated always as (case when ${where} then ${last} end) stored`
}

function indexText(layout: Layout, table: AnyTable, index: Index): string {
  const { dialect } = layout
  const isCopied = index.where !== null && isInline(layout)
  const names = index.columns.map(columnName)
  const columns = isCopied ? [...names.slice(0, -1), `unique_${names.at(-1)}`] : names
  const where = index.where === null || isCopied ? "" : ` where ${index.where}`
  const place = isInline(layout) ? "" : ` on ${placed(layout, table)}`
  const named = `${isInline(layout) ? "" : "if not exists "}${dialect.quote(indexName(layout, table, index))}`
  const listed = columns.map(dialect.quote).join(", ")
  return `${index.isUnique ? "unique " : ""}index ${named}${place} (${listed})${where}`
}
