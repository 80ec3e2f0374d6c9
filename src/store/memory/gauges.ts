/**
 * Meters: their periods, and what is held of them as of an instant.
 *
 * @module
 */
import { productOfMeter } from "../../usage/meter.ts"
import type { Meter, MeterStanding } from "../../usage/usage.ts"
import type { Gauge, Kept, Ledger, Line } from "./books.ts"
import { reversible, type Write } from "./table.ts"

/** The newest period of the meter of that name. */
export function newestOf({ quotas, allowances }: Ledger, name: string): Gauge | null {
  for (const quota of quotas) if (quota.name === name) return quota
  return allowances?.get(name) ?? null
}

/** The meter in that period, or null. */
export function gaugeOf(ledger: Ledger, { name, period }: Meter): Gauge | null {
  let gauge = newestOf(ledger, name)
  while (gauge !== null && gauge.period > period) gauge = gauge.older
  return gauge?.period === period ? gauge : null
}

/** Puts a new meter among the ledger's, newest period first. */
export const openingGauge = (ledger: Ledger, gauge: Gauge): Write =>
  reversible(
    () => {
      const newer = newerThan(ledger, gauge)
      gauge.older = newer === null ? newestOf(ledger, gauge.name) : newer.older
      if (newer === null) setNewest(ledger, gauge.name, gauge)
      else newer.older = gauge
    },
    () => {
      const newer = newerThan(ledger, gauge)
      if (newer === null) setNewest(ledger, gauge.name, gauge.older)
      else newer.older = gauge.older
    },
  )

/** The period just after that one, or null. */
function newerThan(ledger: Ledger, { name, period }: Meter): Gauge | null {
  let newer: Gauge | null = null
  for (let each = newestOf(ledger, name); each !== null && each.period > period; each = each.older) newer = each
  return newer
}

function setNewest(ledger: Ledger, name: string, gauge: Gauge | null): void {
  const { quotas } = ledger
  if (productOfMeter(name) !== null) {
    const at = quotas.findIndex((quota) => quota.name === name)
    quotas.splice(at < 0 ? quotas.length : at, at < 0 ? 0 : 1, ...(gauge === null ? [] : [gauge]))
    return
  }
  ledger.allowances ??= new Map()
  if (gauge === null) ledger.allowances.delete(name)
  else ledger.allowances.set(name, gauge)
}

/** How a meter stands; one that was never taken from stands at nothing. */
export const standingOf = ({ name, period }: Meter, gauge: Gauge | null, at: number): MeterStanding => ({
  name,
  period,
  used: gauge?.used ?? 0,
  held: gauge === null ? 0 : heldOf(gauge, at),
})

/** What is held of a meter at that instant. */
export const heldOf = ({ line }: Gauge, at: number): number => (line === null ? 0 : heldIn(line, at))

/** Moves the line's instant, on or back, by as many holds as lie between. */
function heldIn(line: Line, at: number): number {
  const { holds } = line
  for (let next = holds[line.lapsed]; next !== undefined && next.expires <= at; next = holds[line.lapsed]) {
    line.held -= next.hold.units
    line.lapsed++
  }
  for (let last = holds[line.lapsed - 1]; last !== undefined && last.expires > at; last = holds[line.lapsed - 1]) {
    line.held += last.hold.units
    line.lapsed--
  }
  return line.held
}

/** Keeps a hold's units aside. */
export function keepAside(gauge: Gauge, kept: Kept): void {
  gauge.line ??= { holds: [], lapsed: 0, held: 0 }
  const { line } = gauge
  const at = placeOf(line, kept)
  line.holds.splice(at, 0, kept)
  if (at < line.lapsed) line.lapsed++
  else line.held += kept.hold.units
}

/** Keeps them no longer. */
export function letGo({ line }: Gauge, kept: Kept): void {
  if (line === null) return
  const at = placeOf(line, kept)
  if (line.holds[at] !== kept) return
  line.holds.splice(at, 1)
  if (at < line.lapsed) line.lapsed--
  else line.held -= kept.hold.units
}

/** How many holds of the line expire before that one, or with it and have a lesser id. */
function placeOf({ holds }: Line, kept: Kept): number {
  let low = 0
  let high = holds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = holds[middle]
    if (other !== undefined && isBefore(other, kept)) low = middle + 1
    else high = middle
  }
  return low
}

const isBefore = (a: Kept, b: Kept): boolean =>
  a.expires < b.expires || (a.expires === b.expires && a.hold.id < b.hold.id)
