import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { canonicalJson, type Json, jsonObject } from "../../src/kernel/json.ts"

const Metadata = jsonObject(100, 3)

describe("canonical JSON", () => {
  it("is the same text whatever the order of keys, and reads back as the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as Json
        const reversed = JSON.parse(JSON.stringify(json), (_, part) =>
          part !== null && typeof part === "object" && !Array.isArray(part)
            ? Object.fromEntries(Object.entries(part).reverse())
            : part,
        ) as Json
        expect(canonicalJson(reversed)).toBe(canonicalJson(json))
        expect(JSON.parse(canonicalJson(json))).toEqual(json)
      }),
    )
  })
})

describe("metadata", () => {
  const cyclic: Record<string, unknown> = {}
  cyclic["self"] = cyclic

  it.each([
    ["an array", []],
    ["a string", "x"],
    ["null", null],
    ["a class's instance", { at: new Date(0) }],
    ["a function", { f: () => 1 }],
    ["undefined", { x: undefined }],
    ["a bigint", { x: 1n }],
    ["NaN", { x: Number.NaN }],
    ["a cycle", cyclic],
    ["an own __proto__", JSON.parse('{"__proto__": {"admin": true}}')],
    ["a nested constructor", { a: { constructor: 1 } }],
    ["a lone surrogate", { x: "\ud800" }],
    ["U+0000", { x: "a\u0000b" }],
    ["U+0000 in a key", { "a\u0000b": 1 }],
  ])("refuses %s", (_, value) => {
    expect(Metadata.safeParse(value).success).toBe(false)
  })

  it("is bounded in depth", () => {
    expect(Metadata.safeParse({ a: { b: { c: 1 } } }).success).toBe(true)
    expect(Metadata.safeParse({ a: { b: { c: { d: 1 } } } }).success).toBe(false)
  })

  it("is bounded in bytes of UTF-8, not in characters", () => {
    expect(Metadata.safeParse({ x: "a".repeat(92) }).success).toBe(true)
    expect(Metadata.safeParse({ x: "a".repeat(93) }).success).toBe(false)
    expect(Metadata.safeParse({ x: "é".repeat(47) }).success).toBe(false)
  })

  it("is copied, so that a later change to the caller's own reaches nothing", () => {
    const mine = { tags: ["a"] }
    const kept = Metadata.parse(mine)
    mine.tags.push("b")
    expect(kept).toEqual({ tags: ["a"] })
  })
})
