/**
 * What the memory store promises beyond the port: no scans, sessions that do not wait to read, whole refusals.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import type { Email } from "../../src/kernel/email.ts"
import type { OrganizationId } from "../../src/kernel/id.ts"
import { hashSecret } from "../../src/kernel/secret.ts"
import type { RoleName } from "../../src/role/role-name.ts"
import { emptyDatabase } from "../../src/store/memory/database.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { storeOver } from "../../src/store/memory/store-over.ts"
import type { Store } from "../../src/store/store.ts"
import {
  aMembership,
  aMessage,
  anEntry,
  anInvitation,
  anOrganization,
  aRole,
  BUILT_AT,
  beginning,
  following,
} from "../../src/testing/testing.ts"
import { contents } from "./contents.ts"

const EXPIRED = new Date(BUILT_AT.getTime() - 1)

async function begun(store: Store) {
  const organization = anOrganization()
  await store.commit(beginning(organization))
  return organization
}

/** What every call costs, in rows looked at, where an organization has `size` rows of most kinds beside a smaller one. */
async function costs(size: number): Promise<ReadonlyMap<string, number>> {
  const database = emptyDatabase()
  const store = storeOver(database)
  const [acme, globex] = [anOrganization({ revision: size }), anOrganization({ revision: 100 })]
  const hash = hashSecret(`token of ${size}`)
  for (const each of [acme, globex]) {
    const rows = <T>(make: (index: number) => T): T[] => Array.from({ length: each.revision }, (_, i) => make(i))
    const parts = {
      memberships: {
        insert: rows((index) =>
          aMembership(each, {
            userId: `u_${index}`,
            email: `p${index}@acme.example`,
            role: index % 2 === 0 ? "editor" : "viewer",
          }),
        ),
      },
      invitations: {
        insert: rows((index) => {
          const status = index % 2 === 0 ? "accepted" : "pending"
          const tokenHash = hashSecret(`${each.id} ${index}`)
          const own = { email: `i${index}@acme.example`, expiresAt: EXPIRED, status, tokenHash } as const
          return anInvitation(each, index === 9 && each === acme ? { ...own, tokenHash: hash } : own)
        }),
      },
      roles: { insert: rows((index) => aRole(each, { name: `role-${index}` })).slice(0, 100) },
      activity: rows((index) =>
        anEntry(each, { seq: index + 1, actor: index % 2 === 0 ? "user:u_0" : "platformAdmin:u_root" }),
      ),
      outbox: rows((index) =>
        aMessage(each, { topic: index % 2 === 0 ? "event" : "invitation.email", seq: index + 1 }),
      ),
    }
    await store.commit(beginning(each, parts))
  }
  const found = await store.load(acme.id, {
    members: { role: null, emailPrefix: null, after: null, limit: 9 },
    invitations: { status: "pending", liveAt: null, expiredAt: null, after: null, limit: 9 },
    roles: true,
  })
  const [member, pending, role] = [found?.members[8], found?.invitations[8]?.invitation, found?.roles[0]]
  if (member === undefined || pending === undefined || role === undefined) throw new Error("no rows")
  const page = { after: member.id, limit: 51 }
  const every = { actions: null, actor: null, target: null, since: null, until: null, limit: 51 }

  const measured = new Map<string, number>()
  const measure = async (name: string, call: () => Promise<unknown>) => {
    const before = database.tally.rows
    await call()
    measured.set(name, database.tally.rows - before)
  }
  const load = (name: string, wants: Parameters<Store["load"]>[1]) => measure(name, () => store.load(acme.id, wants))
  await load("caller", { caller: member.userId, memberOf: member.userId, membership: member.id })
  await load("membersByEmail", { membersByEmail: [member.email, "nobody@acme.example" as Email] })
  await load("membersWithRole", { membersWithRole: "editor" as RoleName, memberCount: true })
  await load("members", { members: { role: null, emailPrefix: null, ...page } })
  await load("members of a role", { members: { role: "editor" as RoleName, emailPrefix: null, ...page } })
  await load("members by rare prefix", { members: { role: null, emailPrefix: member.email, ...page } })
  await load("members by common prefix", { members: { role: null, emailPrefix: "p", ...page } })
  await load("invitation", { invitation: pending.id, delivery: pending.id, inviter: pending.id })
  await load("pendingByEmail", { pendingByEmail: [pending.email] })
  await load("pendingFrom", { pendingFrom: { sender: { userId: member.userId }, at: BUILT_AT } })
  await load("pendingTo", { pendingTo: member.userId })
  await load("pendingCount", { pendingCount: BUILT_AT })
  await load("invitations", { invitations: { status: null, liveAt: null, expiredAt: BUILT_AT, ...page } })
  await load("invitations by status", { invitations: { status: "pending", liveAt: null, expiredAt: null, ...page } })
  await load("roles", { roles: true, holders: role.id })
  await load("entries", { entries: { ...every, order: "ascending", after: 9 } })
  await load("newest entries", { entries: { ...every, order: "descending", after: null } })
  await measure("idOfSlug", () => store.organizations.idOfSlug(acme.slug))
  await measure("findByToken", () => store.invitations.findByToken(hash))
  await measure("pendingFor", () => store.invitations.pendingFor(pending.email, EXPIRED, { after: null, limit: 51 }))
  await measure("commit", () =>
    store.commit(
      following(acme, {
        memberships: { insert: [aMembership(acme)], update: [{ ...member, name: "Changed" }] },
        invitations: { update: [{ ...pending, status: "cancelled" }] },
        outbox: [aMessage(acme, { seq: size + 1 })],
      }),
    ),
  )
  const lease = { lease: "w", at: BUILT_AT, until: BUILT_AT, limit: 50 }
  await measure("outbox.claim", () => store.outbox.claim(lease))
  const [leased] = await store.outbox.list("queued", { after: null, limit: 1 })
  const sent = { state: "dead", attempts: 1, dueAt: BUILT_AT, error: null, blank: false } as const
  const settle = () => leased && store.outbox.settle(leased.organizationId, leased.id, leased.lease ?? "", sent)
  await measure("outbox.settle", async () => settle())
  await measure("outbox.retry", async () => leased && store.outbox.retry(leased.organizationId, leased.id, BUILT_AT))
  await measure("outbox.list", () => store.outbox.list("queued", { after: null, limit: 50 }))
  await measure("outbox.health", () => store.outbox.health())
  await measure("platform.entries", () => store.platform.entries({ after: null, limit: 51 }))
  const { organization } = (await store.load(acme.id, {})) ?? { organization: acme }
  const tombstone = anEntry(acme, { seq: organization.revision + 1, action: "organization.purged" })
  await store.commit(following(organization, { activity: [tombstone] }, { status: "purging" }))
  await measure("platform.purge", () => store.platform.purge(acme.id, 50))
  return measured
}

