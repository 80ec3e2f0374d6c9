/**
 * Calendar months in a time zone: what usage is counted by.
 *
 * @module
 */
import type { Branded } from "../kernel/id.ts"

/** A month by its year and number, `2026-03`. It is stored with what it counts, never worked out a second time. */
export type Month = Branded<"Month">

/** The instant that a month begins at, as `key` in text that sorts by time, and the first one after it. */
export type MonthBounds = Readonly<{ key: string; start: Date; end: Date }>

/** A month and the instants it lasts from and until, in milliseconds and as dates. */
type Span = Readonly<{ month: Month; start: number; end: number; bounds: MonthBounds }>

const DAY = 86_400_000
/** Zones kept at once: more than there are, fewer than there are ways to write them. */
const KEPT = 1000
const spans = new Map<string, Span>()
/** Where quotas are counted by, besides the zones of organizations. */
let utc: Span | undefined

/**
 * The month of an instant. A month begins when clocks in the zone first show it; setting them back over midnight does
 * not bring the old one back, so that months follow each other without a gap. A zone that this runtime lacks is UTC.
 */
export const monthOf = (at: Date, timezone: string): Month => spanOf(at.getTime(), timezone).month

/** The bounds of an instant's month. Every caller shares these dates: a host is given copies. */
export const monthBounds = (at: Date, timezone: string): MonthBounds => spanOf(at.getTime(), timezone).bounds

function spanOf(at: number, timezone: string): Span {
  const kept = timezone === "UTC" ? utc : spans.get(timezone)
  if (kept !== undefined && at >= kept.start && at < kept.end) return kept
  const span = findSpan(at, localClock(timezone))
  if (spans.size >= KEPT) spans.clear()
  if (timezone === "UTC") utc = span
  else spans.set(timezone, span)
  return span
}

/** What a clock on the wall shows at an instant, as if it were UTC. */
type LocalClock = (at: number) => number

function localClock(timezone: string): LocalClock {
  const format = formatter(timezone) ?? formatter("UTC")
  return (at) => {
    const [month = 1, day, year = 0, ...time] = (format?.format(at).match(/\d+/g) ?? []).map(Number)
    return Date.UTC(year, month - 1, day, ...time)
  }
}

function formatter(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    })
  } catch {
    return undefined
  }
}

/** Where clocks were set back over midnight, an instant can show the month before the one that has begun. */
function findSpan(at: number, local: LocalClock): Span {
  const shown = new Date(local(at))
  let [year, month] = [shown.getUTCFullYear(), shown.getUTCMonth()]
  let start = beginning(year, month, local)
  let end = beginning(year, month + 1, local)
  if (at >= end) {
    month++
    start = end
    end = beginning(year, month + 1, local)
  }
  const first = new Date(Date.UTC(year, month))
  const bounds = { key: new Date(start).toISOString(), start: new Date(start), end: new Date(end) }
  return { month: first.toISOString().slice(0, 7) as Month, start, end, bounds }
}

/** The first instant at which clocks show that month, or a later one. */
function beginning(year: number, month: number, local: LocalClock): number {
  const midnight = Date.UTC(year, month)
  const offset = (at: number) => local(at) - at
  let [before, after] = [midnight - DAY, midnight + DAY]
  const [old, next] = [offset(before), offset(after)]
  if (old === next) return midnight - old
  while (after - before > 1000) {
    const middle = before + Math.floor((after - before) / 2000) * 1000
    if (offset(middle) === old) before = middle
    else after = middle
  }
  return midnight - old < after ? midnight - old : Math.max(after, midnight - next)
}
