/**
 * What holds over every database: the port's own cases, the schema and its migrations.
 *
 * @module
 */
import { CompiledQuery, type Kysely } from "kysely"
import { describe, expect, it } from "vitest"
import { isTenantryError } from "../../../src/kernel/error.ts"
import { kyselyStore, migrate, schemaSql, verifySchema } from "../../../src/store/kysely/kysely-store.ts"
import { openSession } from "../../../src/store/kysely/session.ts"
import { layoutOf } from "../../../src/store/kysely/tables/layout.ts"
import { forget } from "../../../src/store/kysely/usage/forgetting.ts"
import { BUILT_AT } from "../../../src/testing/builders.ts"
import { aConsumption, aHold } from "../../../src/testing/key-builders.ts"
import { anOrganization, beginning, storeConformance } from "../../../src/testing/testing.ts"
import type { HostDatabase } from "./databases.ts"

const run = (db: Kysely<unknown>, text: string) => db.executeQuery(CompiledQuery.raw(text))

/** The statements of a text; none of them has a `;` inside. */
const statements = (text: string): readonly string[] => text.split(/;\n/).filter((each) => each.trim() !== "")

/** Everything that the tests hold of one database. */
export function keepsToThePort({ db, options, open, tables }: HostDatabase): void {
  for (const { name, run } of storeConformance(open)) it(name, run)

  describe("migrations", () => {
    const other = { ...options, prefix: "other_" }

    it("make the tables, once, and take them away", async () => {
      expect(await verifySchema(db, other)).toContain("table other_organizations")
      expect(await migrate(db, other)).toEqual(["0001_tables"])
      expect(await migrate(db, other)).toEqual([])
      expect(await verifySchema(db, other)).toEqual([])
      const store = kyselyStore(db, other)
      expect(await store.commit(beginning(anOrganization()))).toBe("committed")
      expect(await migrate(db, other, "none")).toEqual(["0001_tables"])
      expect(await verifySchema(db, other)).toContain("table other_organizations")
    })

    it("may run in two processes at once", async () => {
      const ran = await Promise.all([migrate(db, other), migrate(db, other)])
      expect(ran.flat()).toEqual(["0001_tables"])
      expect(await verifySchema(db, other)).toEqual([])
      await migrate(db, other, "none")
    })

    it("make the same tables as the plain SQL", async () => {
      const own = async () => (await tables("other_")).filter((each) => !each.startsWith("other_migrations"))
      await migrate(db, other)
      const migrated = await own()
      await migrate(db, other, "none")
      for (const statement of statements(schemaSql(other))) await run(db, statement)
      const made = await own()
      await migrate(db, other)
      await migrate(db, other, "none")
      expect(migrated.length).toBeGreaterThan(30)
      expect(migrated).toEqual(made)
    })
  })

  describe("verifySchema", () => {
    it("names the table, the column and the index that is missing", async () => {
      const partial = { ...options, prefix: "part_" }
      for (const statement of statements(schemaSql(partial))) await run(db, statement)
      expect(await verifySchema(db, partial)).toEqual([])
      const place = options.schema === undefined ? "" : `${options.schema}.`
      await run(db, `alter table ${place}part_memberships rename column name to called`)
      expect(await verifySchema(db, partial)).toEqual(["column part_memberships.name"])
      await run(db, `drop table ${place}part_requests`)
      expect(await verifySchema(db, partial)).toEqual([
        "column part_memberships.name",
        ...["table part_requests", ...["account", "request", "at"].map((column) => `column part_requests.${column}`)],
        "index part_requests_at_idx",
      ])
    })
  })

  it("requests and holds are forgotten two days after, and no earlier", async () => {
    const { store } = await open()
    const layout = layoutOf(options)
    const left = async () => {
      const counts = ["requests", "holds", "holdMeters"] as const
      const rows = counts.map((name) => run(db, `select count(*) as n from ${layout.tables[name].texts[0]}`))
      return (await Promise.all(rows)).map(({ rows: [row] }) => Number((row as Readonly<{ n: unknown }>).n))
    }
    const takes = [{ name: "quota api", period: "2026-01", cap: null }]
    const at = (hours: number) => new Date(BUILT_AT.getTime() + hours * 3_600_000)
    await store.usage.consume(aConsumption("user:u_ada", { takes, request: "r1" }))
    await store.usage.hold(aConsumption("user:u_ada", { takes }), aHold({ expiresAt: at(1) }))
    await forget(openSession(db, layout), at(47))
    expect(await left()).toEqual([1, 1, 1])
    await forget(openSession(db, layout), at(48))
    expect(await left()).toEqual([0, 1, 1])
    await forget(openSession(db, layout), at(49))
    expect(await left()).toEqual([0, 0, 0])
  })

  it("withTransaction throws for what is no transaction", () => {
    const store = kyselyStore(db, options)
    for (const none of [db, {}, null, "begin", store]) expect(() => store.withTransaction?.(none)).toThrow(TypeError)
  })

  it("a failure says nothing of the database", async () => {
    const nowhere = kyselyStore(db, { ...options, prefix: "nowhere_" })
    const error = await nowhere.commit(beginning(anOrganization())).catch((thrown: unknown) => thrown)
    expect(isTenantryError(error) && [error.code, error.details, error.cause]).toEqual(["unavailable", {}, undefined])
    expect(JSON.stringify(error)).not.toContain("nowhere")
  })
}
