/**
 * `within`: commands and queries inside a transaction of the host's, which stands or falls as one.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import {
  attempt,
  type Configuration,
  createTenantry,
  refuse,
  system,
  TenantryError,
  type TenantryOperations,
} from "../../src/index.ts"
import { customRoles } from "../../src/presets/custom-roles.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { countCalls, fakeClock, inbox, intercept } from "../../src/testing/testing.ts"
import { person, refusal, world } from "../world.ts"

const ada = person("ada")
const bob = person("bob")
const host = system("test")

class Undo extends Error {}

/** A world with an organization of Ada's, whose store the host begins transactions of its own in. */
async function hosted(options: Partial<Configuration> = {}, store = memoryStore()) {
  const here = world(customRoles, { ...options, store } as never)
  const { id: organizationId } = await here.tenantry.organizations.create(ada, { name: "Acme" })
  const name = async () => (await here.tenantry.organizations.get(ada, { organizationId })).name
  return { ...here, organizationId, name }
}

describe("within a host's transaction", () => {
  it("what is written is read inside at once, and outside when the host commits", async () => {
    const { tenantry, store, organizationId, name } = await hosted()
    await store.transaction(async (transaction) => {
      const inside = tenantry.within(transaction)
      await inside.organizations.update(ada, { organizationId, name: "Acme Rockets" })
      expect((await inside.organizations.get(ada, { organizationId })).name).toBe("Acme Rockets")
      expect(await name()).toBe("Acme")
    })
    expect(await name()).toBe("Acme Rockets")
  })

  it("nothing stands when the host rolls back: no row, no entry, no e-mail", async () => {
    const { tenantry, store, organizationId, mail } = await hosted()
    const before = (await tenantry.activity.list(ada, { organizationId })).data
    const work = store.transaction(async (transaction) => {
      const inside = tenantry.within(transaction)
      await inside.invitations.send(ada, { organizationId, email: "bob@acme.example", role: "member" })
      await inside.organizations.create(bob, { name: "Zeta" })
      throw new Undo()
    })
    await expect(work).rejects.toThrow(Undo)
    expect((await tenantry.activity.list(ada, { organizationId })).data).toEqual(before)
    expect((await tenantry.invitations.list(ada, { organizationId })).data).toEqual([])
    await tenantry.outbox.deliver()
    expect(mail.all).toEqual([])
    expect(await attempt(tenantry.organizations.getBySlug(bob, { slug: "zeta" }))).toMatchObject({ ok: false })
    expect((await tenantry.organizations.create(bob, { name: "Zeta" })).slug).toBe("zeta")
  })

  it("many commands, an organization that begins there and another one too, are one commit; e-mails go out after it", async () => {
    const { tenantry, store, organizationId, mail } = await hosted()
    const zeta = await store.transaction(async (transaction) => {
      const inside = tenantry.within(transaction)
      await inside.organizations.update(ada, { organizationId, name: "Acme Rockets" })
      const zeta = await inside.organizations.create(bob, { name: "Acme" })
      await inside.invitations.send(bob, { organizationId: zeta.id, email: ada.email, role: "member" })
      await inside.invitations.send(ada, { organizationId, email: bob.email, role: "member" })
      await tenantry.outbox.deliver()
      expect(mail.all).toEqual([])
      return zeta
    })
    expect(zeta.slug).not.toBe("acme")
    await tenantry.outbox.deliver()
    expect(mail.all.map(({ to }) => to).sort()).toEqual([ada.email, bob.email])
    for (const [owner, id] of [[ada, organizationId] as const, [bob, zeta.id] as const]) {
      expect(await tenantry.activity.verify(owner, { organizationId: id })).toMatchObject({ ok: true })
    }
  })

  it("commands on a person's own account stand or fall with it too", async () => {
    const { tenantry, store } = await hosted({ apiKeys: { holders: ["person", "organization"] } })
    const make = (ending: () => void) =>
      store.transaction(async (transaction) => {
        await tenantry.within(transaction).apiKeys.create(ada, { name: "Laptop" })
        ending()
      })
    await expect(
      make(() => {
        throw new Undo()
      }),
    ).rejects.toThrow(Undo)
    expect((await tenantry.apiKeys.list(ada, {})).data).toEqual([])
    await make(() => {})
    expect((await tenantry.apiKeys.list(ada, {})).data).toHaveLength(1)
  })

  it("a command locks first, then loads, and commits once", async () => {
    const { store, calls } = countCalls(memoryStore())
    const { tenantry, organizationId } = await hosted({}, store)
    calls.length = 0
    await store.transaction((transaction) =>
      tenantry.within(transaction).organizations.update(ada, { organizationId, name: "Acme Rockets" }),
    )
    expect(calls).toEqual(["transaction", "lock", "load", "commit"])
  })

  it("after a refusal of ours the transaction goes on", async () => {
    const guards = { "organizations.delete": () => refuse({ code: "kept", status: 403, message: "Kept." }) }
    const { tenantry, store, organizationId, name } = await hosted({ guards })
    const other = await tenantry.organizations.create(bob, { name: "Zeta" })
    await store.transaction(async (transaction) => {
      const inside = tenantry.within(transaction)
      const refusals: readonly (() => Promise<unknown>)[] = [
        () => inside.organizations.update(ada, { organizationId, slug: other.slug }),
        () => inside.organizations.update(bob, { organizationId, name: "Mine" }),
        () => inside.organizations.create(ada, { name: "Mine", slug: other.slug }),
        () => inside.organizations.delete(ada, { organizationId }),
        () => inside.memberships.leave(ada, { organizationId }),
      ]
      const codes: string[] = []
      for (const refused of refusals) {
        const outcome = await attempt(refused())
        codes.push(outcome.ok ? "ok" : outcome.error.code)
      }
      expect(codes).toEqual(["slug_taken", "not_found", "slug_taken", "refused", "last_owner"])
      await inside.organizations.update(ada, { organizationId, name: "Acme Rockets" })
    })
    expect(await name()).toBe("Acme Rockets")
  })

  it("a conflict is thrown for the host to begin its transaction again, never tried again inside", async () => {
    let rivals = 1
    let commits = 0
    const store = intercept(memoryStore(), async (made, proceed) => {
      if (made === "commit") commits++
      return made === "commit" && isRacing && rivals-- > 0 ? ("conflict" as never) : proceed()
    })
    let isRacing = false
    const { tenantry, organizationId, name } = await hosted({}, store)
    isRacing = true
    commits = 0
    const rename = () =>
      store.transaction((transaction) =>
        tenantry.within(transaction).organizations.update(ada, { organizationId, name: "Acme Rockets" }),
      )
    await expect(rename()).rejects.toMatchObject(refusal("conflict", { retry: "transaction" }))
    expect(commits).toBe(1)
    await rename()
    expect(await name()).toBe("Acme Rockets")
  })

  it("waits for no turn: a command in the queue that waits for its row does not stand in its way", async () => {
    const { tenantry, store, organizationId } = await hosted()
    const { queued } = await store.transaction(async (transaction) => {
      const inside = tenantry.within(transaction)
      await inside.organizations.update(ada, { organizationId, name: "First" })
      const queued = tenantry.organizations.update(ada, { organizationId, timezone: "Europe/Lisbon" })
      for (let round = 0; round < 5; round++) await inside.organizations.get(ada, { organizationId })
      await inside.organizations.update(ada, { organizationId, name: "Second" })
      return { queued }
    })
    await queued
    const { name, timezone } = await tenantry.organizations.get(ada, { organizationId })
    expect([name, timezone]).toEqual(["Second", "Europe/Lisbon"])
  })

  it("an organization keeps an owner, whatever two transactions do at once", async () => {
    const store = memoryStore()
    const { tenantry } = world(customRoles, { store })
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const cleo = person("cleo")
    const owners = await Promise.all([
      tenantry.memberships.find(ada, { organizationId, userId: ada.id }),
      tenantry.memberships.add(host, { organizationId, user: { id: cleo.id, email: cleo.email }, role: "owner" }),
    ])
    const leaving = [ada, cleo].map((owner) =>
      attempt(
        store.transaction((transaction) => tenantry.within(transaction).memberships.leave(owner, { organizationId })),
      ),
    )
    const outcomes = await Promise.all(leaving)
    expect(owners).toHaveLength(2)
    expect(outcomes.map(({ ok }) => ok).sort()).toEqual([false, true])
    expect(outcomes.find(({ ok }) => !ok)).toMatchObject({ error: { code: "last_owner" } })
  })

  it("usage is counted at once and rolled back too, where it is buffered otherwise", async () => {
    const { tenantry, store, organizationId } = await hosted({ usage: { mode: "buffered", size: 100 } })
    const { secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "production" })
    const units = async () => {
      await tenantry.usage.flush()
      const { total } = await tenantry.usage.ofOrganization(ada, { organizationId })
      return total
    }
    const use = (ending: () => void) =>
      store.transaction(async (transaction) => {
        const inside = tenantry.within(transaction)
        expect(await inside.apiKeys.verify(secret, { units: 3 })).toMatchObject({ ok: true })
        ending()
      })
    await expect(
      use(() => {
        throw new Undo()
      }),
    ).rejects.toThrow(Undo)
    const before = await units()
    await use(() => {})
    expect((await units()) - before).toBe(3)
  })

  it("rules that were rolled back are forgotten, though others get their revision", async () => {
    const { tenantry, store, organizationId } = await hosted()
    const { secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "production" })
    const set = ({ restrictions }: Pick<TenantryOperations, "restrictions">, cidr: string) =>
      restrictions.ipRules.set(ada, { organizationId, rules: [{ cidr }], allowLockout: true })
    const request = { ip: "203.0.113.7" }
    const work = store.transaction(async (transaction) => {
      const inside = tenantry.within(transaction)
      await set(inside, "203.0.113.0/24")
      expect(await inside.apiKeys.verify(secret, request)).toMatchObject({ ok: true })
      throw new Undo()
    })
    await expect(work).rejects.toThrow(Undo)
    await set(tenantry, "198.51.100.0/24")
    expect(await tenantry.apiKeys.verify(secret, request)).toMatchObject({ ok: false, code: "ip_not_allowed" })
  })
})

