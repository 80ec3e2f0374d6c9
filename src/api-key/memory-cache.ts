/**
 * Records in this process's memory.
 *
 * @module
 */
import * as z from "zod"
import { parseInput } from "../kernel/input.ts"
import type { Boundary, KeptRecord, RecordCache } from "./record-cache.ts"

/** A cache that one process alone fills and empties. */
export interface MemoryCache extends RecordCache {
  /** Forgets everything, what is being read included: for who has to tell of drops elsewhere and missed some. */
  clear(): void
}

const Options = z.strictObject({ max: z.int().min(1).max(1_000_000).default(10_000) })

/** How many records are kept, 10,000 unless said; each takes a few kilobytes, more with large metadata or many rules. */
export type MemoryCacheOptions = z.input<typeof Options>

/** Boundaries whose last drop is remembered. Records older than the first of them are forgotten with it. */
const DROPS_KEPT = 10_000

/**
 * Keeps the records that were read last, for a product of one process: others are not told of what is dropped here, and
 * go by `recordStaleness` alone. Errors: `invalid_input`.
 */
export function memoryCache(options: MemoryCacheOptions = {}): MemoryCache {
  const { max } = parseInput(Options, options)
  const kept = new Map<string, Readonly<{ record: KeptRecord; mark: number }>>()
  /** The number of each boundary's last drop, in their order. */
  const dropped = new Map<Boundary, number>()
  let drops = 0
  /** What was read before this drop is forgotten, whatever it depends on. */
  let floor = 0

  const isCurrent = ({ boundaries }: KeptRecord, mark: number): boolean =>
    mark >= floor && boundaries.every((boundary) => (dropped.get(boundary) ?? 0) <= mark)

  /** Those read first go first: they are of use for the shortest time. */
  function makeRoom(now: Date): void {
    for (const [name, { record }] of kept) {
      if (kept.size < max && record.until > now) return
      kept.delete(name)
    }
  }

  return {
    get(name) {
      const found = kept.get(name)
      if (found === undefined) return undefined
      if (isCurrent(found.record, found.mark)) return found.record
      kept.delete(name)
      return undefined
    },
    mark: () => drops,
    put(name, record, mark) {
      if (!isCurrent(record, mark)) return
      kept.delete(name)
      makeRoom(record.readAt)
      kept.set(name, { record, mark })
    },
    drop(boundaries) {
      for (const boundary of boundaries) {
        dropped.delete(boundary)
        dropped.set(boundary, ++drops)
      }
      for (const [oldest, drop] of dropped) {
        if (dropped.size <= DROPS_KEPT) break
        dropped.delete(oldest)
        floor = drop
      }
    },
    clear() {
      floor = ++drops
      kept.clear()
      dropped.clear()
    },
  }
}
