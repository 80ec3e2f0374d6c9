/**
 * Where the tour is kept: in a SQLite file that it leaves behind, with `--memory` nowhere, with `--postgres URL` in a
 * schema of its own.
 *
 * @module
 */
import { rmSync } from "node:fs"
import { parseArgs } from "node:util"
import { Kysely, PostgresDialect, SqliteDialect } from "kysely"
import Database from "libsql"
import { Pool } from "pg"
import { kyselyStore, migrate, type SchemaOptions } from "tenantry/kysely"
import { memoryStore } from "tenantry/memory"

const FILE = "tour.sqlite"

/** An empty store, where it is kept, and what is to be called when all is done. */
export async function openTourStore() {
  const { values } = parseArgs({ options: { memory: { type: "boolean" }, postgres: { type: "string" } } })
  if (values.memory) return { store: memoryStore(), place: "nowhere: this was in memory", close: async () => {} }
  const [db, options, place] = values.postgres === undefined ? sqlite() : postgres(values.postgres)
  await migrate(db, options, "none")
  await migrate(db, options)
  return { store: kyselyStore(db, options), place, close: () => db.destroy() }
}

type Opened = readonly [db: Kysely<unknown>, options: SchemaOptions, place: string]

function sqlite(): Opened {
  for (const end of ["", "-wal", "-shm"]) rmSync(FILE + end, { force: true })
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: new Database(FILE) }) })
  return [db, { dialect: "sqlite" }, `${FILE}: look at it with \`sqlite3 ${FILE} .dump\``]
}

function postgres(connectionString: string): Opened {
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new Pool({ connectionString }) }) })
  return [db, { dialect: "postgres", schema: "tenantry_tour" }, "the schema tenantry_tour"]
}
