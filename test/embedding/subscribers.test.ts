/**
 * Subscribers: told of each fact at least once, under one id, in order in each organization, whatever dies in between.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import { createTenantry, type Event, system, type Tenantry } from "../../src/index.ts"
import { customRoles } from "../../src/presets/custom-roles.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { fakeClock, inbox, intercept } from "../../src/testing/testing.ts"
import { person } from "../world.ts"

const ada = person("ada")
const bob = person("bob")
const host = system("test")

/** A process over shared storage, which tells `told`. */
function processOver(store = memoryStore(), clock = fakeClock()) {
  const told: Event[] = []
  let broken: string | null = null
  const tenantry = createTenantry({
    preset: customRoles,
    store,
    clock,
    mailer: inbox(),
    acceptUrl: (token) => `https://app.example/join/${token}`,
    subscribers: {
      "*": (event) => {
        told.push(event)
        if (event.action === broken) throw new Error("down")
      },
    },
  })
  const breakOn = (action: string | null) => {
    broken = action
  }
  return { tenantry, store, clock, told, breakOn }
}

async function busy(tenantry: Pick<Tenantry, "organizations" | "memberships">) {
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
  const user = { id: bob.id, email: bob.email }
  const { id: membershipId } = await tenantry.memberships.add(host, { organizationId, user, role: "member" as never })
  await tenantry.memberships.changeRole(ada, { organizationId, membershipId, role: "admin" as never })
  return organizationId
}

const ACTIONS = ["organization.created", "member.joined", "member.added", "member.role_changed"]

describe("a subscriber", () => {
  it("of a process that died after its commits is told by the next one", async () => {
    const first = processOver()
    await busy(first.tenantry as never)
    const next = processOver(first.store, first.clock)
    await next.tenantry.outbox.deliver()
    expect(first.told).toEqual([])
    expect(next.told.map(({ action }) => action)).toEqual(ACTIONS)
  })

  it("that was told before its process died is told again under the same id, and then no more", async () => {
    const bare = memoryStore()
    let isDying = true
    const dying = intercept(bare, async (made, proceed) => {
      if (made === "outbox.settle" && isDying) throw new Error("killed")
      return proceed()
    })
    const first = processOver(dying)
    await busy(first.tenantry as never)
    await expect(first.tenantry.outbox.deliver()).rejects.toMatchObject({ code: "unavailable" })
    isDying = false
    const next = processOver(bare, first.clock)
    await next.tenantry.outbox.deliver()
    expect(next.told).toEqual([])
    first.clock.advance({ minutes: 2 })
    await next.tenantry.outbox.deliver()
    await next.tenantry.outbox.deliver()
    expect(next.told.map(({ action }) => action)).toEqual(ACTIONS)
    expect(first.told.length).toBeGreaterThan(0)
    expect(next.told.slice(0, first.told.length)).toEqual(first.told)
    expect(new Set(next.told.map(({ id }) => id)).size).toBe(ACTIONS.length)
  })

  it("that fails is told again, under the same id, before anything that came after", async () => {
    const { tenantry, told, clock, breakOn } = processOver()
    breakOn("member.added")
    await busy(tenantry as never)
    for (let attempt = 0; attempt < 3; attempt++) {
      await tenantry.outbox.deliver()
      clock.advance({ hours: 1 })
    }
    breakOn(null)
    await tenantry.outbox.deliver()
    expect(told.map(({ action }) => action)).toEqual([
      ...ACTIONS.slice(0, 2),
      ...["member.added", "member.added", "member.added"],
      ...ACTIONS.slice(2),
    ])
    expect(new Set(told.map(({ id }) => id)).size).toBe(ACTIONS.length)
  })
})

describe("an event", () => {
  it("is what activity shows of the fact, its sides before and after included", async () => {
    const { tenantry, told } = processOver()
    const organizationId = await busy(tenantry as never)
    await tenantry.outbox.deliver()
    const { data } = await tenantry.activity.list(ada, { organizationId })
    expect(told).toEqual([...data].reverse())
    expect(told.at(-1)).toMatchObject({ before: { role: "member" }, after: { role: "admin" } })
  })
})
