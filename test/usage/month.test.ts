import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { monthBounds, monthOf } from "../../src/usage/month.ts"

const SECOND = 1000
const HOUR = 3_600_000
const DAY = 24 * HOUR

const ZONES = [...Intl.supportedValuesOf("timeZone"), "UTC"]
const zone = fc.constantFrom(...ZONES)
const instant = fc.date({ min: new Date("1900-01-01"), max: new Date("2100-01-01"), noInvalidDate: true })

const later = (at: Date, ms: number): Date => new Date(at.getTime() + ms)

/** What the zone's calendar shows, by a way of asking that the module does not use. */
const shown = (at: Date, timeZone: string): string =>
  at.toLocaleDateString("sv-SE", { timeZone, year: "numeric", month: "2-digit" }).slice(0, 7)

describe("a month", () => {
  it.each([
    ["2026-03-01T00:00:00.000Z", "UTC", "2026-03"],
    ["2026-02-28T23:59:59.999Z", "UTC", "2026-02"],
    ["2026-02-28T23:59:59.999Z", "Europe/Lisbon", "2026-02"],
    ["2026-02-28T23:00:00.000Z", "Europe/Berlin", "2026-03"],
    ["2026-03-01T04:59:59.999Z", "America/New_York", "2026-02"],
    ["2026-03-31T18:30:00.000Z", "Asia/Kolkata", "2026-04"],
    ["2026-03-31T18:14:59.999Z", "Asia/Kathmandu", "2026-03"],
    ["2026-03-31T18:15:00.000Z", "Asia/Kathmandu", "2026-04"],
    ["2026-10-31T10:00:00.000Z", "Pacific/Kiritimati", "2026-11"],
    ["2026-11-01T11:59:59.999Z", "Etc/GMT+12", "2026-10"],
    ["2025-12-31T23:59:59.999Z", "UTC", "2025-12"],
    ["2028-02-29T12:00:00.000Z", "UTC", "2028-02"],
  ])("of %s in %s is %s", (at, timezone, month) => {
    expect(monthOf(new Date(at), timezone)).toBe(month)
  })

  it("is the one that the zone's calendar shows, in the middle of every month of every zone", () => {
    fc.assert(
      fc.property(instant, zone, (at, timezone) => {
        const middle = new Date(at)
        middle.setUTCDate(15)
        expect(monthOf(middle, timezone)).toBe(shown(middle, timezone))
      }),
      { numRuns: 300 },
    )
  })

  it("holds its instant, and begins where the one before ends and ends where the next begins", () => {
    fc.assert(
      fc.property(instant, zone, (at, timezone) => {
        const month = monthOf(at, timezone)
        const { start, end } = monthBounds(at, timezone)
        expect(start <= at && at < end).toBe(true)
        for (const inside of [start, later(end, -1)]) expect(monthOf(inside, timezone)).toBe(month)
        expect(monthBounds(end, timezone).start).toEqual(end)
        expect(monthBounds(later(start, -1), timezone).end).toEqual(start)
        expect(monthOf(end, timezone) > month && monthOf(later(start, -1), timezone) < month).toBe(true)
        const days = (end.getTime() - start.getTime()) / DAY
        expect(days).toBeGreaterThan(26.9)
        expect(days).toBeLessThan(32.1)
      }),
      { numRuns: 300 },
    )
  })

  it("never goes back while time goes on", () => {
    fc.assert(
      fc.property(instant, fc.array(fc.integer({ min: 0, max: 40 * DAY })), zone, (at, steps, timezone) => {
        let [time, month] = [at, monthOf(at, timezone)]
        for (const step of steps) {
          time = later(time, step)
          const next = monthOf(time, timezone)
          expect(next >= month).toBe(true)
          month = next
        }
      }),
      { numRuns: 100 },
    )
  })

  it("is the same whichever instants and zones were asked for before", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(instant, zone), { maxLength: 20 }), (asked) => {
        const forwards = asked.map(([at, timezone]) => monthOf(at, timezone))
        const backwards = asked.toReversed().map(([at, timezone]) => monthOf(at, timezone))
        expect(backwards.toReversed()).toEqual(forwards)
      }),
      { numRuns: 50 },
    )
  })

  it("begins, in every zone, at the first second that its calendar shows the month", () => {
    for (const timezone of ZONES) {
      for (const middle of ["2009-11-15", "2026-04-15"]) {
        const at = new Date(middle)
        const { start } = monthBounds(at, timezone)
        expect([shown(start, timezone), shown(later(start, -SECOND), timezone)]).toEqual([
          monthOf(at, timezone),
          monthOf(later(start, -SECOND), timezone),
        ])
      }
    }
  })
})

