import { describe, expect, expectTypeOf, it } from "vitest"
import { attempt, type ErrorCode, errorStatus, isTenantryError, TenantryError } from "../../src/kernel/error.ts"

describe("the error", () => {
  it("has a code, an HTTP status, a public message and details", () => {
    const error = new TenantryError("slug_taken", { slug: "acme" })
    expect(error).toBeInstanceOf(Error)
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: "slug_taken",
      status: 409,
      message: "slug taken",
      details: { slug: "acme" },
    })
    expect(errorStatus("slug_taken")).toBe(409)
  })

  it("narrows its details by its code", () => {
    const error: unknown = new TenantryError("slug_taken", { slug: "acme" })
    if (!isTenantryError(error)) throw new Error("not recognised")
    if (error.code === "slug_taken") expectTypeOf(error.details).toEqualTypeOf<Readonly<{ slug: string }>>()
    expectTypeOf(error.code).toEqualTypeOf<ErrorCode>()
  })

  it("is recognised across copies of the package, and nothing else is", () => {
    const copy = Object.assign(new Error("x"), { [Symbol.for("tenantry.error")]: true, code: "not_found" })
    expect(isTenantryError(copy)).toBe(true)
    for (const other of [new Error("x"), null, undefined, "x", { code: "not_found" }]) {
      expect(isTenantryError(other)).toBe(false)
    }
  })

  it("becomes a value with attempt; any other error is thrown on", async () => {
    expect(await attempt(Promise.resolve(1))).toEqual({ ok: true, value: 1 })
    const failed = await attempt(Promise.reject(new TenantryError("not_found", {})))
    expect(failed).toMatchObject({ ok: false, error: { code: "not_found" } })
    await expect(attempt(Promise.reject(new TypeError("bug")))).rejects.toThrow("bug")
  })
})
