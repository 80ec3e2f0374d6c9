/**
 * The embedded rate limiter: the generic cell rate algorithm, in this process's memory.
 *
 * A key owes for what it took: each unit costs the milliseconds of a window, and `limit` of them are paid off per
 * millisecond. So everything is a whole number, a key may spend all of its limit at once, and then gets it back evenly.
 *
 * @module
 */
import type { RateLimiter } from "./rate-limit.ts"

/** What a key owed at an instant, less than nothing if it was given back too much, and when it is paid off. */
export type Debt = { owed: number; at: number; clearAt: number }

/** Debts looked at whenever a key is new: two for one, so that those paid off go faster than new ones come. */
const SWEPT = 2

/** Limits by process: with several, each grants the whole limit. Keeps what keys owe in `debts` until it is paid off. */
export function gcraLimiter(debts: Map<string, Debt> = new Map()): RateLimiter {
  let sweeping = debts.entries()

  function sweep(at: number): void {
    let swept = 0
    for (const [key, { clearAt }] of sweeping) {
      if (clearAt <= at) debts.delete(key)
      if (++swept === SWEPT) return
    }
    sweeping = debts.entries()
  }

  return {
    take(key, units, { limit, windowSeconds }, at) {
      const window = windowSeconds * 1000
      const full = limit * window
      const asked = at.getTime()
      const debt = debts.get(key)
      // Requests may come out of order; only a clock that was set back by more than a window starts anew.
      const now = debt === undefined || debt.at > asked + window ? asked : Math.max(debt.at, asked)
      const owed = debt === undefined ? 0 : Math.min(full, Math.max(0, debt.owed - Math.max(0, now - debt.at) * limit))
      const wanted = owed + units * window
      const ok = units >= 0 && wanted <= full
      const owes = ok ? wanted : owed
      const clearAt = now + Math.ceil(owes / limit)
      if (debt !== undefined) {
        debt.owed = owes
        debt.at = now
        debt.clearAt = clearAt
      } else if (owes > 0) {
        debts.set(key, { owed: owes, at: now, clearAt })
        sweep(now)
      }
      const remaining = Math.floor((full - owes) / window)
      const resetAt = new Date(clearAt)
      if (ok) return { ok, limit, remaining, resetAt }
      const retryAt = units <= limit ? new Date(now + Math.ceil((wanted - full) / limit)) : null
      return { ok, limit, remaining, resetAt, retryAt }
    },

    giveBack(key, units, { limit, windowSeconds }, at) {
      const debt = debts.get(key)
      if (debt === undefined) return
      const returned = Math.max(0, debt.at - at.getTime()) * limit
      debt.owed -= Math.max(0, units * windowSeconds * 1000 - returned)
    },
  }
}