describe("look-ups and pages", () => {
  it("look at a page's rows and no more, however many there are", async () => {
    const [few, many] = [await costs(2_000), await costs(100_000)]
    expect(many.size).toBe(28)
    for (const [name, looked] of many) {
      expect(looked, name).toBeLessThanOrEqual(1.8 * (few.get(name) ?? 0))
    }
    for (const name of ["members", "members of a role", "invitations", "entries", "newest entries"]) {
      expect(many.get(name), name).toBeLessThan(2 * 51 + 60)
    }
  })
})

describe("a commit that does not fit what is stored", () => {
  it.each([
    [
      "inserts a row twice",
      (organization: { id: OrganizationId }) => {
        const member = aMembership(organization)
        return { memberships: { insert: [member, member] } }
      },
    ],
    ["updates a row that is not there", (organization) => ({ memberships: { update: [aMembership(organization)] } })],
    ["deletes a row that is not there", (organization) => ({ roles: { delete: [aRole(organization).id] } })],
    [
      "makes one user a member twice",
      (organization) => ({
        memberships: {
          insert: [aMembership(organization, { userId: "u" }), aMembership(organization, { userId: "u" })],
        },
      }),
    ],
    [
      "leaves two pending invitations to one address",
      (organization) => ({
        invitations: {
          insert: [
            anInvitation(organization, { email: "e@e.example" }),
            anInvitation(organization, { email: "e@e.example" }),
          ],
        },
      }),
    ],
    [
      "names two roles alike",
      (organization) => ({
        roles: { insert: [aRole(organization, { name: "same" }), aRole(organization, { name: "same" })] },
      }),
    ],
    ["holds another organization's row", () => ({ memberships: { insert: [aMembership(anOrganization())] } })],
    ["repeats an entry", (organization) => ({ activity: [anEntry(organization, { seq: 1 })] })],
    [
      "repeats a message",
      (organization) => {
        const message = aMessage(organization)
        return { outbox: [message, message] }
      },
    ],
  ] satisfies [string, (organization: { id: OrganizationId }) => Parameters<typeof following>[1]][])(
    "throws and leaves nothing behind when it %s",
    async (_, parts) => {
      const database = emptyDatabase()
      const store = storeOver(database)
      const acme = await begun(store)
      const before = contents(database)
      const changes = following(acme, parts(acme), { slug: "elsewhere" })
      await expect(store.commit(changes)).rejects.toThrow("do not fit")
      expect(contents(database)).toEqual(before)
      expect(await store.commit(following(acme))).toBe("committed")
    },
  )
})

