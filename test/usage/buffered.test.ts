import { describe, expect, it } from "vitest"
import { workspace } from "../../src/presets/workspace.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import type { Store } from "../../src/store/store.ts"
import { countCalls, intercept } from "../../src/testing/testing.ts"
import { refusal, world } from "../world.ts"
import { scene, TEN } from "./scene.ts"

const buffered = (more: object = {}) => ({ usage: { mode: "buffered" as const, size: 1000, seconds: 3600, ...more } })

/** A store whose counters fail while they are told to. */
function failing(inner: Store = memoryStore()) {
  let isFailing = false
  const store = intercept(inner, (call, proceed) => {
    if (isFailing && call === "usage.add") throw new Error("ECONNRESET")
    return proceed()
  })
  return {
    store,
    fail: (on = true) => {
      isFailing = on
    },
  }
}

const fulfilled = (all: readonly PromiseSettledResult<unknown>[]) =>
  all.filter(({ status }) => status === "fulfilled").length

describe("usage through a buffer", () => {
  it("keeps to the quota within one process, before anything is written", async () => {
    const { tenantry, ada, bob, inAcme, key } = await scene(buffered())
    const { secret } = await key(ada)
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => tenantry.usage.record(bob, inAcme)))
    expect(fulfilled(all)).toBe(10)
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "quota_exceeded" })
    const reserved = tenantry.usage.reserve(bob, { ...inAcme, units: 1 })
    await expect(reserved).rejects.toMatchObject(refusal("quota_exceeded", { remaining: 0 }))
    expect((await tenantry.usage.ofOrganization(ada, inAcme)).total).toBe(0)
    await tenantry.usage.flush()
    expect((await tenantry.usage.ofOrganization(ada, inAcme)).total).toBe(10)
    await expect(tenantry.usage.record(bob, inAcme)).rejects.toMatchObject(refusal("quota_exceeded"))
  })

  it("writes once for many", async () => {
    const { store, calls } = countCalls(memoryStore())
    const { tenantry, bob, inAcme } = await scene({ ...buffered(), store })
    for (let n = 0; n < 8; n++) await tenantry.usage.record(bob, inAcme)
    await tenantry.usage.flush()
    expect(calls.filter((call) => call.startsWith("usage."))).toEqual(["usage.add"])
  })

  it("overdraws by no more than what waits in other processes", async () => {
    const store = memoryStore()
    const { tenantry, ada, bob, inAcme } = await scene({ ...buffered(), store })
    const second = world(workspace, { ...buffered(), billing: { account: "owner", plans: [TEN] }, store }).tenantry
    const processes = [tenantry, second]
    for (const each of processes) {
      const all = await Promise.allSettled(Array.from({ length: 20 }, () => each.usage.record(bob, inAcme)))
      expect(fulfilled(all)).toBe(10)
    }
    for (const each of processes) await each.usage.flush()
    expect((await tenantry.usage.ofAccount(ada, {})).quota).toMatchObject({ used: 20, remaining: 0 })
    for (const each of processes) {
      await expect(each.usage.record(bob, inAcme)).rejects.toMatchObject(refusal("quota_exceeded", { remaining: 0 }))
    }
  })

  it("loses at most what waits when the process dies", async () => {
    const store = memoryStore()
    const size = 5
    const { tenantry, ada, bob, inAcme } = await scene({
      ...buffered({ size }),
      store,
      billing: { account: "owner", plans: [{ ...TEN, quota: null }] },
    })
    for (let n = 1; n <= 23; n++) {
      await tenantry.usage.record(bob, inAcme)
      const { total } = await tenantry.usage.ofOrganization(ada, inAcme)
      expect(n - total).toBeLessThanOrEqual(size)
    }
  })

  it("counts a request once, and a replay as new until it is written", async () => {
    const { tenantry, ada, bob, inAcme } = await scene(buffered())
    const asked = { ...inAcme, units: 3, requestId: "r1" }
    expect((await tenantry.usage.record(bob, asked)).replayed).toBe(false)
    expect((await tenantry.usage.record(bob, asked)).replayed).toBe(false)
    await tenantry.usage.flush()
    expect(await tenantry.usage.ofOrganization(ada, inAcme)).toMatchObject({ total: 3 })
    const { quotas } = await tenantry.usage.record(bob, inAcme)
    expect(quotas[0]?.used).toBe(3)
  })

  it("keeps to a key's own month, which it counts at once where no verdict told it", async () => {
    const { tenantry, ada, inAcme, key } = await scene(buffered())
    const { secret, actor } = await key(ada, { ...inAcme, monthlyUnits: 3 })
    const mine = await key(ada, { monthlyUnits: 2 })
    const all = await Promise.allSettled(Array.from({ length: 9 }, () => tenantry.usage.record(actor, inAcme)))
    expect(fulfilled(all)).toBe(3)
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "quota_exceeded" })
    const own = await Promise.allSettled(Array.from({ length: 9 }, () => tenantry.usage.record(mine.actor, {})))
    expect(fulfilled(own)).toBe(2)
    await tenantry.usage.flush()
    await expect(tenantry.usage.record(actor, inAcme)).rejects.toMatchObject(refusal("quota_exceeded"))
    await expect(tenantry.usage.record(mine.actor, {})).rejects.toMatchObject(refusal("quota_exceeded"))
  })

  it("answers `unavailable` when it is full and cannot write, and `verify` says so", async () => {
    const { store, fail } = failing()
    const { tenantry, ada, bob, inAcme, key } = await scene({ ...buffered({ size: 2 }), store })
    const { secret } = await key(ada, { ...inAcme, rateLimit: { limit: 1, windowSeconds: 60 } })
    fail()
    await tenantry.usage.record(bob, inAcme)
    await tenantry.usage.record(bob, inAcme)
    await expect(tenantry.usage.record(bob, inAcme)).rejects.toMatchObject(refusal("unavailable"))
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "unavailable" })
    await expect(tenantry.usage.flush()).rejects.toMatchObject(refusal("unavailable"))
    await expect(tenantry.close()).rejects.toMatchObject(refusal("unavailable"))
    fail(false)
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true })
    await tenantry.usage.flush()
    expect((await tenantry.usage.ofOrganization(ada, inAcme)).total).toBe(3)
  })

  it("is written when the host's signal aborts", async () => {
    const controller = new AbortController()
    const { tenantry, ada, bob, inAcme } = await scene({ ...buffered(), signal: controller.signal })
    await tenantry.usage.record(bob, { ...inAcme, units: 4 })
    controller.abort()
    await new Promise((resolve) => setImmediate(resolve))
    expect((await tenantry.usage.ofOrganization(ada, inAcme)).total).toBe(4)
  })

  it("survives an abort while the store fails", async () => {
    const { store, fail } = failing()
    const controller = new AbortController()
    const { tenantry, ada, bob, inAcme } = await scene({ ...buffered(), store, signal: controller.signal })
    await tenantry.usage.record(bob, { ...inAcme, units: 4 })
    fail()
    controller.abort()
    await new Promise((resolve) => setImmediate(resolve))
    fail(false)
    await tenantry.close()
    expect((await tenantry.usage.ofOrganization(ada, inAcme)).total).toBe(4)
  })
})

describe("usage without a buffer", () => {
  it("has nothing to flush", async () => {
    const { store, calls } = countCalls(memoryStore())
    const { tenantry, bob, inAcme } = await scene({ store })
    await tenantry.usage.record(bob, inAcme)
    const before = calls.length
    await tenantry.usage.flush()
    await tenantry.close()
    expect(calls).toHaveLength(before)
  })
})
