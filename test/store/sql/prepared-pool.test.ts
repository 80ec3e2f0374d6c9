/**
 * Which statements get a name.
 *
 * @module
 */
import type { PostgresPool } from "kysely"
import { describe, expect, it } from "vitest"
import { marked } from "../../../src/store/kysely/marked.ts"
import { preparedPool } from "../../../src/store/kysely/prepared-pool.ts"

/** A pool of one client that keeps what it is asked. */
function watched() {
  const asked: unknown[][] = []
  const client = { query: (...statement: unknown[]) => asked.push(statement), release: () => asked.push(["release"]) }
  const pool = { connect: async () => client, end: async () => void asked.push(["end"]) }
  return { pool: preparedPool(pool as unknown as PostgresPool), asked }
}

describe("preparedPool", () => {
  it("names this library's statements, alike when they are alike", async () => {
    const { pool, asked } = watched()
    const client = await pool.connect()
    for (const text of ["select 1", "select 1", "select 2"]) client.query(marked(text), [1])
    const [first, second, third] = asked.map(([statement]) => statement as Record<string, unknown>)
    expect(first).toEqual({
      name: expect.stringMatching(/^tenantry_[0-9a-f]{40}$/),
      text: marked("select 1"),
      values: [1],
    })
    expect(second).toEqual(first)
    expect(third?.["name"]).not.toBe(first?.["name"])
  })

  it("leaves the host's own as they are", async () => {
    const { pool, asked } = watched()
    const client = await pool.connect()
    const cursor = { read: async () => [], close: async () => {} }
    client.query("select 1", [])
    client.query(cursor)
    client.release()
    await pool.end()
    expect(asked).toEqual([["select 1", []], [cursor, undefined], ["release"], ["end"]])
  })

  it("has what else its pool and their clients have, as they have it then", async () => {
    const released: unknown[] = []
    const client = { query: () => {}, release: () => released.push("at first"), processID: 7 }
    const pool = preparedPool({ connect: async () => client, end: async () => {}, options: { max: 3 } } as never)
    expect(pool).toHaveProperty("options", { max: 3 })
    const found = await pool.connect()
    expect(found).toHaveProperty("processID", 7)
    client.release = () => released.push("anew")
    found.release()
    expect(released).toEqual(["anew"])
  })

  it("answers the same client for the same connection", async () => {
    const { pool } = watched()
    expect(await pool.connect()).toBe(await pool.connect())
  })
})
