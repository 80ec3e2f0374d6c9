/**
 * What everybody is timed at, and how: laps, of so many lanes at once.
 *
 * @module
 */

/** Each thing that is done, and how often in a lap: by one lane alone, and by each of many. */
export const DEEDS = {
  "create an organization": [12, 3],
  invite: [12, 3],
  "accept an invitation": [12, 3],
  "change a role": [12, 3],
  "create a key": [12, 3],
  "check access": [100, 20],
  "verify a key": [100, 20],
  "verify a key, meter: false": [100, 20],
  "first page of 1,000 members": [20, 4],
  "last page of 1,000 members": [20, 4],
  "first page of 100,000 members": [20, 4],
  "last page of 100,000 members": [20, 4],
} as const satisfies Readonly<Record<string, readonly [alone: number, each: number]>>

export type Deed = keyof typeof DEEDS

export const CROWD = 16
/** Organizations that are there besides, and how many members each of them has. */
export const OTHERS = { organizations: 1_000, members: 50 } as const
export const PAGE = 100
/** How many members the organizations have whose members are listed. */
export const SIZES = [1_000, 100_000] as const

/** Which organization a list is of, and whether it is its last page; null for what is no list. */
export function listOf(deed: Deed): Readonly<{ size: number; isLast: boolean }> | null {
  const [, page, size] = /^(first|last) page of ([\d,]+)/.exec(deed) ?? []
  return size === undefined ? null : { size: Number(size.replace(",", "")), isLast: page === "last" }
}

/** Does a deed once more: the `time`th of its lane. */
export type Doing = (time: number) => Promise<unknown>

export type Contestant = Readonly<{
  /** Makes what one lane needs, in an organization of its own, to do a deed so many times. */
  ready: (deed: Deed, times: number) => Promise<Doing>
  sent: () => number
  close: () => Promise<void>
}>

/** What one deed took: nanoseconds of time, nanoseconds of this process's processors, and statements. */
export type Lap = Readonly<{ time: number; processor: number; statements: number }>

/** Runs one lap, in which each lane does one after another; what they need is made beforehand. */
export async function lap({ ready, sent }: Contestant, deed: Deed, lanes: number): Promise<Lap> {
  const times = DEEDS[deed][lanes === 1 ? 0 : 1]
  const doings: Doing[] = []
  for (let lane = 0; lane < lanes; lane++) doings.push(await ready(deed, times))
  const [before, began, start] = [sent(), process.cpuUsage(), process.hrtime.bigint()]
  await Promise.all(
    doings.map(async (doing) => {
      for (let time = 0; time < times; time++) await doing(time)
    }),
  )
  const time = Number(process.hrtime.bigint() - start)
  const { user, system } = process.cpuUsage(began)
  const deeds = lanes * times
  return { time: time / deeds, processor: ((user + system) * 1000) / deeds, statements: (sent() - before) / deeds }
}
