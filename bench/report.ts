/**
 * What every benchmark shares: rounds that take turns, ratios beside what is wanted of them, and `--strict`.
 *
 * @module
 */

/** Something to time: does its work `operations` times and answers what it found, so that none of it is optimised away. */
export type Contestant = Readonly<{ name: string; operations: number; run: () => number | Promise<number> }>

/** Nanoseconds an operation, round by round; the same round of two contestants ran under the same conditions. */
export type Timing = Readonly<{ name: string; rounds: readonly number[]; median: number }>

/** A number, and what is wanted of it. */
export type Result = Readonly<{ name: string; measured: number; wanted: number; bound: "most" | "least"; unit: string }>

/** Times the contestants in turns, so that whatever slows the machine slows all of them. */
export async function race(
  contestants: readonly Contestant[],
  { rounds = 41, warmUp = 5 } = {},
): Promise<readonly Timing[]> {
  const times = contestants.map((): number[] => [])
  const random = randomFrom(11)
  for (let round = -warmUp; round < rounds; round++) {
    // In another order every time, so that nobody always runs in the wake of the same neighbour.
    for (const [at, contestant] of shuffled([...contestants.entries()], random)) {
      const start = process.hrtime.bigint()
      const found = await contestant.run()
      const elapsed = Number(process.hrtime.bigint() - start)
      if (!Number.isFinite(found)) throw new Error(`${contestant.name} answered ${found}`)
      if (round >= 0) times[at]?.push(elapsed / contestant.operations)
    }
  }
  return contestants.map(({ name }, at) => timing(name, times[at] ?? []))
}

/** What was timed elsewhere, round by round. */
export const timing = (name: string, rounds: readonly number[]): Timing => ({ name, rounds, median: median(rounds) })

/** The median of `a / b`, round by round. */
export const ratio = (a: Timing | undefined, b: Timing | undefined): number =>
  median((a?.rounds ?? []).map((time, at) => time / (b?.rounds[at] ?? Number.NaN)))

/** A measured number of which at most, or at least, so much is wanted. */
export const result = (name: string, measured: number, bound: Result["bound"], wanted: number, unit = "×"): Result => ({
  name,
  measured,
  bound,
  wanted,
  unit,
})

/** Prints times, then each number beside what is wanted; under `--strict` a miss makes the process exit with 1. */
export function report(title: string, timings: readonly Timing[], results: readonly Result[]): void {
  console.log(`\n${title}`)
  for (const { name, median } of timings) console.log(`  ${name.padEnd(44)} ${median.toFixed(1).padStart(9)} ns`)
  for (const each of results) {
    const measured = `${round(each.measured)} ${each.unit}`
    const wanted = `at ${each.bound} ${each.wanted} ${each.unit}`
    console.log(`  ${isMet(each) ? "✓" : "✗"} ${each.name.padEnd(42)} ${measured.padStart(11)}   wanted ${wanted}`)
  }
  if (process.argv.includes("--strict") && !results.every(isMet)) process.exitCode = 1
}

/** Whether a number is as it is wanted. */
export const isMet = ({ measured, bound, wanted }: Result): boolean =>
  bound === "most" ? measured <= wanted : measured >= wanted

const round = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0))

const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The value that this share of the values is below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN
}

/** The same in an order that `random` determines. */
export function shuffled<T>(values: readonly T[], random: () => number): readonly T[] {
  const drawn = values.map((value) => ({ value, lot: random() }))
  return drawn.sort((a, b) => a.lot - b.lot).map(({ value }) => value)
}

/** Numbers in [0, 1) that a seed determines (mulberry32), so that every run asks the same. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
