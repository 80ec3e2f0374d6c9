import { describe, expect, it } from "vitest"
import { idSchema, randomIds } from "../../src/kernel/id.ts"

describe("random ids", () => {
  const at = new Date("2026-01-01T00:00:00Z")

  it("carry their prefix and lower-case letters and digits only", () => {
    expect(randomIds.id("org", at)).toMatch(/^org_[a-z0-9]{25}$/)
  })

  it("sort by the millisecond they were made at, from 1970 to the year 5000", () => {
    const instants = [0, 1, 35, 36, at.getTime(), at.getTime() + 1, Date.UTC(5000, 0)]
    const ids = instants.map((ms) => randomIds.id("inv", new Date(ms)))
    expect([...ids].sort()).toEqual(ids)
  })

  it("never repeat within a millisecond", () => {
    expect(new Set(Array.from({ length: 10_000 }, () => randomIds.id("act", at))).size).toBe(10_000)
  })

  it("come with tokens of at least 190 bits and salts of 16 bytes", () => {
    expect(randomIds.token()).toMatch(/^[A-Za-z0-9_-]{32}$/)
    expect(randomIds.salt()).toMatch(/^[0-9a-f]{32}$/)
    expect(randomIds.token()).not.toBe(randomIds.token())
  })

  it("come with numbers from 0 up to 1", () => {
    for (const number of Array.from({ length: 1000 }, () => randomIds.random())) {
      expect(number).toBeGreaterThanOrEqual(0)
      expect(number).toBeLessThan(1)
    }
  })
})

describe("an id as input", () => {
  it.each(["", "org", "org_", "mem_1", "org_A", "org_1 ", "org_1\n", "org_../x", "ORG_1", `org_${"1".repeat(61)}`])(
    "is refused as %j before any look-up",
    (text) => {
      expect(idSchema("org").safeParse(text).success).toBe(false)
    },
  )
})
