/**
 * The specification of the port for records of keys, as cases that any test runner can run.
 *
 * @module
 */
import { ok, strictEqual } from "node:assert/strict"
import type { KeptRecord, RecordCache } from "../../api-key/record-cache.ts"
import { account } from "../../billing/account.ts"
import { aKeptRecord } from "../key-builders.ts"
import { type ConformanceCase, casesOver } from "./case.ts"

/** A cache that holds nothing yet, and is ready to. */
export type OpenCache = Readonly<{ cache: RecordCache; close?: () => Promise<void> }>

const put = (cache: RecordCache, name: string, kept: KeptRecord): void => cache.put(name, kept, cache.mark())

const CASES: Readonly<Record<string, (cache: RecordCache) => void>> = {
  "answers the very object that was put last under that name": (cache) => {
    const [first, second] = [aKeptRecord(), aKeptRecord()]
    put(cache, "a", first)
    strictEqual(cache.get("a"), first)
    put(cache, "a", second)
    strictEqual(cache.get("a"), second)
    strictEqual(cache.get("b"), undefined)
    strictEqual(cache.get("A"), undefined)
  },
  "forgets what depends on a boundary that is dropped, whichever of them it is": (cache) => {
    for (const which of [0, 1]) {
      const kept = aKeptRecord()
      put(cache, "a", kept)
      put(cache, "b", { ...kept })
      cache.drop(kept.boundaries.slice(which, which + 1))
      strictEqual(cache.get("a"), undefined)
      strictEqual(cache.get("b"), undefined)
    }
  },
  "forgets at once what depends on any of many": (cache) => {
    const all = Array.from({ length: 50 }, () => aKeptRecord())
    for (const [index, kept] of all.entries()) put(cache, `${index}`, kept)
    cache.drop(all.flatMap(({ boundaries }) => boundaries.slice(0, 1)))
    for (const index of all.keys()) strictEqual(cache.get(`${index}`), undefined)
  },
  "answers nothing that another boundary's drop left behind but what was put": (cache) => {
    const [kept, other] = [aKeptRecord(), aKeptRecord()]
    put(cache, "a", kept)
    cache.drop(other.boundaries)
    cache.drop([])
    const found = cache.get("a")
    ok(found === undefined || found === kept)
  },
  "keeps nothing that was read before a drop of its boundary": (cache) => {
    for (const which of [0, 1]) {
      const kept = aKeptRecord()
      const mark = cache.mark()
      cache.drop(kept.boundaries.slice(which, which + 1))
      cache.put("a", kept, mark)
      strictEqual(cache.get("a"), undefined)
    }
  },
  "keeps nothing that was read before a drop, however many drops follow": (cache) => {
    const kept = aKeptRecord()
    const mark = cache.mark()
    cache.drop(kept.boundaries.slice(0, 1))
    for (let count = 0; count < 25_000; count++) cache.drop([account.user(`u_${count}`)])
    cache.put("a", kept, mark)
    strictEqual(cache.get("a"), undefined)
  },
  "forgets what was put before a drop, however many drops follow": (cache) => {
    const kept = aKeptRecord()
    put(cache, "a", kept)
    cache.drop(kept.boundaries.slice(0, 1))
    for (let count = 0; count < 25_000; count++) cache.drop([account.user(`u_${count}`)])
    strictEqual(cache.get("a"), undefined)
  },
  "keeps what is read after a drop": (cache) => {
    const kept = aKeptRecord()
    cache.drop(kept.boundaries)
    put(cache, "a", kept)
    strictEqual(cache.get("a"), kept)
  },
}

/** Every case, over caches that `open` opens anew for each; to be run as `storeConformance` is. */
export const recordCacheConformance = (open: () => Promise<OpenCache>): readonly ConformanceCase[] =>
  casesOver(
    Object.entries(CASES).map(([name, run]) => ({ name, run: async ({ cache }: OpenCache) => run(cache) })),
    open,
  )