describe("a month's first instant", () => {
  it("moves with the zone's summer time", () => {
    const starts = ["2026-03-15", "2026-04-15"].map((at) => monthBounds(new Date(at), "America/New_York").start)
    expect(starts).toEqual([new Date("2026-03-01T05:00Z"), new Date("2026-04-01T04:00Z")])
  })

  it("is after the gap where clocks skip its midnight", () => {
    // Clocks in Amman went from 24:00 on 31 March 2011 to 01:00.
    const { start } = monthBounds(new Date("2011-04-15"), "Asia/Amman")
    expect(start).toEqual(new Date("2011-03-31T22:00Z"))
    expect(monthOf(later(start, -1), "Asia/Amman")).toBe("2011-03")
  })

  it("is not affected by a date that the zone skipped", () => {
    // Apia had no 30 December 2011.
    const { start, end } = monthBounds(new Date("2011-12-15"), "Pacific/Apia")
    expect([start, end]).toEqual([new Date("2011-12-01T10:00Z"), new Date("2011-12-31T10:00Z")])
    expect((end.getTime() - start.getTime()) / DAY).toBe(30)
    for (const at of ["2011-12-30T09:59:59.999Z", "2011-12-30T10:00:00.000Z"]) {
      expect(monthOf(new Date(at), "Pacific/Apia")).toBe("2011-12")
    }
  })

  it("comes once where clocks are set back over its midnight", () => {
    // Clocks in St. John's went from 00:01 on 1 November 2009 to 23:01 on 31 October.
    const { start } = monthBounds(new Date("2009-11-15"), "America/St_Johns")
    expect(start).toEqual(new Date("2009-11-01T02:30Z"))
    const back = later(start, 2 * 60 * SECOND)
    expect(shown(back, "America/St_Johns")).toBe("2009-10")
    monthOf(new Date("2026-01-15"), "America/St_Johns")
    expect(monthOf(back, "America/St_Johns")).toBe("2009-11")
    expect(monthOf(later(start, -1), "America/St_Johns")).toBe("2009-10")
  })

  it("is right to the second where the zone kept local time", () => {
    const { start } = monthBounds(new Date("1880-06-15"), "Europe/Amsterdam")
    expect(shown(start, "Europe/Amsterdam")).toBe("1880-06")
    expect(shown(later(start, -SECOND), "Europe/Amsterdam")).toBe("1880-05")
  })
})

describe("a zone", () => {
  it("may be written in any case, or as an alias", () => {
    const at = new Date("2026-02-28T23:30:00.000Z")
    for (const timezone of ["europe/berlin", "EUROPE/BERLIN"]) expect(monthOf(at, timezone)).toBe("2026-03")
    expect(monthOf(at, "Asia/Calcutta")).toBe(monthOf(at, "Asia/Kolkata"))
  })

  it("is taken for UTC where this runtime does not know it", () => {
    expect(monthOf(new Date("2026-02-28T23:59:59.999Z"), "Mars/Olympus_Mons")).toBe("2026-02")
    expect(monthBounds(new Date("2026-02-15"), "Mars/Olympus_Mons").end).toEqual(new Date("2026-03-01"))
  })

  it("is asked for anew after a thousand others, and answers the same", () => {
    const at = new Date("2026-02-28T23:30:00.000Z")
    const month = monthOf(at, "Europe/Berlin")
    for (let other = 0; other < 1100; other++) monthOf(at, `Mars/${other}`)
    expect(monthOf(at, "Europe/Berlin")).toBe(month)
  })
})