describe("what fails within a host's transaction", () => {
  it("is thrown, where it would be answered for or left alone otherwise", async () => {
    let fails: string | null = null
    const ended = new TenantryError("conflict", { retry: "transaction" })
    const store = intercept(memoryStore(), async (made, proceed) => {
      if (made === fails) throw ended
      return proceed()
    })
    const plans = [{ id: "pro", quota: 10, default: true }]
    const { tenantry, organizationId } = await hosted({ billing: { account: "organization", plans } }, store)
    const { secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "production" })
    const inside = (work: (inside: TenantryOperations) => Promise<unknown>) =>
      store.transaction((transaction) => work(tenantry.within(transaction) as never))
    for (const [made, work] of [
      ["apiKeys.findBySecret", ({ apiKeys }) => apiKeys.verify(secret)],
      ["usage.consume", ({ apiKeys }) => apiKeys.verify(secret)],
      ["commit", ({ usage }) => usage.record(ada, { organizationId, units: 9 })],
      ["commit", ({ apiKeys }) => apiKeys.revokeLeaked(secret)],
    ] as readonly (readonly [string, (inside: TenantryOperations) => Promise<unknown>])[]) {
      fails = made
      await expect(inside(work)).rejects.toBe(ended)
      fails = null
    }
    fails = "apiKeys.findBySecret"
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "unavailable" })
  })
})

