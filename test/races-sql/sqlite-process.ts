/**
 * One process of several over a SQLite file: makes the tables, wants a slug, and uses units one after another. Prints
 * what each came to.
 *
 * @module
 */
import { Kysely, SqliteDialect } from "kysely"
import Database from "libsql"
import { randomIds } from "../../src/kernel/id.ts"
import { kyselyStore, migrate } from "../../src/store/kysely/kysely-store.ts"
import { aConsumption } from "../../src/testing/key-builders.ts"
import { anOrganization, beginning } from "../../src/testing/testing.ts"

const [file = ""] = process.argv.slice(2)
const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: new Database(file, { timeout: 5000 }) }) })
const options = { dialect: "sqlite" } as const
const told: string[] = []

told.push(...(await migrate(db, options)))
const store = kyselyStore(db, options)
const organization = anOrganization({ id: randomIds.id("org", new Date()), slug: "acme" })
told.push(await store.commit(beginning(organization)))
const takes = [{ name: "quota api", period: "2026-01", cap: 30 }]
for (let use = 0; use < 20; use++) {
  told.push((await store.usage.consume(aConsumption("user:u_ada", { takes }))).outcome)
}
await db.destroy()
process.stdout.write(told.join(" "))
