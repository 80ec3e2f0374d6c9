/**
 * Turns: commands of one process at one organization run one after another.
 *
 * @module
 */
import { TenantryError } from "./error.ts"

/** Runs `work` when every earlier piece of work of the same key has ended. */
export type Queue = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** How long a command may wait for its turn, in milliseconds, before it answers `unavailable`. */
export const TURN_TIMEOUT = 10_000

/**
 * A queue for throughput only: the revision guard alone makes commands correct. Must not be entered while holding a
 * connection, a transaction or a row lock, nor for two keys at once.
 */
export function turns(timeout = TURN_TIMEOUT): Queue {
  const tails = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const before = tails.get(key)
    let release!: () => void
    const turn = new Promise<void>((resolve) => {
      release = resolve
    })
    const tail = before === undefined ? turn : before.then(() => turn)
    tails.set(key, tail)
    try {
      if (before !== undefined) await within(before, timeout)
      return await work()
    } finally {
      release()
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key)
      })
    }
  }
}

/** Waits for `turn`, at most `timeout` milliseconds. */
async function within(turn: Promise<unknown>, timeout: number): Promise<void> {
  const { exhausted, end } = patience(timeout)
  try {
    await Promise.race([turn, exhausted])
  } finally {
    end()
  }
}

/** What ends a wait: `exhausted` rejects with `unavailable` after so many milliseconds, unless `end` is called before. */
export function patience(milliseconds: number): Readonly<{ exhausted: Promise<never>; end: () => void }> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const exhausted = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TenantryError("unavailable", {})), milliseconds)
  })
  return { exhausted, end: () => clearTimeout(timer) }
}
