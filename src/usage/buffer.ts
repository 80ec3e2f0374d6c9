/**
 * Counting in batches: uses wait, those alike as one, and are written together.
 *
 * ```
 *   add ─► waiting ──── full · old · flush ────► being written ─► told
 *             ▲                                       │
 *             └──────────────── failed ───────────────┘
 * ```
 *
 * @module
 */
import { max } from "date-fns/max"
import type { AccountId } from "../billing/account.ts"
import { port } from "../kernel/port.ts"
import type { Added, Consumption, Meter } from "./usage.ts"

/**
 * Uses that are not written yet. What it trades, by the `size` and `seconds` it is made with:
 *
 * - A process that dies loses at most the `size` uses that wait or are being written, none of them older than `seconds`
 *   and the time of one write; longer only while the store fails.
 * - Each process sees what the store held when the use was read, and what waits in itself. So an account is overdrawn by
 *   at most the units that wait in all other processes, and those of uses under way while a batch was written; where
 *   records are kept, also by what others wrote since the record was read, untold.
 * - A write that was made but whose answer was lost is made again: uses without a request id then count twice, as many
 *   as were in that batch.
 */
export interface UsageBuffer {
  /** Takes a use in; when there is no room, once there is. `unavailable`, and not counted, when the write it waits for fails. */
  add(consumption: Consumption): Promise<void>
  /** Units that were taken from that meter and are not written, those of callers who wait for room included. */
  waitingFor(account: AccountId, meter: Meter): number
  /** Writes everything that waits and tells of it; `unavailable` when it cannot. What it could not write goes on waiting. */
  flush(): Promise<void>
}

/** How many uses may wait or be written at once, and how many seconds one may wait. */
export type BufferBounds = Readonly<{ size: number; seconds: number }>

/** What is called with each batch once it is written. Whatever it throws is ignored: the batch is counted. */
export type Written = (batch: readonly Consumption[], added: readonly Added[]) => Promise<void>

/** Uses that count alike, as one. */
type Entry = { consumption: Consumption; uses: number }

/** A buffer over a store's counters. */
export function usageBuffer(
  usage: Readonly<{ add: (batch: readonly Consumption[]) => Promise<readonly Added[]> }>,
  { size, seconds }: BufferBounds,
  written: Written = async () => {},
): UsageBuffer {
  let waiting = emptyBatch()
  const units = unitsByMeter()
  /** Uses that wait or are being written. */
  let uses = 0
  /** The last write that began, whether one is under way, and the one that begins after it. */
  let begun: Promise<void> = Promise.resolve()
  let isWriting = false
  let next: Promise<void> | null = null
  let telling: Promise<void> = Promise.resolve()
  let timer: ReturnType<typeof setTimeout> | undefined

  function wake(): void {
    if (timer !== undefined || waiting.entries.length === 0) return
    timer = setTimeout(inBackground, seconds * 1000)
    timer.unref?.()
  }

  function sleep(): void {
    clearTimeout(timer)
    timer = undefined
  }

  /** A failure is tried again when the timer ends, or by whoever next needs room. */
  function inBackground(): void {
    sleep()
    void write().catch(() => {})
  }

  async function writeWaiting(): Promise<void> {
    const batch = waiting
    if (batch.entries.length === 0) return
    waiting = emptyBatch()
    isWriting = true
    sleep()
    const consumptions = batch.entries.map(({ consumption }) => consumption)
    try {
      const added = await port(() => usage.add(consumptions))
      for (const each of batch.entries) uses -= each.uses
      for (const each of consumptions) units.change(each, -each.units)
      telling = telling.then(() => written(consumptions, added)).catch(() => {})
    } catch (error) {
      const later = waiting
      waiting = batch
      for (const each of later.entries) put(waiting, each)
      throw error
    } finally {
      isWriting = false
      wake()
    }
  }

  /** What began before the call may have left out what waits now. Whoever calls before the next begins shares it. */
  function write(): Promise<void> {
    if (next !== null) return next
    const own: Promise<void> = begun
      .catch(() => {})
      .then(() => {
        next = null
        begun = own
        return writeWaiting()
      })
    next = own
    return own
  }

  const flush = async (): Promise<void> => {
    await write()
    await telling
  }

  return {
    async add(consumption) {
      units.change(consumption, consumption.units)
      try {
        while (uses >= size) await (isWriting ? begun : write())
      } catch (error) {
        units.change(consumption, -consumption.units)
        throw error
      }
      uses++
      put(waiting, { consumption, uses: 1 })
      if (uses >= size && !isWriting) inBackground()
      else wake()
    },
    waitingFor: (account, meter) => units.of(account, meter),
    flush,
  }
}

type Batch = Readonly<{ entries: Entry[]; alike: Map<string, Entry> }>

const emptyBatch = (): Batch => ({ entries: [], alike: new Map() })

/** Adds to the entry that counts alike, if there is one. */
function put({ entries, alike }: Batch, entry: Entry): void {
  const key = likenessOf(entry.consumption)
  const same = key === null ? undefined : alike.get(key)
  const merged = same && merge(same.consumption, entry.consumption)
  if (same === undefined || merged === undefined || !Number.isSafeInteger(merged.units)) {
    entries.push(entry)
    if (key !== null) alike.set(key, entry)
    return
  }
  same.consumption = merged
  same.uses += entry.uses
}

const merge = (a: Consumption, b: Consumption): Consumption => ({
  ...a,
  units: a.units + b.units,
  at: max([a.at, b.at]),
})

/** What two uses must share to count as one; null for a request that must be told apart. */
function likenessOf({ account, counter, takes, request }: Consumption): string | null {
  if (request !== null) return null
  const { organizationId, keyId, holder, api, plan, month } = counter
  const meters = takes.flatMap(({ name, period, cap }) => [name, period, cap])
  return JSON.stringify([account, organizationId, keyId, holder, api, plan, month, ...meters])
}

function unitsByMeter() {
  const units = new Map<string, number>()
  const keyOf = (account: AccountId, { name, period }: Meter) => JSON.stringify([account, name, period])
  return {
    of: (account: AccountId, meter: Meter): number => units.get(keyOf(account, meter)) ?? 0,
    change({ account, takes }: Consumption, by: number): void {
      for (const take of takes) {
        const key = keyOf(account, take)
        const left = (units.get(key) ?? 0) + by
        if (left === 0) units.delete(key)
        else units.set(key, left)
      }
    },
  }
}
