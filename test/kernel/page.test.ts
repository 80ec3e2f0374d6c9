import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as z from "zod"
import { keyset, page, pageFields } from "../../src/kernel/page.ts"

const limits = { page: 3, pageMax: 5 }
const Fields = z.strictObject(pageFields(limits))
const identity = (row: string) => row

describe("a page", () => {
  it("shows every row once, whatever the limit", () => {
    const rows = fc.uniqueArray(fc.stringMatching(/^[a-z0-9_]{1,20}$/), { minLength: 0, maxLength: 40 })
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 5 }), (unsorted, limit) => {
        const all = [...unsorted].sort()
        const seen: string[] = []
        let cursor: string | null | undefined
        while (cursor !== null) {
          const input = Fields.parse({ limit, ...(cursor ? { cursor } : {}) })
          const by = keyset(input, limits)
          const found = all.filter((row) => by.after === null || row > by.after).slice(0, by.limit)
          const shown = page(found, by, identity, identity)
          expect(shown.data.length).toBeLessThanOrEqual(limit)
          seen.push(...shown.data)
          cursor = shown.nextCursor
        }
        expect(seen).toEqual(all)
      }),
    )
  })

  it("holds the default number of rows unless told", () => {
    expect(keyset(Fields.parse({}), limits)).toEqual({ after: null, limit: 4 })
  })

  it.each([{ limit: 0 }, { limit: 6 }, { limit: 1.5 }, { limit: "3" }, { cursor: "" }, { cursor: "a b" }])(
    "refuses %j",
    (input) => {
      expect(Fields.safeParse(input).success).toBe(false)
    },
  )

  it("refuses a cursor that no page gave", () => {
    const forged = ["org_1' or 1=1", "../../etc", "Ünïcode", "a\u0000b", "x".repeat(65)]
    for (const text of forged) {
      expect(Fields.safeParse({ cursor: Buffer.from(text).toString("base64url") }).success).toBe(false)
    }
    expect(Fields.safeParse({ cursor: `${Buffer.from("org_1").toString("base64url")}=` }).success).toBe(false)
  })
})