describe("a store", () => {
  const ports = {
    preset: customRoles,
    acceptUrl: (token: string) => `https://app.example/join/${token}`,
    mailer: inbox(),
  }

  it("without transactions of the host's refuses at once", () => {
    const { withTransaction: _, ...store } = memoryStore()
    const tenantry = createTenantry({ ...ports, store, clock: fakeClock() })
    expect(() => tenantry.within({})).toThrow(TenantryError)
    expect(() => tenantry.within({})).toThrow(expect.objectContaining(refusal("feature_off", { feature: "within" })))
  })

  it("refuses what is no transaction of its own, and one that has ended", async () => {
    const store = memoryStore()
    const tenantry = createTenantry({ ...ports, store })
    for (const transaction of [null, {}, store, memoryStore()]) {
      expect(() => tenantry.within(transaction)).toThrow(expect.objectContaining({ code: "invalid_input" }))
    }
    const ended = await store.transaction(async (transaction) => tenantry.within(transaction))
    await expect(ended.organizations.create(ada, { name: "Acme" })).rejects.toMatchObject(refusal("unavailable"))
  })

  it("has no delivery, people, flush or end inside a transaction: those are the whole's", async () => {
    const { tenantry, store } = await hosted()
    await store.transaction(async (transaction) => {
      const inside = tenantry.within(transaction)
      expect(Object.keys(inside).sort()).toEqual(
        Object.keys(tenantry)
          .filter((name) => !["outbox", "close", "users", "within"].includes(name))
          .sort(),
      )
      expect(inside.usage).not.toHaveProperty("flush")
    })
  })
})
