import { describe, expect, it } from "vitest"
import { refusal } from "../world.ts"
import { host, scene } from "./scene.ts"

const notFound = refusal("not_found")
const one = { units: 1 }

/** A hold that was just made. */
const made = <T extends Readonly<{ holdId: string | null }>>(reserved: T): string => {
  if (reserved.holdId === null) throw new Error("a replay")
  return reserved.holdId
}

describe("a hold", () => {
  it("keeps units aside until it is settled for what they cost", async () => {
    const { tenantry, bob, inAcme, clock } = await scene()
    const reserved = await tenantry.usage.reserve(bob, { ...inAcme, units: 7 })
    expect(reserved).toMatchObject({ replayed: false, quotas: [{ used: 0, held: 7, remaining: 3 }] })
    expect(reserved.expiresAt).toEqual(new Date(clock.now().getTime() + 600_000))
    expect((await tenantry.usage.ofMember(bob, inAcme)).total).toBe(0)
    expect(await tenantry.usage.commit(bob, { ...inAcme, holdId: made(reserved), units: 5 })).toEqual({ units: 5 })
    expect((await tenantry.usage.ofMember(bob, inAcme)).total).toBe(5)
    const { quotas } = await tenantry.usage.record(bob, inAcme)
    expect(quotas[0]).toMatchObject({ used: 6, held: 0, remaining: 4 })
  })

  it("makes no use of its request's name free, whatever becomes of it", async () => {
    const { tenantry, bob, inAcme } = await scene()
    const named = { ...inAcme, requestId: "r" }
    const reserved = await tenantry.usage.reserve(bob, { ...named, units: 1 })
    await tenantry.usage.release(bob, { ...inAcme, holdId: made(reserved) })
    expect(await tenantry.usage.record(bob, { ...named, units: 4 })).toMatchObject({ replayed: false })
    await expect(tenantry.usage.record(bob, { ...named, units: 100 })).rejects.toMatchObject(refusal("quota_exceeded"))
    expect(await tenantry.usage.record(bob, { ...named, units: 4 })).toMatchObject({ replayed: true })
  })

  it("is for as much as there is: of 7 and 7 against 10 there is one", async () => {
    const { tenantry, bob, inAcme } = await scene()
    const reserve = () => tenantry.usage.reserve(bob, { ...inAcme, units: 7 })
    const both = await Promise.allSettled([reserve(), reserve()])
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"])
    await expect(reserve()).rejects.toMatchObject(refusal("quota_exceeded", { remaining: 3 }))
    await expect(tenantry.usage.record(bob, { ...inAcme, units: 4 })).rejects.toMatchObject(refusal("quota_exceeded"))
    await tenantry.usage.record(bob, { ...inAcme, units: 3 })
  })

  it("counts all of its units unless fewer are said, and never more", async () => {
    const { tenantry, bob, inAcme } = await scene()
    const holdId = made(await tenantry.usage.reserve(bob, { ...inAcme, units: 4 }))
    const issues = [{ path: ["units"], message: "more than was held" }]
    const refused = tenantry.usage.commit(bob, { ...inAcme, holdId, units: 5 })
    await expect(refused).rejects.toMatchObject(refusal("invalid_input", { issues }))
    expect(await tenantry.usage.commit(bob, { ...inAcme, holdId })).toEqual({ units: 4 })
  })

  it("is committed once, and answers so however often and whatever is said", async () => {
    const { tenantry, bob, inAcme, clock } = await scene()
    const holdId = made(await tenantry.usage.reserve(bob, { ...inAcme, units: 4 }))
    const commit = (units?: number) => tenantry.usage.commit(bob, { ...inAcme, holdId, ...(units && { units }) })
    const many = await Promise.all([commit(3), commit(3), commit(3)])
    expect(many).toEqual([{ units: 3 }, { units: 3 }, { units: 3 }])
    clock.advance({ hours: 1 })
    expect(await commit(4)).toEqual({ units: 3 })
    expect((await tenantry.usage.ofMember(bob, inAcme)).total).toBe(3)
  })

  it("gives everything back when it is released, again and again", async () => {
    const { tenantry, bob, inAcme } = await scene()
    const holdId = made(await tenantry.usage.reserve(bob, { ...inAcme, units: 10 }))
    expect(await tenantry.usage.release(bob, { ...inAcme, holdId })).toEqual({ units: 0 })
    expect(await tenantry.usage.release(bob, { ...inAcme, holdId })).toEqual({ units: 0 })
    await tenantry.usage.record(bob, { ...inAcme, units: 10 })
  })

  it("is committed or released, not both", async () => {
    const { tenantry, bob, inAcme } = await scene()
    const reserve = async () => ({ ...inAcme, holdId: made(await tenantry.usage.reserve(bob, { ...inAcme, ...one })) })
    const [committed, released] = [await reserve(), await reserve()]
    await tenantry.usage.commit(bob, committed)
    await tenantry.usage.release(bob, released)
    await expect(tenantry.usage.release(bob, committed)).rejects.toMatchObject(refusal("conflict"))
    await expect(tenantry.usage.commit(bob, released)).rejects.toMatchObject(refusal("conflict"))
  })

  it("ends by itself, and is unknown then", async () => {
    const { tenantry, bob, inAcme, clock } = await scene()
    const holdId = made(await tenantry.usage.reserve(bob, { ...inAcme, units: 10, expiresInSeconds: 60 }))
    clock.advance({ seconds: 59 })
    await expect(tenantry.usage.record(bob, inAcme)).rejects.toMatchObject(refusal("quota_exceeded"))
    clock.advance({ seconds: 1 })
    await expect(tenantry.usage.commit(bob, { ...inAcme, holdId })).rejects.toMatchObject(notFound)
    await expect(tenantry.usage.release(bob, { ...inAcme, holdId })).rejects.toMatchObject(notFound)
    await tenantry.usage.record(bob, { ...inAcme, units: 10 })
  })

  it.each([0, 86_401, 1.5])("cannot last %s seconds", async (expiresInSeconds) => {
    const { tenantry, bob, inAcme } = await scene()
    const refused = tenantry.usage.reserve(bob, { ...inAcme, ...one, expiresInSeconds })
    await expect(refused).rejects.toMatchObject(refusal("invalid_input"))
  })

  it("is made once for one request", async () => {
    const { tenantry, bob, inAcme } = await scene()
    const asked = { ...inAcme, units: 6, requestId: "r1" }
    await tenantry.usage.reserve(bob, asked)
    expect(await tenantry.usage.reserve(bob, asked)).toMatchObject({
      replayed: true,
      holdId: null,
      expiresAt: null,
      quotas: [{ held: 6 }],
    })
  })

  it("is known to whoever made it and to the host alone", async () => {
    const { tenantry, ada, bob, inAcme, key } = await scene()
    const mine = await key(bob, { ...inAcme, holder: "member" })
    const shared = await key(ada)
    const makers = [bob, mine.actor, shared.actor, host]
    for (const maker of makers) {
      const holdId = made(await tenantry.usage.reserve(maker, { ...inAcme, ...one }))
      for (const other of [ada, ...makers]) {
        if (other === maker || other === host) continue
        await expect(tenantry.usage.commit(other, { ...inAcme, holdId })).rejects.toMatchObject(notFound)
        await expect(tenantry.usage.release(other, { ...inAcme, holdId })).rejects.toMatchObject(notFound)
      }
      expect(await tenantry.usage.commit(maker, { ...inAcme, holdId })).toEqual(one)
      expect(await tenantry.usage.commit(host, { ...inAcme, holdId })).toEqual(one)
    }
  })

  it("belongs where it was made: to one organization, or to none", async () => {
    const { tenantry, ada, inAcme, key } = await scene()
    const other = { organizationId: (await tenantry.organizations.create(ada, { name: "Other" })).id }
    const mine = await key(ada, {})
    const here = { holdId: made(await tenantry.usage.reserve(ada, { ...inAcme, ...one })) }
    const own = { holdId: made(await tenantry.usage.reserve(ada, one)) }
    const keys = { holdId: made(await tenantry.usage.reserve(mine.actor, one)) }
    await expect(tenantry.usage.commit(ada, { ...other, ...here })).rejects.toMatchObject(notFound)
    await expect(tenantry.usage.commit(ada, here)).rejects.toMatchObject(notFound)
    await expect(tenantry.usage.commit(ada, { ...inAcme, ...own })).rejects.toMatchObject(notFound)
    await expect(tenantry.usage.commit(ada, keys)).rejects.toMatchObject(notFound)
    expect(await tenantry.usage.commit(ada, { ...inAcme, ...here })).toEqual(one)
    expect(await tenantry.usage.commit(ada, own)).toEqual(one)
    expect(await tenantry.usage.release(mine.actor, keys)).toEqual({ units: 0 })
  })

  it("counts in the month and for the account it was made in", async () => {
    const { tenantry, bob, inAcme, clock } = await scene()
    clock.set(new Date("2026-01-31T23:59:00.000Z"))
    const holdId = made(await tenantry.usage.reserve(bob, { ...inAcme, units: 4 }))
    clock.advance({ minutes: 5 })
    await tenantry.usage.commit(bob, { ...inAcme, holdId })
    expect((await tenantry.usage.ofMember(bob, inAcme)).byMonth).toEqual([{ month: "2026-01", units: 4 }])
    const { quotas } = await tenantry.usage.record(bob, inAcme)
    expect(quotas[0]).toMatchObject({ used: 1, held: 0 })
  })
})
