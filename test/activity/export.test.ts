/**
 * Exports can be read back, and do nothing in a spreadsheet.
 *
 * @module
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ActivityEntry } from "../../src/activity/activity.ts"
import { csvRecord } from "../../src/activity/csv.ts"
import { readEntry } from "../../src/activity/entry.ts"
import { csvHeader, csvLine, jsonLine } from "../../src/activity/export.ts"
import { chains, ORGANIZATION } from "./chains.ts"
import { readCsv } from "./csv-reader.ts"

const entry: ActivityEntry = {
  id: "act_1" as ActivityEntry["id"],
  organizationId: ORGANIZATION,
  seq: 3,
  action: "member.removed",
  at: new Date("2026-03-01T10:00:00.123Z"),
  actor: {
    type: "user",
    id: "-2+3",
    userId: "u_ada",
    email: "ada@acme.example",
    name: '=HYPERLINK("https://evil.example","Ada")',
    ip: null,
    userAgent: "@SUM(1)",
    requestId: null,
    impersonatedBy: null,
  },
  target: { type: "member", id: "mem_1", userId: "u_cy", email: null, name: "+1, Cy" },
  before: { role: "viewer" },
  after: null,
}

describe("CSV", () => {
  it("has fixed columns", () => {
    expect(readCsv(csvHeader() + csvLine(entry))).toEqual([
      [
        ...["seq", "id", "organizationId", "at", "action"],
        ...["actorType", "actorId", "actorUserId", "actorEmail", "actorName", "actorIp", "actorUserAgent"],
        ...["requestId", "impersonatedBy"],
        ...["targetType", "targetId", "targetUserId", "targetEmail", "targetName", "before", "after"],
      ],
      [
        ...["3", "act_1", ORGANIZATION, "2026-03-01T10:00:00.123Z", "member.removed"],
        ...[
          "user",
          "'-2+3",
          "u_ada",
          "ada@acme.example",
          `'=HYPERLINK("https://evil.example","Ada")`,
          null,
          "'@SUM(1)",
        ],
        ...[null, null],
        ...["member", "mem_1", "u_cy", null, "'+1, Cy", '{"role":"viewer"}', null],
      ],
    ])
  })

  const cell = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("=", "+", "-", "@", "\t", "\r", "\n", ",", '"', "'", " ", "a") }),
  )
  const isFormula = (text: string) => ["=", "+", "-", "@", "\t", "\r", "\n"].some((start) => text.startsWith(start))

  it("gives back every value; formulas behind an apostrophe", () => {
    const records = fc.array(fc.array(fc.option(cell), { minLength: 2, maxLength: 5 }), { maxLength: 4 })
    fc.assert(
      fc.property(records, (values) => {
        const shown = values.map((record) =>
          record.map((value) => (value !== null && isFormula(value) ? `'${value}` : value)),
        )
        expect(readCsv(values.map(csvRecord).join(""))).toEqual(shown)
      }),
    )
  })

  it("writes one record for an entry, whatever is in it", () => {
    fc.assert(
      fc.property(chains(1), ({ entries }) => {
        const lines = entries.map((stored) => csvLine(readEntry(stored)))
        const [header, ...records] = readCsv(csvHeader() + lines.join(""))
        expect(records.map(([seq]) => seq)).toEqual(entries.map(({ seq }) => String(seq)))
        for (const [index, record] of records.entries()) {
          expect(record.length).toBe(header?.length)
          const after = record.at(-1) ?? null
          expect(after === null ? null : JSON.parse(after)).toEqual(JSON.parse(entries[index]?.body ?? "").after)
        }
      }),
    )
  })
})

describe("JSON Lines", () => {
  it("gives back every entry, one on each line", () => {
    fc.assert(
      fc.property(chains(1), ({ entries }) => {
        const file = entries.map((stored) => jsonLine(readEntry(stored))).join("")
        expect(file.endsWith("\n")).toBe(true)
        const read = file
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line))
        expect(read).toEqual(entries.map((stored) => JSON.parse(JSON.stringify(readEntry(stored)))))
      }),
    )
  })
})
