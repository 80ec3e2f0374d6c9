import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { AccountId } from "../../src/billing/account.ts"
import { usageBuffer } from "../../src/usage/buffer.ts"
import type { Consumption } from "../../src/usage/usage.ts"
import { refusal } from "../world.ts"
import { ACCOUNT, AT, consumption, counter, counters, quota } from "./uses.ts"

const bounds = { size: 3, seconds: 5 }
const unitsIn = (batches: readonly (readonly Consumption[])[]) =>
  batches.flat().reduce((sum, { units }) => sum + units, 0)
const soon = () => vi.advanceTimersByTimeAsync(0)

describe("a usage buffer's timer", () => {
  /** Those that keep this process alive. */
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length

  it("keeps no process alive", async () => {
    const buffer = usageBuffer(counters(), bounds)
    const before = timers()
    await buffer.add(consumption())
    expect(timers()).toBe(before)
    await buffer.flush()
  })
})

describe("a usage buffer", () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it("writes nothing before it is full, old or flushed", async () => {
    const store = counters()
    const buffer = usageBuffer(store, bounds)
    await buffer.add(consumption())
    await vi.advanceTimersByTimeAsync(4999)
    expect(store.batches).toEqual([])
    await buffer.flush()
    expect(unitsIn(store.batches)).toBe(1)
  })

  it("writes what waits when the first of it is old", async () => {
    const store = counters()
    const buffer = usageBuffer(store, bounds)
    await buffer.add(consumption())
    await vi.advanceTimersByTimeAsync(3000)
    await buffer.add(consumption())
    await vi.advanceTimersByTimeAsync(2000)
    expect(unitsIn(store.batches)).toBe(2)
  })

  it("writes what waits when it is full, and nobody waits for that", async () => {
    const store = counters()
    store.hold()
    const buffer = usageBuffer(store, bounds)
    for (let n = 0; n < 3; n++) await buffer.add(consumption())
    store.release()
    await soon()
    expect(unitsIn(store.batches)).toBe(3)
  })

  it("flushes nothing without a call to the store", async () => {
    const store = counters()
    await usageBuffer(store, bounds).flush()
    expect(store.batches).toEqual([])
  })

  describe("merges", () => {
    const alike = consumption()
    const unlike: readonly (readonly [string, Partial<Consumption>])[] = [
      ["account", { account: "user:u_bob" as AccountId }],
      ["counter", { counter: counter({ api: "vin" }) }],
      ["null and a text", { counter: counter({ plan: "null" }) }],
      ["cap", { takes: [quota(99)] }],
      ["period", { takes: [quota(100, "2026-04-01T00:00:00.000Z")] }],
      ["takes", { takes: [] }],
      ["request", { request: "r1" }],
    ]

    it("what counts alike, with the latest instant", async () => {
      const store = counters()
      const buffer = usageBuffer(store, bounds)
      const later = new Date(AT.getTime() + 1)
      await buffer.add({ ...alike, at: later })
      await buffer.add({ ...alike, units: 4 })
      await buffer.flush()
      expect(store.batches).toEqual([[{ ...alike, units: 5, at: later }]])
    })

    it.each(unlike)("nothing with another %s", async (_, more) => {
      const store = counters()
      const buffer = usageBuffer(store, bounds)
      await buffer.add(alike)
      await buffer.add({ ...alike, ...more })
      await buffer.flush()
      expect(store.batches).toEqual([[alike, { ...alike, ...more }]])
    })

    it("no request with itself: the store tells a replay", async () => {
      const store = counters()
      const buffer = usageBuffer(store, bounds)
      await buffer.add(consumption({ request: "r1" }))
      await buffer.add(consumption({ request: "r1" }))
      await buffer.flush()
      expect(store.batches[0]).toHaveLength(2)
    })

    it("nothing into a number that is not exact", async () => {
      const store = counters()
      const buffer = usageBuffer(store, bounds)
      await buffer.add(consumption({ units: Number.MAX_SAFE_INTEGER }))
      await buffer.add(consumption({ units: 2 }))
      await buffer.add(consumption({ units: 3 }))
      await buffer.flush()
      expect(store.batches[0]?.map(({ units }) => units)).toEqual([Number.MAX_SAFE_INTEGER, 5])
    })
  })

  it("tells what waits and is written of each meter, and no more of it afterwards", async () => {
    const store = counters()
    const buffer = usageBuffer(store, bounds)
    const key = { name: "key key_1", period: "2026-03", cap: 9 }
    await buffer.add(consumption({ units: 2, takes: [quota(100), key] }))
    await buffer.add(consumption({ units: 3 }))
    expect(buffer.waitingFor(ACCOUNT, quota(1))).toBe(5)
    expect(buffer.waitingFor(ACCOUNT, key)).toBe(2)
    expect(buffer.waitingFor("user:u_bob" as AccountId, quota(1))).toBe(0)
    expect(buffer.waitingFor(ACCOUNT, quota(1, "2026-04-01"))).toBe(0)
    store.hold()
    const flushed = buffer.flush()
    await soon()
    expect(buffer.waitingFor(ACCOUNT, quota(1))).toBe(5)
    store.release()
    await flushed
    expect(buffer.waitingFor(ACCOUNT, quota(1))).toBe(0)
    expect(buffer.waitingFor(ACCOUNT, key)).toBe(0)
  })

  it("keeps callers waiting while it is full, and counts what they ask for meanwhile", async () => {
    const store = counters()
    store.hold()
    const buffer = usageBuffer(store, bounds)
    const settled = vi.fn()
    const callers = Array.from({ length: 10 }, () => buffer.add(consumption()).then(settled))
    await soon()
    expect(settled).toHaveBeenCalledTimes(3)
    expect(buffer.waitingFor(ACCOUNT, quota(1))).toBe(10)
    store.release()
    await Promise.all(callers)
    await buffer.flush()
    expect(unitsIn(store.batches)).toBe(10)
    expect(Math.max(...store.batches.map((batch) => unitsIn([batch])))).toBeLessThanOrEqual(3)
  })

  it("answers `unavailable` to a caller who waited for a write that failed, and counts nothing for them", async () => {
    const store = counters()
    store.fail()
    const buffer = usageBuffer(store, bounds)
    for (let n = 0; n < 3; n++) await buffer.add(consumption())
    await expect(buffer.add(consumption({ units: 50 }))).rejects.toMatchObject(refusal("unavailable"))
    expect(buffer.waitingFor(ACCOUNT, quota(1))).toBe(3)
    store.fail(false)
    await buffer.flush()
    expect(unitsIn(store.batches)).toBe(3)
  })

  it("keeps what a flush could not write, and writes it with what came since", async () => {
    const store = counters()
    store.fail()
    const buffer = usageBuffer(store, bounds)
    await buffer.add(consumption())
    await expect(buffer.flush()).rejects.toMatchObject(refusal("unavailable"))
    await buffer.add(consumption({ request: "r1" }))
    store.fail(false)
    await buffer.flush()
    expect(store.batches).toEqual([[consumption(), consumption({ request: "r1" })]])
  })

  it("keeps what came while a write failed behind it", async () => {
    const store = counters()
    store.fail()
    store.hold()
    const buffer = usageBuffer(store, bounds)
    await buffer.add(consumption({ request: "r1" }))
    const failed = expect(buffer.flush()).rejects.toMatchObject(refusal("unavailable"))
    await soon()
    await buffer.add(consumption({ request: "r2" }))
    store.release()
    await failed
    store.fail(false)
    await buffer.flush()
    expect(store.batches.flat().map(({ request }) => request)).toEqual(["r1", "r2"])
  })

  it("tries again by itself after a failure", async () => {
    const store = counters()
    store.fail()
    const buffer = usageBuffer(store, bounds)
    await buffer.add(consumption())
    await vi.advanceTimersByTimeAsync(5000)
    expect(store.batches).toEqual([])
    store.fail(false)
    await vi.advanceTimersByTimeAsync(5000)
    expect(unitsIn(store.batches)).toBe(1)
  })

  it("makes one flush of many, and writes what came during a write with the next", async () => {
    const store = counters()
    store.hold()
    const buffer = usageBuffer(store, bounds)
    await buffer.add(consumption({ units: 1 }))
    const first = [buffer.flush(), buffer.flush()]
    await soon()
    await buffer.add(consumption({ units: 2 }))
    const second = [buffer.flush(), buffer.flush()]
    store.release()
    await Promise.all([...first, ...second])
    expect(store.batches.map((batch) => unitsIn([batch]))).toEqual([1, 2])
  })

  it("has told of a batch when the flush ends, whatever came of telling", async () => {
    const told: number[] = []
    const buffer = usageBuffer(counters(), bounds, async (batch, added) => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      told.push(added[0]?.meters[0]?.used ?? -1, batch.length)
      throw new Error("nobody is told")
    })
    await buffer.add(consumption({ units: 7 }))
    const flushed = vi.fn()
    const flush = buffer.flush().then(flushed)
    await vi.advanceTimersByTimeAsync(99)
    expect(flushed).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await flush
    expect(told).toEqual([7, 1])
  })

  it("writes every use it took in once, and never more than `size` uses wait or are written", async () => {
    const step = fc.oneof(
      fc.record({ request: fc.boolean() }),
      fc.constantFrom("flush", "fail", "recover", "wait", "hold", "release"),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), async (steps, size) => {
        const store = counters()
        let [taken, requests, written] = [0, 0, 0]
        const pending: Promise<unknown>[] = []
        const counting = {
          add: async (batch: readonly Consumption[]) => {
            const result = await store.add(batch)
            written = unitsIn(store.batches)
            return result
          },
        }
        const bounded = usageBuffer(counting, { size, seconds: 1 })
        for (const each of steps) {
          if (typeof each === "object") {
            const request = each.request ? `r${requests++}` : null
            const take = () => {
              taken++
            }
            pending.push(bounded.add(consumption({ request })).then(take, () => {}))
          } else if (each === "flush") pending.push(bounded.flush().catch(() => {}))
          else if (each === "fail" || each === "recover") store.fail(each === "fail")
          else if (each === "hold") store.hold()
          else if (each === "release") store.release()
          else await vi.advanceTimersByTimeAsync(1000)
          await soon()
          expect(taken - written).toBeLessThanOrEqual(size)
        }
        store.release()
        store.fail(false)
        await Promise.all(pending)
        await bounded.flush()
        expect(unitsIn(store.batches)).toBe(taken)
        expect(bounded.waitingFor(ACCOUNT, quota(1))).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})
