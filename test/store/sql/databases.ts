/**
 * The databases that stores are tested over, each with tables of its own.
 *
 * @module
 */
import { randomUUID } from "node:crypto"
import { PGlite } from "@electric-sql/pglite"
import {
  CompiledQuery,
  type Dialect,
  Kysely,
  type KyselyPlugin,
  MysqlDialect,
  PostgresDialect,
  type SqliteDatabase,
  SqliteDialect,
} from "kysely"
import Database from "libsql"
import { createPool } from "mysql2"
import { Pool } from "pg"
import type { DialectName } from "../../../src/store/kysely/dialect.ts"
import { kyselyStore, preparedPool } from "../../../src/store/kysely/kysely-store.ts"
import { creating } from "../../../src/store/kysely/schema/schema.ts"
import { layoutOf, type SchemaOptions } from "../../../src/store/kysely/tables/layout.ts"
import { TABLES } from "../../../src/store/kysely/tables/tables.ts"
import type { OpenStore } from "../../../src/testing/testing.ts"

/** A statement and its values. */
export type Sent = Readonly<{ text: string; values: readonly unknown[] }>

/** A host's database, its tables made. */
export type HostDatabase = Readonly<{
  db: Kysely<unknown>
  /** The same as another process would open it; `db` where there is one connection. */
  other: Kysely<unknown>
  options: SchemaOptions
  /** Every column and index of the tables whose names begin so, as the database tells. */
  tables: (prefix: string) => Promise<readonly string[]>
  /** The statements that `work` sends, as Kysely tells. */
  statementsOf: (work: () => Promise<unknown>) => Promise<readonly Sent[]>
  /** Two stores as two processes would open them, over tables that are empty. */
  open: () => Promise<OpenStore>
  close: () => Promise<void>
}>

/** One row for each column, each constraint and each index, its table's name first. */
const catalogs: { readonly [Name in DialectName]: (schema?: string) => string } = {
  postgres: (schema) => `
    select table_name, column_name, data_type, is_nullable, collation_name from information_schema.columns
      where table_schema = coalesce(${schema === undefined ? "null" : `'${schema}'`}, current_schema())
    union all select tablename, indexdef, '', '', '' from pg_indexes
      where schemaname = coalesce(${schema === undefined ? "null" : `'${schema}'`}, current_schema())`,
  mysql: () => `
    select table_name, column_name, column_type, is_nullable, collation_name from information_schema.columns
      where table_schema = database()
    union all select table_name, index_name, column_name, seq_in_index, non_unique from information_schema.statistics
      where table_schema = database()`,
  sqlite: () => "select tbl_name, sql from sqlite_master",
}

const run = (db: Kysely<unknown>, text: string) => db.executeQuery(CompiledQuery.raw(text))

type Watched = Readonly<{ db: Kysely<unknown> }> & Pick<HostDatabase, "statementsOf">

/** A host's Kysely that can tell what it sends. */
function watched(dialect: Dialect, plugins: KyselyPlugin[] = []): Watched {
  let seen: Sent[] | null = null
  return {
    db: new Kysely<unknown>({
      dialect,
      plugins,
      log: ({ query }) => void seen?.push({ text: query.sql, values: query.parameters }),
    }),
    statementsOf: async (work) => {
      const own: Sent[] = []
      seen = own
      await work()
      seen = null
      return own
    },
  }
}

async function furnished(
  { db, statementsOf }: Watched,
  options: SchemaOptions,
  close: () => Promise<void> = () => db.destroy(),
  other: Kysely<unknown> = db,
): Promise<HostDatabase> {
  const layout = layoutOf(options)
  for (const statement of creating(layout)) await run(db, statement)
  const names = Object.keys(TABLES) as readonly (keyof typeof TABLES)[]
  const emptied = names.toReversed().map((name) => `delete from ${layout.tables[name].texts[0]}`)
  return {
    db,
    other,
    options,
    statementsOf,
    tables: async (prefix) => {
      const { rows } = await db.executeQuery(CompiledQuery.raw(catalogs[options.dialect](options.schema)))
      const texts = rows.map((row) => Object.values(row as object).join(" "))
      return texts.filter((text) => text.startsWith(prefix)).sort()
    },
    open: async () => {
      await db.transaction().execute(async (transaction) => {
        for (const statement of emptied) await run(transaction, statement)
      })
      return {
        store: kyselyStore(db, options),
        other: kyselyStore(other, options),
        hostTransaction: (work) => db.transaction().execute((transaction) => work(transaction)),
      }
    },
    close,
  }
}

