/**
 * Whether the tables are there as this version needs them.
 *
 * @module
 */
import type { Kysely } from "kysely"
import { openSession, told } from "../session.ts"
import { raw, type Sql, sql } from "../sql.ts"
import { type Layout, layoutOf, type SchemaOptions } from "../tables/layout.ts"
import { ALL_TABLES, indexName } from "./schema.ts"

/**
 * Answers what is missing, each by its name: `table tenantry_roles`, `column tenantry_roles.name`, `index …`. Nothing
 * missing is an empty list. What else the database holds is not looked at.
 */
export async function verifySchema<Database>(db: Kysely<Database>, options: SchemaOptions): Promise<readonly string[]> {
  const layout = layoutOf(options)
  const session = openSession(db, layout)
  return told(session, async () => {
    const { columns, indexes } = catalogOf(layout)
    const known = new Set<string>()
    for (const { place, part } of (await session.run(columns)).rows) {
      known.add(`table ${place}`).add(`column ${place}.${part}`)
    }
    for (const { part } of (await session.run(indexes)).rows) known.add(`index ${part}`)
    return needed(layout).filter((each) => !known.has(each))
  })
}

const needed = (layout: Layout): readonly string[] =>
  ALL_TABLES.flatMap((table) => {
    const name = layout.prefix + table.name
    return [
      `table ${name}`,
      ...table.columns.map((column) => `column ${name}.${column.name}`),
      ...table.indexes.map((index) => `index ${indexName(layout, table, index)}`),
    ]
  })

/** Every column and every index there is, as the database tells. */
function catalogOf({ dialect, schema }: Layout): Readonly<{ columns: Sql; indexes: Sql }> {
  const own = schema === null ? raw("current_schema()") : sql`${schema}`
  switch (dialect.name) {
    case "postgres":
      return {
        columns: sql`select table_name as place, column_name as part from information_schema.columns
          where table_schema = ${own}`,
        indexes: sql`select indexname as part from pg_indexes where schemaname = ${own}`,
      }
    case "mysql":
      return {
        columns: raw(`select table_name as place, column_name as part from information_schema.columns
          where table_schema = database()`),
        indexes: raw(`select distinct index_name as part from information_schema.statistics
          where table_schema = database()`),
      }
    case "sqlite":
      return {
        columns: raw(`select m.name as place, p.name as part from sqlite_master m, pragma_table_info(m.name) p
          where m.type = 'table'`),
        indexes: raw("select name as part from sqlite_master where type = 'index'"),
      }
  }
}