describe("transactions", () => {
  const unavailable = { code: "unavailable" }

  it("let everybody else read, at once, what is committed", async () => {
    const store = memoryStore()
    const acme = await begun(store)
    await store.transaction(async (inside) => {
      await inside.commit(following(acme, { memberships: { insert: [aMembership(acme)] } }, { slug: "acme-two" }))
      const outside = await store.load(acme.id, { memberCount: true })
      expect([outside?.organization.revision, outside?.memberCount]).toEqual([1, 0])
      expect(await store.organizations.idOfSlug(acme.slug)).toBe(acme.id)
      const own = await inside.load(acme.id, { memberCount: true })
      expect([own?.organization.revision, own?.memberCount]).toEqual([2, 1])
    })
    expect((await store.load(acme.id, { memberCount: true }))?.memberCount).toBe(1)
  })

  it("hold off commits to what they wrote, and no others", async () => {
    const store = memoryStore()
    const [acme, globex] = [await begun(store), await begun(store)]
    let waiting: Promise<unknown> | null = null
    let ended = false
    await store.transaction(async (inside) => {
      await inside.commit(following(acme))
      expect(await store.commit(following(globex))).toBe("committed")
      waiting = store.commit(following(acme)).then((outcome) => [outcome, ended])
      await inside.load(acme.id, {})
      ended = true
    })
    expect(await waiting).toEqual(["conflict", true])
  })

  it("hold the slugs they claim and release", async () => {
    const store = memoryStore()
    const acme = await begun(store)
    const outcomes: Promise<string>[] = []
    await expect(
      store.transaction(async (inside) => {
        await inside.commit(following(acme, {}, { slug: "wanted" }))
        outcomes.push(store.commit(beginning(anOrganization({ slug: "wanted" }))))
        outcomes.push(store.commit(beginning(anOrganization({ slug: acme.slug }))))
        throw new Error("undone")
      }),
    ).rejects.toThrow("undone")
    expect(await Promise.all(outcomes)).toEqual(["committed", "slug_taken"])
  })

  it("hold the messages they claim", async () => {
    const store = memoryStore()
    const acme = await begun(store)
    await store.commit(following(acme, { outbox: [aMessage(acme)] }))
    const lease = { at: BUILT_AT, until: BUILT_AT, limit: 9 }
    await store.transaction(async (inside) => {
      expect(await inside.outbox.claim({ ...lease, lease: "inside" })).toHaveLength(1)
      expect(await store.outbox.claim({ ...lease, lease: "outside" })).toHaveLength(0)
    })
    expect((await store.outbox.list("queued", { after: null, limit: 1 }))[0]?.lease).toBe("inside")
  })

  it("answer `unavailable` to whoever waited too long", async () => {
    const store = memoryStore({ lockTimeout: 1 })
    const acme = await begun(store)
    await store.transaction(async (inside) => {
      await inside.lock(acme.id)
      await expect(store.commit(following(acme))).rejects.toMatchObject(unavailable)
    })
    expect(await store.commit(following(acme))).toBe("committed")
  })

  it("end a wait for each other: one is refused, the other goes on", async () => {
    const store = memoryStore({ lockTimeout: 20 })
    const [acme, globex] = [await begun(store), await begun(store)]
    const first = deferred()
    const second = deferred()
    const one = store.transaction(async (inside) => {
      await inside.lock(acme.id)
      first.resolve()
      await second.promise
      await inside.lock(globex.id)
    })
    await first.promise
    const two = store.transaction(async (inside) => {
      await inside.lock(globex.id)
      second.resolve()
      await inside.load(acme.id, {})
      await inside.load(acme.id, {})
      await inside.lock(acme.id)
    })
    const results = await Promise.allSettled([one, two])
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"])
    const refused = results.find((result) => result.status === "rejected")
    expect(refused?.reason).toMatchObject(unavailable)
  })

  it("nest: a part that fails is undone alone", async () => {
    const store = memoryStore()
    const acme = await begun(store)
    await store.transaction(async (outer) => {
      await outer.commit(following(acme))
      const failing = outer.transaction(async (inner) => {
        await inner.commit(following({ ...acme, revision: 2 }))
        throw new Error("this part")
      })
      await expect(failing).rejects.toThrow("this part")
      expect((await outer.load(acme.id, {}))?.organization.revision).toBe(2)
      await outer.transaction(async (inner) => inner.commit(following({ ...acme, revision: 2 })))
      expect((await outer.load(acme.id, {}))?.organization.revision).toBe(3)
      expect((await store.load(acme.id, {}))?.organization.revision).toBe(1)
    })
    expect((await store.load(acme.id, {}))?.organization.revision).toBe(3)
  })

  it("keep apart however their steps alternate", async () => {
    const store = memoryStore()
    const organizations = await Promise.all(Array.from({ length: 4 }, () => begun(store)))
    const work = organizations.map((own, index) =>
      store.transaction(async (inside) => {
        let current = own
        for (let round = 0; round < 5; round++) {
          const changes = following(current, { memberships: { insert: [aMembership(own)] } })
          expect(await inside.commit(changes)).toBe("committed")
          current = changes.organization
          expect((await inside.load(own.id, { memberCount: true }))?.memberCount).toBe(round + 1)
          for (const other of organizations) {
            if (other !== own) expect((await inside.load(other.id, { memberCount: true }))?.memberCount).toBe(0)
          }
        }
        if (index % 2 === 1) throw new Error("undone")
      }),
    )
    await Promise.allSettled(work)
    const counts = organizations.map(async ({ id }) => (await store.load(id, { memberCount: true }))?.memberCount)
    expect(await Promise.all(counts)).toEqual([5, 0, 5, 0])
  })

  it("are over when they are over", async () => {
    const store = memoryStore()
    const acme = await begun(store)
    const kept = await store.transaction(async (inside) => ({ inside }))
    await expect(kept.inside.load(acme.id, {})).rejects.toThrow("has ended")
    await expect(kept.inside.commit(following(acme))).rejects.toThrow("has ended")
    expect((await store.load(acme.id, {}))?.organization.revision).toBe(1)
  })

  it("do not outlive the transaction around them", async () => {
    const store = memoryStore()
    const acme = await begun(store)
    const go = deferred()
    const { late } = await store.transaction(async (outer) => {
      await outer.commit(following(acme))
      return {
        late: outer.transaction(async (inner) => {
          await go.promise
          return inner.commit(following({ ...acme, revision: 2 }))
        }),
      }
    })
    go.resolve()
    await expect(late).rejects.toThrow("has ended")
    expect((await store.load(acme.id, {}))?.organization.revision).toBe(2)
  })

  it("are what withTransaction takes, of its own store and nothing else", async () => {
    const [store, other] = [memoryStore(), memoryStore()]
    await store.transaction(async (inside) => {
      expect(store.withTransaction?.(inside)).toBe(inside)
      expect(() => other.withTransaction?.(inside)).toThrow(TypeError)
    })
    for (const nothing of [store, null, undefined, "transaction", {}]) {
      expect(() => store.withTransaction?.(nothing)).toThrow(TypeError)
    }
  })

  it("are needed to lock", async () => {
    await expect(memoryStore().lock(anOrganization().id)).rejects.toThrow("needs a transaction")
  })
})

describe("rows given to a commit", () => {
  it("may be changed by their owner afterwards", async () => {
    const store = memoryStore()
    const metadata = { plan: { name: "pro" } }
    const acme = anOrganization({ metadata, createdAt: new Date(BUILT_AT) })
    await store.commit(beginning(acme))
    metadata.plan.name = "changed"
    acme.createdAt.setTime(0)
    const found = await store.load(acme.id, {})
    expect(found?.organization.metadata).toEqual({ plan: { name: "pro" } })
    expect(found?.organization.createdAt).toEqual(BUILT_AT)
  })
})

function deferred() {
  let resolve!: () => void
  const promise = new Promise<void>((give) => {
    resolve = give
  })
  return { promise, resolve }
}