/** What a driver exports that is used as better-sqlite3 is. */
export type SqliteDriver = new (file: string) => SqliteDatabase

/** SQLite in memory, which has one connection, with the host's plugins. */
export async function openSqlite({
  plugins = [],
  driver = Database,
}: Readonly<{ plugins?: KyselyPlugin[]; driver?: SqliteDriver }> = {}): Promise<HostDatabase> {
  const database = new driver(":memory:")
  return furnished(watched(new SqliteDialect({ database }), plugins), { dialect: "sqlite" })
}

/** Postgres in this process: one connection, for which everybody waits. */
export async function openPglite(): Promise<HostDatabase> {
  const pglite = await PGlite.create()
  let turn: Promise<void> = Promise.resolve()
  const pool = {
    connect: async () => {
      const before = turn
      let release!: () => void
      turn = new Promise((resolve) => {
        release = resolve
      })
      await before
      return {
        query: async (text: string, values: unknown[]) => {
          const { rows, affectedRows } = await pglite.query(text, values)
          const command = /^(?:\/\*.*?\*\/ )?(insert|update|delete)/i.exec(text)?.[1]?.toUpperCase() ?? "SELECT"
          return { command, rowCount: affectedRows ?? 0, rows }
        },
        release,
      }
    },
    end: () => pglite.close(),
  }
  // biome-ignore lint/suspicious/noExplicitAny: as much of a pool as Kysely uses
  return furnished(watched(new PostgresDialect({ pool: pool as any })), { dialect: "postgres" })
}

/** Where Postgres is, unless the environment says otherwise. */
export const POSTGRES = process.env["POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/test"
const MARIADB = process.env["MARIADB_URL"] ?? "mysql://root@127.0.0.1:3306"

/** A connection that is lost tells its pool, or while it is in use nobody: unheard, it would end the process. */
const survive = (pool: Pool): void => {
  pool.on("error", () => {})
  pool.on("connect", (client) => client.on("error", () => {}))
}

/** Postgres, in a schema that goes when the tests do, the other process naming its statements; null where none answers. */
export async function openPostgres(connections = 8): Promise<HostDatabase | null> {
  const admin = new Pool({ connectionString: POSTGRES, max: 1, connectionTimeoutMillis: 2000 })
  survive(admin)
  const schema = `tenantry_test_${randomUUID().slice(0, 8)}`
  try {
    await admin.query(`create schema ${schema}`)
  } catch {
    await admin.end()
    return null
  }
  const pool = new Pool({ connectionString: POSTGRES, max: connections })
  const second = new Pool({ connectionString: POSTGRES, max: connections })
  survive(pool)
  survive(second)
  const host = watched(new PostgresDialect({ pool }))
  const other = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: preparedPool(second) }) })
  const close = async () => {
    // What still reads ends first: it and the drop could each wait for a table that the other has.
    await Promise.all([host.db.destroy(), second.end()])
    await admin.query(`drop schema ${schema} cascade`)
    await admin.end()
  }
  return furnished(host, { dialect: "postgres", schema }, close, other)
}

/** MariaDB or MySQL, in a database that goes when the tests do; null where none answers. */
export async function openMariadb(connections = 8): Promise<HostDatabase | null> {
  const admin = createPool({ uri: MARIADB, connectionLimit: 1, connectTimeout: 2000 })
  const name = `tenantry_test_${randomUUID().slice(0, 8)}`
  try {
    await admin.promise().query(`create database ${name}`)
  } catch {
    await admin.promise().end()
    return null
  }
  const pool = () => createPool({ uri: `${MARIADB}/${name}`, connectionLimit: connections })
  const host = watched(new MysqlDialect({ pool: pool() }))
  const other = new Kysely<unknown>({ dialect: new MysqlDialect({ pool: pool() }) })
  const close = async () => {
    await Promise.all([host.db.destroy(), other.destroy()])
    await admin.promise().query(`drop database ${name}`)
    await admin.promise().end()
  }
  return furnished(host, { dialect: "mysql" }, close, other)
}
