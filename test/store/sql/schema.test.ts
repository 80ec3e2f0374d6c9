/**
 * The schema as text, and what is written in it.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import { kyselyStore } from "../../../src/store/kysely/kysely-store.ts"
import { ALL_TABLES, indexName, schemaSql } from "../../../src/store/kysely/schema/schema.ts"
import { layoutOf } from "../../../src/store/kysely/tables/layout.ts"
import { openSqlite } from "./databases.ts"

const DIALECTS = ["postgres", "mysql", "sqlite"] as const

describe("the schema", () => {
  it.each(DIALECTS)("begins every primary key with whose the row is, on %s", (dialect) => {
    const homes = ["id", "organization_id", "account", "home", "slug"]
    const keys = [...schemaSql({ dialect }).matchAll(/primary key \(["`](\w+)["`]/g)].map(([, first]) => first)
    expect(keys.length).toBe(ALL_TABLES.length)
    expect(keys.filter((first) => !homes.includes(first ?? ""))).toEqual([])
  })

  it("names every index apart, within what databases allow, whatever the prefix", () => {
    for (const prefix of ["", "tenantry_", "a".repeat(20)]) {
      const names = ALL_TABLES.flatMap((table) => table.indexes.map((index) => indexName({ prefix }, table, index)))
      expect(new Set(names).size).toBe(names.length)
      expect(names.filter((name) => name.length > 63)).toEqual([])
    }
  })

  it("is in the Postgres schema that is asked for", () => {
    const text = schemaSql({ dialect: "postgres", schema: "app", prefix: "" })
    expect(text).toContain('create schema if not exists "app"')
    expect(text).toContain('create table if not exists "app"."memberships"')
    expect(text.match(/(?:references|on|exists) "(?!app")/g) ?? []).toEqual(
      text.match(/index if not exists "/g)?.map(() => 'exists "') ?? [],
    )
  })

  it.each([
    { dialect: "mysql", schema: "app" },
    { dialect: "sqlite", schema: "app" },
    { dialect: "postgres", prefix: "a b" },
    { dialect: "postgres", prefix: 'a"; drop' },
    { dialect: "sqlite", prefix: "a".repeat(21) },
  ] as const)("refuses %j", (options) => {
    expect(() => layoutOf(options)).toThrow(TypeError)
  })
})

it("a transaction that is none of Kysely's is refused at once", async () => {
  const { db, options, close } = await openSqlite()
  const store = kyselyStore(db, options)
  for (const other of [null, undefined, {}, db, store]) {
    expect(() => store.withTransaction?.(other)).toThrow(TypeError)
  }
  await close()
})
