/**
 * What was measured, beside what is wanted of it: on the console, and as the tables of docs/performance.md.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs"
import { isMet, quantile, type Result, result } from "../report.ts"
import { CROWD, type Deed, type Lap, listOf } from "./contest.ts"
import type { Crowds } from "./crowd.ts"

/** The laps of each contestant; the same round of two ran under the same conditions. */
export type Told = Readonly<{ tenantry: readonly Lap[]; byHand: readonly Lap[]; betterAuth: readonly Lap[] }>
export type Laps = Readonly<{ deed: Deed; lanes: number; told: Told }>

const PAGE = "docs/performance.md"
const [BEGIN, END] = ["<!-- measured: sql -->", "<!-- /measured: sql -->"]

const median = (values: readonly number[]): number => quantile(values, 0.5)
/** The median of `a / b`, round by round. */
const ratio = (a: readonly Lap[], b: readonly Lap[], of: keyof Lap): number =>
  median(a.map((each, at) => each[of] / (b[at]?.[of] ?? Number.NaN)))

const ms = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(2)
const quartiles = (laps: readonly Lap[]): string => {
  const times = laps.map(({ time }) => time)
  return `${ms(median(times))} (${ms(quantile(times, 0.25))}–${ms(quantile(times, 0.75))})`
}
const statements = (laps: readonly Lap[]): string =>
  String(Math.round(10 * median(laps.map((each) => each.statements))) / 10)
const processor = (laps: readonly Lap[]): string => (median(laps.map((each) => each.processor)) / 1000).toFixed(0)
const mark = (each: Result): string => `${each.measured.toFixed(2)}${isMet(each) ? "" : ` (wanted ${each.wanted})`}`

/** What is wanted of a deed, beside the same by hand and beside better-auth; the rest is told alone. */
function resultsOf({ deed, lanes, told: { tenantry, byHand, betterAuth } }: Laps) {
  const isVerification = deed.startsWith("verify")
  const isWrite = !isVerification && deed !== "check access" && listOf(deed) === null
  const time = ratio(tenantry, byHand, "time")
  const spent = ratio(tenantry, byHand, "processor")
  const faster = ratio(betterAuth, tenantry, "time")
  const sparing = ratio(betterAuth, tenantry, "processor")
  const any = Number.POSITIVE_INFINITY
  return {
    time: result("of the time by hand", time, "most", isWrite ? (lanes === 1 ? 0.6 : 0.8) : any),
    spent: result("of the processor time by hand", spent, "most", isVerification ? 1.6 : any),
    faster: result("faster than better-auth", faster, "least", isVerification ? 0 : deed === "create a key" ? 1.5 : 4),
    sparing: result("less processor time than better-auth", sparing, "least", isVerification ? 5 : 0),
  }
}

const row = (...cells: readonly string[]): string => `| ${cells.join(" | ")} |`

function tableOf(all: readonly Laps[]): readonly string[] {
  const head = [
    ...["", "Tenantry, ms", "by hand, ms", "better-auth, ms", "of by hand", "× faster than better-auth"],
    ...["statements", "Node CPU, µs", "CPU, of by hand", "CPU, × less than better-auth"],
  ]
  return [
    row(...head),
    row(...head.map((_, at) => (at === 0 ? "---" : "--:"))),
    ...all.map((each) => {
      const { tenantry, byHand, betterAuth } = each.told
      const { time, spent, faster, sparing } = resultsOf(each)
      const three = (of: (laps: readonly Lap[]) => string): string => [tenantry, byHand, betterAuth].map(of).join(" / ")
      return row(
        ...[each.deed, quartiles(tenantry), quartiles(byHand), quartiles(betterAuth), mark(time), mark(faster)],
        ...[three(statements), three(processor), mark(spent), mark(sparing)],
      )
    }),
  ]
}

/** The last page of the largest organization, beside the first of a small one, where both were measured. */
function growth(all: readonly Laps[]): readonly Line[] {
  const of = (deed: Deed) => all.find((each) => each.deed === deed)?.told.tenantry
  const [last, first] = [of("last page of 100,000 members"), of("first page of 1,000 members")]
  if (last === undefined || first === undefined) return []
  const grown = result("last page of 100,000, of the first of 1,000", ratio(last, first, "time"), "most", 1.3)
  return [`The last page of 100,000 members takes ${mark(grown)} × the first of 1,000.`, "", grown]
}

/** A line of the page, or a number beside what is wanted of it. */
type Line = string | Result

/** Each table, printed when it is there. */
export function linesOf(laps: readonly Laps[]): readonly Line[] {
  const lines = [1, CROWD].flatMap((lanes): readonly Line[] => {
    const own = laps.filter((each) => each.lanes === lanes)
    return [
      ...[`**${lanes === 1 ? "One after another" : `${lanes} at once`}**`, "", ...tableOf(own), ""],
      ...growth(own),
      ...own.flatMap((each) => Object.values(resultsOf(each))),
    ]
  })
  return printed(lines)
}

export function linesOfCrowds({ alone, atOnce, processes }: Crowds): readonly Line[] {
  const to = (name: string, times: readonly number[], wanted: number): Result =>
    result(name, median(times.map((time, at) => time / (alone[at] ?? 0))), "most", wanted)
  const [crowd, apart] = [to("at once", atOnce, 1.5), to("in four processes", processes, 5)]
  return printed([
    `200 people accept into one organization: ${ms(median(alone))} ms one after another, ` +
      `${ms(median(atOnce))} ms at once in one process (${mark(crowd)} ×), ` +
      `${ms(median(processes))} ms at once in four (${mark(apart)} ×).`,
    ...[crowd, apart],
  ])
}

const isText = (line: Line): line is string => typeof line === "string"

function printed(lines: readonly Line[]): readonly Line[] {
  console.log(lines.filter(isText).join("\n"))
  return lines
}

/** Writes the page where asked, and under `--strict` makes a miss an exit with 1. */
export function tell(lines: readonly Line[], { write, strict }: Readonly<{ write: boolean; strict: boolean }>): void {
  if (write) {
    const [before = "", rest = ""] = readFileSync(PAGE, "utf8").split(BEGIN)
    const [, after = ""] = rest.split(END)
    writeFileSync(PAGE, [before, BEGIN, "\n\n", lines.filter(isText).join("\n"), "\n\n", END, after].join(""))
  }
  if (strict && !lines.every((line) => isText(line) || isMet(line))) process.exitCode = 1
}
