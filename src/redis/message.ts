/**
 * What processes tell each other: which organizations and accounts were written.
 *
 * @module
 */
import type { Boundary } from "../api-key/record-cache.ts"

/** The form of a message. One of another version is not understood, and forgets everything. */
const VERSION = 1

/** Boundaries named by one message. */
const NAMED = 1000

/** The messages that tell of a drop. */
export const writeDrops = (boundaries: readonly Boundary[]): readonly string[] =>
  Array.from({ length: Math.ceil(boundaries.length / NAMED) }, (_, index) =>
    JSON.stringify({ v: VERSION, drop: boundaries.slice(index * NAMED, (index + 1) * NAMED) }),
  )

/** The boundaries that a message names, or null for one that cannot be read. */
export function readDrop(message: string): readonly Boundary[] | null {
  try {
    const { v, drop } = JSON.parse(message) as Readonly<{ v?: unknown; drop?: unknown }>
    return v === VERSION && Array.isArray(drop) && drop.every(isName) ? drop : null
  } catch {
    return null
  }
}

const isName = (name: unknown): name is Boundary => typeof name === "string"
