import { describe, expect, it } from "vitest"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { intercept } from "../../src/testing/testing.ts"
import { person } from "../world.ts"
import { host, scene, TEN } from "./scene.ts"

const HUNDRED = { billing: { account: "owner" as const, plans: [{ ...TEN, quota: 100 }] } }
const percents = (told: readonly object[]) => told.map((fact) => (fact as { percent?: unknown }).percent).reverse()

describe("a quota's thresholds", () => {
  it("are told in the organization that was used, by whom the use was of", async () => {
    const { tenantry, ada, bob, inAcme, told } = await scene()
    const other = await tenantry.organizations.create(ada, { name: "Other" })
    await tenantry.usage.record(bob, { ...inAcme, units: 7 })
    expect(await told()).toEqual([])
    await tenantry.usage.record(ada, { organizationId: other.id })
    expect(await told()).toEqual([])
    expect(await told(other.id)).toEqual([
      { product: "api", period: "2026-01-01T00:00:00.000Z", percent: 80, used: 8, quota: 10, by: "usage" },
    ])
    await tenantry.usage.record(bob, { ...inAcme, units: 2 })
    expect(percents(await told())).toEqual([100])
  })

  it("are both told by one use that crosses both", async () => {
    const { tenantry, bob, inAcme, told } = await scene()
    await tenantry.usage.record(bob, { ...inAcme, units: 10 })
    expect(percents(await told())).toEqual([80, 100])
  })

  it("are told once each, however many use it at once, and once more in the next period", async () => {
    const { tenantry, ada, bob, inAcme, told, key, clock } = await scene(HUNDRED)
    const { secret } = await key(ada)
    for (const day of ["2026-01-10", "2026-02-10"]) {
      clock.set(new Date(day))
      await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          n % 2 === 0 ? tenantry.usage.record(bob, inAcme) : tenantry.apiKeys.verify(secret),
        ),
      )
    }
    expect(percents(await told())).toEqual([80, 100, 80, 100])
  })

  it("are not told of replays, of refusals, of what is held, or of units given back", async () => {
    const { tenantry, bob, inAcme, told } = await scene()
    const asked = { ...inAcme, units: 8, requestId: "r1" }
    await tenantry.usage.record(bob, asked)
    expect(percents(await told())).toEqual([80])
    await tenantry.usage.record(bob, asked)
    await expect(tenantry.usage.record(bob, { ...inAcme, units: 3 })).rejects.toThrow()
    const { holdId } = await tenantry.usage.reserve(bob, { ...inAcme, units: 2 })
    await tenantry.usage.release(bob, { ...inAcme, holdId: holdId ?? "" })
    expect(percents(await told())).toEqual([80])
  })

  it("are told when a hold is committed, once", async () => {
    const { tenantry, bob, inAcme, told } = await scene()
    const { holdId } = await tenantry.usage.reserve(bob, { ...inAcme, units: 9 })
    expect(await told()).toEqual([])
    const commit = () => tenantry.usage.commit(bob, { ...inAcme, holdId: holdId ?? "", units: 8 })
    await Promise.all([commit(), commit()])
    await commit()
    expect(percents(await told())).toEqual([80])
  })

  it("of a period that has ended are nobody's concern", async () => {
    const { tenantry, bob, inAcme, told, clock } = await scene()
    clock.set(new Date("2026-01-31T23:59:00.000Z"))
    const { holdId } = await tenantry.usage.reserve(bob, { ...inAcme, units: 10 })
    clock.advance({ minutes: 5 })
    await tenantry.usage.commit(bob, { ...inAcme, holdId: holdId ?? "" })
    expect(await told()).toEqual([])
  })

  it("are told of by verify, through the organization's events too", async () => {
    const events: string[] = []
    const { tenantry, ada, key } = await scene({
      subscribers: {
        "quota.threshold_reached": async ({ action }) => {
          events.push(action)
        },
      },
    })
    const { secret } = await key(ada)
    expect(await tenantry.apiKeys.verify(secret, { units: 8 })).toMatchObject({ ok: true })
    await tenantry.outbox.deliver()
    expect(events).toEqual(["quota.threshold_reached"])
  })

  it("are nobody's where nobody is billed, outside an organization, or of a key's own month", async () => {
    const free = await scene({ billing: { account: "none" } })
    const { actor } = await free.key(free.ada, { ...free.inAcme, monthlyUnits: 10 })
    await free.tenantry.usage.record(actor, { ...free.inAcme, units: 10 })
    expect(await free.told()).toEqual([])
    const paid = await scene()
    await paid.tenantry.usage.record(paid.ada, { units: 10 })
    expect(await paid.told()).toEqual([])
  })

  it("change no verdict when they cannot be told", async () => {
    let failing = false
    const store = intercept(memoryStore(), (call, proceed) => {
      if (failing && call === "commit") throw new Error("ECONNRESET")
      return proceed()
    })
    const { tenantry, ada, bob, inAcme, key, told } = await scene({ store })
    const { secret } = await key(ada)
    const { holdId } = await tenantry.usage.reserve(bob, { ...inAcme, units: 1 })
    failing = true
    expect(await tenantry.apiKeys.verify(secret, { units: 8 })).toMatchObject({ ok: true, quotas: [{ used: 8 }] })
    expect(await tenantry.usage.record(host, inAcme)).toMatchObject({ quotas: [{ used: 9 }] })
    expect(await tenantry.usage.commit(bob, { ...inAcme, holdId: holdId ?? "" })).toEqual({ units: 1 })
    failing = false
    expect(await told()).toEqual([])
  })

  it("are told through a buffer when it is flushed, as one after another", async () => {
    const { tenantry, ada, bob, inAcme, told } = await scene({ ...HUNDRED, usage: { mode: "buffered", size: 1000 } })
    const other = { organizationId: (await tenantry.organizations.create(ada, { name: "Other" })).id }
    await tenantry.usage.record(bob, { ...inAcme, units: 79 })
    await tenantry.usage.record(ada, { ...other, units: 20 })
    expect(await told()).toEqual([])
    await tenantry.usage.flush()
    expect(await told()).toEqual([])
    expect(percents(await told(other.organizationId))).toEqual([80])
    await tenantry.usage.record(bob, inAcme)
    await tenantry.close()
    expect(percents(await told())).toEqual([100])
    expect((await tenantry.usage.ofAccount(person("ada"), {})).quota?.used).toBe(100)
  })

  it("are not told of a replay in a batch", async () => {
    const { tenantry, bob, inAcme, told } = await scene({ ...HUNDRED, usage: { mode: "buffered" } })
    const asked = { ...inAcme, units: 45, requestId: "r1" }
    await tenantry.usage.record(bob, { ...inAcme, units: 40 })
    await tenantry.usage.record(bob, asked)
    await tenantry.usage.flush()
    expect(percents(await told())).toEqual([80])
    await tenantry.usage.record(bob, { ...asked, units: 10 })
    await tenantry.usage.flush()
    expect(percents(await told())).toEqual([80])
  })

  it("are told of what was counted before the organization was deleted", async () => {
    const events: string[] = []
    const { tenantry, ada, bob, inAcme } = await scene({
      usage: { mode: "buffered" },
      subscribers: {
        "quota.threshold_reached": async ({ action }) => {
          events.push(action)
        },
      },
    })
    await tenantry.usage.record(bob, { ...inAcme, units: 8 })
    await tenantry.organizations.delete(ada, inAcme)
    await tenantry.usage.flush()
    await tenantry.outbox.deliver()
    expect(events).toEqual(["quota.threshold_reached"])
  })
})
