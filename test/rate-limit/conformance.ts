/**
 * The rate limiter port's specification, as cases that any test runner can run.
 *
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict"
import type { RateLimit, RateLimiter, RateVerdict } from "../../src/rate-limit/rate-limit.ts"

/** A limiter that counts nothing yet, and the clock that it goes by. */
export type OpenLimiter = Readonly<{
  limiter: RateLimiter
  now: () => Date
  advance: (milliseconds: number) => Promise<void>
  close?: () => Promise<void>
}>

type LimiterCase = Readonly<{ name: string; run: () => Promise<void> }>

/** What every case asks of the limiter, at the present. */
type Scene = Readonly<{
  take: (units: number, limit?: RateLimit, key?: string) => Promise<RateVerdict>
  giveBack: (units: number, at: Date, limit?: RateLimit) => Promise<void>
  /** Takes one by one until refused, and answers how many it got. */
  drain: (limit?: RateLimit, key?: string) => Promise<number>
  now: () => Date
  advance: (milliseconds: number) => Promise<void>
  advanceTo: (at: Date | null | undefined) => Promise<void>
}>

const TEN: RateLimit = { limit: 10, windowSeconds: 60 }
const WINDOW = 60_000

const times = <T>(count: number, run: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => run(i))

const granted = (verdicts: readonly RateVerdict[]): number => verdicts.filter((verdict) => verdict.ok).length

