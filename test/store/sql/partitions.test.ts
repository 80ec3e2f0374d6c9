/**
 * The port over Postgres tables that are partitioned as the documentation says.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import { sql } from "kysely"
import { afterAll, beforeAll, expect, it } from "vitest"
import { kyselyStore, verifySchema } from "../../../src/store/kysely/kysely-store.ts"
import { aMembership, anOrganization, beginning, storeConformance } from "../../../src/testing/testing.ts"
import { describeWith } from "../../server.ts"
import { openPostgres } from "./databases.ts"

const page = readFileSync(new URL("../../../docs/scaling.md", import.meta.url), "utf8")
const script = /```sql\n(do \$\$.*?)```/s.exec(page)?.[1] ?? ""

describeWith("the store over partitioned tables", await openPostgres(), (database) => {
  const { db, options } = database
  const schema = options.schema ?? ""
  const acme = anOrganization()
  const member = aMembership(acme)

  beforeAll(async () => {
    await kyselyStore(db, options).commit(beginning(acme, { memberships: { insert: [member] } }))
    await db.transaction().execute(async (transaction) => {
      await sql`set local search_path to ${sql.ref(schema)}`.execute(transaction)
      await sql.raw(script).execute(transaction)
    })
  })
  afterAll(() => database.close())

  it("what was there is there, and nothing is missing", async () => {
    const { rows } = await sql<{ name: string; parts: string }>`
      select inhparent::regclass::text as name, count(*) as parts from pg_inherits
        join pg_class on pg_class.oid = inhparent and pg_class.relkind = 'p'
        where relnamespace = ${schema}::regnamespace group by 1 order by 1`.execute(db)
    const named = ["activity", "api_keys", "invitations", "memberships", "outbox", "usage"]
    expect(rows).toEqual(named.map((name) => ({ name: `${schema}.tenantry_${name}`, parts: "16" })))
    expect(await verifySchema(db, options)).toEqual([])
    const found = await kyselyStore(db, options).load(acme.id, { memberOf: member.userId })
    expect(found?.memberOf).toEqual(member)
  })

  for (const { name, run } of storeConformance(database.open)) it(name, run)
})
