/**
 * What a driver's error is taken for, and what is told of it.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import { failureOf, StatementFailed, toldOf } from "../../../src/store/kysely/errors.ts"

describe("a driver's error", () => {
  it.each([
    ["40001", "again"],
    ["40P01", "again"],
    ["55P03", "again"],
    ["ER_LOCK_DEADLOCK", "again"],
    ["ER_LOCK_WAIT_TIMEOUT", "again"],
    ["SQLITE_BUSY", "again"],
    ["SQLITE_BUSY_SNAPSHOT", "again"],
    ["SQLITE_LOCKED", "again"],
    ["23505", "taken"],
    ["ER_DUP_ENTRY", "taken"],
    ["SQLITE_CONSTRAINT_UNIQUE", "taken"],
    ["SQLITE_CONSTRAINT_PRIMARYKEY", "taken"],
    ["23503", "lost"],
    ["57P01", "lost"],
    ["ECONNREFUSED", "lost"],
    ["SQLITE_CORRUPT", "lost"],
    ["toString", "lost"],
    [40001, "lost"],
  ] as const)("with the code %s is taken for `%s`", (code, failure) => {
    expect(failureOf(Object.assign(new Error("secret"), { code }))).toBe(failure)
  })

  it.each([undefined, null, "40001", new Error("40001")])("without a code is taken for `lost`: %s", (error) => {
    expect(failureOf(error)).toBe("lost")
  })
})

describe("what is told", () => {
  it.each([
    ["again", false, "unavailable", {}],
    ["taken", false, "unavailable", {}],
    ["lost", false, "unavailable", {}],
    ["again", true, "conflict", { retry: "transaction" }],
    ["taken", true, "conflict", { retry: "transaction" }],
    ["lost", true, "unavailable", {}],
  ] as const)("of `%s`, in a transaction: %s", (failure, isInTransaction, code, details) => {
    expect(toldOf(new StatementFailed(failure), isInTransaction)).toMatchObject({
      name: "TenantryError",
      code,
      details,
    })
  })

  it("of a caller's own error is that error", () => {
    const own = new Error("changed my mind")
    expect(toldOf(own, true)).toBe(own)
  })
})