const CASES: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  "from full, grants the limit one by one at one instant and no more": async ({ take, drain }) => {
    for (let left = 9; left >= 0; left--) {
      const verdict = await take(1)
      deepEqual([verdict.ok, verdict.limit, verdict.remaining], [true, 10, left])
    }
    equal(await drain(), 0)
  },

  "from full, grants the limit at once and no more": async ({ take, drain }) => {
    equal((await take(10)).ok, true)
    equal(await drain(), 0)
  },

  "takes all of the units or none of them": async ({ take }) => {
    equal((await take(7)).remaining, 3)
    const refused = await take(4)
    deepEqual([refused.ok, refused.remaining], [false, 3])
    const last = await take(3)
    deepEqual([last.ok, last.remaining], [true, 0])
  },

  "grants the limit to parallel takes and no more": async ({ take }) => {
    const verdicts = await Promise.all(times(40, () => take(1)))
    equal(granted(verdicts), 10)
    const remaining = verdicts.filter((verdict) => verdict.ok).map((verdict) => verdict.remaining)
    deepEqual(new Set(remaining), new Set(times(10, (left) => left)))
  },

  "takes nothing for those of parallel takes that it refuses": async ({ take, drain }) => {
    equal(granted(await Promise.all(times(20, () => take(3)))), 3)
    equal(await drain(), 1)
  },

  "keeps keys apart": async ({ take, drain }) => {
    const keys = ["key_1", "key_10", "key_1:", ":key_1", "60:key_1", "KEY_1", "key_1 ", "ключ", "key*", "k".repeat(64)]
    for (const key of keys) equal(await drain(TEN, key), 10, key)
    for (const key of keys) equal((await take(1, TEN, key)).ok, false, key)
  },

  "grants no units at any time, and takes nothing for them": async ({ take, drain, now }) => {
    const untouched = await take(0)
    deepEqual([untouched.ok, untouched.remaining, untouched.resetAt], [true, 10, now()])
    equal(await drain(), 10)
    const empty = await take(0)
    deepEqual([empty.ok, empty.remaining], [true, 0])
    ok(empty.resetAt > now())
  },

  "refuses more than the limit for ever, and takes nothing": async ({ take, drain }) => {
    const refused = await take(11)
    deepEqual([refused.ok, refused.remaining, refused.retryAt], [false, 10, null])
    equal(await drain(), 10)
  },

  "grants a refused take at its retryAt, within a window": async ({ take, advanceTo, now }) => {
    await take(8)
    const refused = await take(5)
    ok(refused.retryAt instanceof Date && refused.retryAt > now())
    ok(refused.retryAt.getTime() <= now().getTime() + WINDOW)
    await advanceTo(refused.retryAt)
    equal((await take(5)).ok, true)
  },

  "grants the whole limit at resetAt, within a window": async ({ take, advance, advanceTo, now, drain }) => {
    await take(4)
    await advance(WINDOW / 10)
    const { resetAt } = await take(6)
    ok(resetAt > now() && resetAt.getTime() <= now().getTime() + WINDOW)
    await advanceTo(resetAt)
    equal((await take(0)).remaining, 10)
    equal(await drain(), 10)
  },

  "does not put off what it refuses": async ({ take, advance, advanceTo, now }) => {
    await take(10)
    const { retryAt } = await take(2)
    while (retryAt && now().getTime() + 3000 < retryAt.getTime()) {
      equal((await take(2)).ok, false)
      await advance(3000)
    }
    await advanceTo(retryAt)
    equal((await take(2)).ok, true)
  },

  "restores what is given back": async ({ take, giveBack, drain, now }) => {
    const at = now()
    await take(6)
    await giveBack(4, at)
    equal((await take(0)).remaining, 8)
    equal(await drain(), 8)
  },

  "restores what is given back although it has refused since": async ({ take, giveBack, drain, now }) => {
    const at = now()
    await take(10)
    for (const units of [1, 5, 10, 1]) equal((await take(units)).ok, false)
    await giveBack(1, at)
    equal(await drain(), 1)
  },

  "never restores beyond full": async ({ take, giveBack, drain, now }) => {
    const at = now()
    await take(3)
    for (const units of [3, 3, 10]) await giveBack(units, at)
    const full = await take(0)
    deepEqual([full.remaining, full.resetAt], [10, now()])
    equal(await drain(), 10)
  },

  "stays as it is when it is given back what it never gave": async ({ giveBack, drain, now }) => {
    await giveBack(5, now())
    equal(await drain(), 10)
  },

  "never restores beyond full what is given back late": async ({ take, giveBack, drain, advance, now }) => {
    const at = now()
    await take(10)
    await advance(WINDOW + 1000)
    await giveBack(10, at)
    equal(await drain(), 10)
  },

  "restores to parallel givers what each of them took": async ({ take, giveBack, drain, now }) => {
    const at = now()
    equal(granted(await Promise.all(times(5, () => take(2)))), 5)
    await Promise.all(times(3, () => giveBack(2, at)))
    equal(await drain(), 6)
  },

  "grants at most twice the limit in any window, and not much less than the limit": async ({ take, advance, now }) => {
    const grants: number[] = []
    const steps = [0, 1, 2500, 6000, 4000, 0, 5000, 59_000, 3000, 1, 5999]
    const start = now().getTime()
    for (const index of steps.concat(steps, steps).keys()) {
      await advance(steps[index % steps.length] ?? 0)
      for (const units of [3, 2, 1, 1]) {
        if ((await take(units)).ok) grants.push(...times(units, () => now().getTime()))
      }
    }
    for (const from of grants) {
      const within = grants.filter((at) => at >= from && at < from + WINDOW).length
      ok(within <= 20, `${within} in the window from ${from}`)
    }
    ok(grants.length >= ((now().getTime() - start) / WINDOW) * 10 * 0.7, `${grants.length} in all`)
  },

  "refuses a key whose limit has changed for at most the new window": async ({ take, drain, advance }) => {
    equal(await drain({ limit: 100, windowSeconds: 86_400 }), 100)
    for (const limit of [
      { limit: 5, windowSeconds: 86_400 },
      { limit: 2, windowSeconds: 10 },
    ]) {
      await take(limit.limit, limit)
      await advance(limit.windowSeconds * 1000)
      equal(await drain(limit), limit.limit)
    }
  },

  "grants a key that got a higher limit at most that limit": async ({ take, drain }) => {
    equal((await take(10)).ok, true)
    ok((await drain({ ...TEN, limit: 15 })) <= 15)
  },
}

/** Every case, over limiters that `open` opens anew for each. */
export function rateLimiterConformance(open: () => Promise<OpenLimiter>): readonly LimiterCase[] {
  return Object.entries(CASES).map(([name, run]) => ({
    name,
    run: async () => {
      const opened = await open()
      try {
        await run(sceneOf(opened))
      } finally {
        await opened.close?.()
      }
    },
  }))
}

function sceneOf({ limiter, now, advance }: OpenLimiter): Scene {
  const take: Scene["take"] = async (units, limit = TEN, key = "key_1") => limiter.take(key, units, limit, now())
  return {
    take,
    giveBack: async (units, at, limit = TEN) => limiter.giveBack("key_1", units, limit, at),
    drain: async (limit, key) => {
      let got = 0
      while ((await take(1, limit, key)).ok) got++
      return got
    },
    now,
    advance,
    advanceTo: (at) => advance((at ?? now()).getTime() - now().getTime()),
  }
}
