/**
 * Migrations, by Kysely's own Migrator.
 *
 * @module
 */
import { CompiledQuery, type Kysely, type Migration } from "kysely"
import { TenantryError } from "../../../kernel/error.ts"
import { failureOf } from "../errors.ts"
import { layoutOf, type SchemaOptions } from "../tables/layout.ts"
import { creating, dropping } from "./schema.ts"

/** How often it begins anew where another process is at it too. */
const ATTEMPTS = 20

/**
 * Brings the tables to the state that this version needs, or with `"none"` takes them away with all that is in them.
 * Answers the names of the migrations it ran. Two processes may call it at once.
 */
export async function migrate<Database>(
  db: Kysely<Database>,
  options: SchemaOptions,
  to: "latest" | "none" = "latest",
): Promise<readonly string[]> {
  const layout = layoutOf(options)
  const { prefix } = layout
  const { Migrator, NO_MIGRATIONS } = await migrating()
  const schema = layout.schema ?? (await currentSchema(db, options))
  const migrator = new Migrator({
    db: db.withoutPlugins(),
    provider: { getMigrations: async () => migrationsFor(options) },
    migrationTableName: `${prefix}migrations`,
    migrationLockTableName: `${prefix}migrations_lock`,
    ...(schema !== null && { migrationTableSchema: schema }),
  })
  for (let attempt = 1; ; attempt++) {
    const { error, results = [] } = await (to === "latest"
      ? migrator.migrateToLatest()
      : migrator.migrateTo(NO_MIGRATIONS))
    if (error === undefined) return results.map(({ migrationName }) => migrationName)
    if (attempt === ATTEMPTS || failureOf(error) === "lost") throw new TenantryError("unavailable", {})
  }
}

type Migrating = Pick<typeof import("kysely"), "Migrator" | "NO_MIGRATIONS">

/** Since 0.29 Kysely has its Migrator in an entry of its own, of which the types of 0.28 know nothing. */
async function migrating(): Promise<Migrating> {
  const entry: string = "kysely/migration"
  const kysely = (await import("kysely")) as Partial<Migrating>
  return ("Migrator" in kysely ? kysely : await import(entry)) as Migrating
}

/** Kysely's Migrator takes tables of the same name in any schema for its own, unless it is told in which. */
async function currentSchema<Database>(db: Kysely<Database>, { dialect }: SchemaOptions): Promise<string | null> {
  if (dialect !== "postgres") return null
  try {
    const { rows } = await db.withoutPlugins().executeQuery(CompiledQuery.raw("select current_schema() as name"))
    return (rows[0] as Readonly<{ name: string | null }> | undefined)?.name ?? null
  } catch {
    throw new TenantryError("unavailable", {})
  }
}

const migrationsFor = (options: SchemaOptions): Readonly<Record<string, Migration>> => {
  const layout = layoutOf(options)
  const running = (statements: readonly string[]) => async (db: Kysely<unknown>) => {
    for (const statement of statements) await db.executeQuery(CompiledQuery.raw(statement))
  }
  return { "0001_tables": { up: running(creating(layout)), down: running(dropping(layout)) } }
}
