/** Records in memory: what the port says, and that they take no more room than they may. */
import { describe, expect, it } from "vitest"
import { memoryCache } from "../../src/api-key/memory-cache.ts"
import type { KeptRecord, RecordCache } from "../../src/api-key/record-cache.ts"
import { aKeptRecord, BUILT_AT, recordCacheConformance } from "../../src/testing/testing.ts"

const second = (count: number): Date => new Date(BUILT_AT.getTime() + count * 1000)

/** What was read then, and may be used for ten seconds. */
const aRecord = (readAt: Date = BUILT_AT): KeptRecord =>
  aKeptRecord({ readAt, until: new Date(readAt.getTime() + 10_000) })

describe("records in memory keep to the port:", () => {
  for (const { name, run } of recordCacheConformance(async () => ({ cache: memoryCache() }))) it(name, run)
})

describe("records in memory", () => {
  it("are no more than `max`: those read first go first", () => {
    const cache = memoryCache({ max: 3 })
    for (const name of ["a", "b", "c", "a", "d"]) cache.put(name, aRecord(), cache.mark())
    expect(["a", "b", "c", "d"].map((name) => cache.get(name) !== undefined)).toEqual([true, false, true, true])
  })

  it("go when nobody uses them any more, as soon as another is put", () => {
    const cache = memoryCache()
    cache.put("old", aRecord(), cache.mark())
    cache.put("older", aRecord(second(1)), cache.mark())
    expect(cache.get("old")).toBeDefined()
    cache.put("new", aRecord(second(10)), cache.mark())
    expect([cache.get("old"), cache.get("older") === undefined]).toEqual([undefined, false])
    cache.put("newer", aRecord(second(11)), cache.mark())
    expect(cache.get("older")).toBeUndefined()
    expect(cache.get("new")).toBeDefined()
  })

  it("are all forgotten when they are cleared, those being read too", () => {
    const cache = memoryCache()
    cache.put("a", aRecord(), cache.mark())
    const mark = cache.mark()
    cache.clear()
    cache.put("b", aRecord(), mark)
    expect([cache.get("a"), cache.get("b")]).toEqual([undefined, undefined])
    cache.put("a", aRecord(), cache.mark())
    expect(cache.get("a")).toBeDefined()
  })

  it.each([0, -1, 1.5, 1_000_001, Number.NaN, "10", null])("refuses %s of them by name", (max) => {
    expect(() => memoryCache({ max: max as number })).toThrow(expect.objectContaining({ code: "invalid_input" }))
  })
})

describe("the port's cases", () => {
  const broken: readonly (readonly [
    what: string,
    broken: (right: RecordCache) => Partial<RecordCache>,
    caught: string,
  ])[] = [
    ["copies", (right) => ({ get: (name) => structuredClone(right.get(name)) }), "the very object"],
    [
      "keeps what was there first",
      (right) => ({ put: (name, ...more) => right.get(name) ?? right.put(name, ...more) }),
      "the very object",
    ],
    ["drops nothing", () => ({ drop: () => {} }), "forgets what depends on a boundary"],
    [
      "drops organizations alone",
      (right) => ({ drop: (all) => right.drop(all.filter((name) => name.startsWith("org_"))) }),
      "whichever",
    ],
    ["drops the first alone", (right) => ({ drop: (all) => right.drop(all.slice(0, 1)) }), "any of many"],
    ["drops later", (right) => ({ drop: (all) => void Promise.resolve().then(() => right.drop(all)) }), "forgets"],
    [
      "ignores when it was read",
      (right) => ({ put: (name, kept) => right.put(name, kept, right.mark()) }),
      "read before a drop of",
    ],
    ["remembers few drops", fewDrops, "however many drops follow"],
    ["keeps nothing any more", () => ({ put: () => {} }), "keeps what is read after a drop"],
  ]
  it.each(broken)("catch a cache that %s", async (_, break_, caught) => {
    const open = async () => {
      const right = memoryCache()
      return { cache: { ...right, ...break_(right) } }
    }
    const failed: string[] = []
    for (const { name, run } of recordCacheConformance(open)) await run().catch(() => failed.push(name))
    expect(failed.join("; ")).toContain(caught)
  })
})

/** Drops, as of the last hundred alone. */
function fewDrops(right: RecordCache): Partial<RecordCache> {
  const last: string[] = []
  const puts = memoryCache()
  return {
    ...puts,
    drop: (all) => {
      last.push(...all)
      last.splice(0, last.length - 100)
      right.drop(all)
    },
    mark: () => 0,
    put: (name, kept) => {
      if (!kept.boundaries.some((boundary) => last.includes(boundary))) puts.put(name, kept, 0)
    },
  }
}
