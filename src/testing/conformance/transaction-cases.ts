/**
 * Transactions: together or never, one after another where they lock, and the host's own.
 *
 * @module
 */
import { deepEqual, equal, rejects } from "node:assert/strict"
import type { Organization } from "../../organization/organization.ts"
import type { Store } from "../../store/store.ts"
import { aMembership, aMessage, anInvitation, anOrganization, beginning, following } from "../builders.ts"
import { ALL, begin, type Check, change, everything, loaded, times } from "./scene.ts"

class Undo extends Error {}

/** Lets somebody else's wait end. */
function signal() {
  let give!: () => void
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { give, given }
}

/** Locks, reads, and adds one member: what the pipeline does after a conflict. */
const joinUnderLock = (store: Store, organization: Organization) =>
  store.transaction(async (inside) => {
    await inside.lock(organization.id)
    const found = await loaded(inside, organization, {})
    return inside.commit(following(found.organization, { memberships: { insert: [aMembership(organization)] } }))
  })

export const transactionCases: readonly Check[] = [
  {
    name: "a transaction's writes become visible together when its work resolves",
    run: async ({ store }) => {
      const acme = await begin(store)
      const newcomer = anOrganization()
      const answer = await store.transaction(async (inside) => {
        await change(inside, acme, { memberships: { insert: [aMembership(acme)] }, outbox: [aMessage(acme)] })
        equal(await inside.commit(beginning(newcomer)), "committed")
        return "done"
      })
      equal(answer, "done")
      equal((await loaded(store, acme, { memberCount: true })).memberCount, 1)
      equal(await store.organizations.idOfSlug(newcomer.slug), newcomer.id)
      equal((await store.outbox.health()).queued, 1)
    },
  },
  {
    name: "a transaction's writes never become visible when its work rejects, and the work's own error is thrown on",
    run: async ({ store }) => {
      const acme = await begin(store, (organization) => ({ outbox: [aMessage(organization)] }))
      const newcomer = anOrganization()
      const before = await everything(store, acme)
      const messages = await store.outbox.list("queued", ALL)
      const reason = new Undo("changed my mind")
      const work = store.transaction(async (inside) => {
        await change(
          inside,
          acme,
          { memberships: { insert: [aMembership(acme)] }, invitations: { insert: [anInvitation(acme)] } },
          { slug: "acme-elsewhere" },
        )
        equal(await inside.commit(beginning(newcomer)), "committed")
        await inside.outbox.claim({ lease: "w", at: acme.createdAt, until: acme.createdAt, limit: 5 })
        throw reason
      })
      await rejects(work, (error) => error === reason)
      deepEqual(await everything(store, acme), before)
      deepEqual(await store.outbox.list("queued", ALL), messages)
      equal(await store.organizations.idOfSlug(acme.slug), acme.id)
      equal(await store.load(newcomer.id, {}), null)
      equal(await store.commit(beginning(anOrganization({ slug: "acme-elsewhere" }))), "committed")
      equal(await store.commit(following(acme)), "committed", "the store stays usable")
    },
  },
  {
    name: "a transaction reads its own writes",
    run: async ({ store }) => {
      const acme = await begin(store)
      await store.transaction(async (inside) => {
        const next = await change(inside, acme, { memberships: { insert: [aMembership(acme)] } }, { slug: "acme-two" })
        const found = await loaded(inside, acme, { memberCount: true })
        deepEqual([found.organization.revision, found.memberCount], [2, 1])
        equal(await inside.organizations.idOfSlug(next.slug), acme.id)
        equal(await inside.commit(following(acme)), "conflict", "its own commit moved the revision")
        await change(inside, next)
      })
      equal((await loaded(store, acme, {})).organization.revision, 3)
    },
  },
  {
    name: "nobody outside sees a transaction's writes before it ends",
    run: async ({ store, other }) => {
      for (const ending of ["resolves", "rejects"] as const) {
        const acme = await begin(store)
        const [written, seen] = [signal(), signal()]
        const work = store.transaction(async (inside) => {
          const next = await change(inside, acme, { memberships: { insert: [aMembership(acme)] } })
          written.give()
          for (let round = 0; round < 5; round++) await loaded(inside, acme, {})
          await change(inside, next, { memberships: { insert: [aMembership(acme)] } })
          seen.give()
          if (ending === "rejects") throw new Undo()
        })
        const ended = ending === "rejects" ? rejects(work, Undo) : work
        await written.given
        // Where readers wait for writers, these answer only once the transaction has ended.
        const outside = Promise.all(times(5, () => loaded(other, acme, { memberCount: true })))
        await Promise.all([seen.given, ended])
        for (const { organization, memberCount } of await outside) {
          equal(organization.revision, memberCount + 1, "one instant")
          equal(memberCount === 0 || (ending === "resolves" && memberCount === 2), true, "all of it or nothing")
        }
      }
    },
  },
  {
    name: "lock waits until no other transaction has locked that organization, then holds it to the end",
    run: async ({ store, other }) => {
      const acme = await begin(store)
      const order: string[] = []
      const locked = signal()
      const first = store.transaction(async (inside) => {
        await inside.lock(acme.id)
        locked.give()
        for (let round = 0; round < 10; round++) await loaded(inside, acme, {})
        await change(inside, acme)
        order.push("first")
      })
      await locked.given
      const second = other.transaction(async (inside) => {
        await inside.lock(acme.id)
        order.push("second")
        return (await loaded(inside, acme, {})).organization.revision
      })
      await first
      equal(await second, 2, "what was committed under the lock is there")
      deepEqual(order, ["first", "second"])
    },
  },
  {
    name: "transactions that lock, load and commit are all committed, one after another",
    run: async ({ store, other }) => {
      const acme = await begin(store)
      const outcomes = await Promise.all(times(8, (index) => joinUnderLock(index % 2 === 0 ? store : other, acme)))
      deepEqual(
        outcomes,
        times(8, () => "committed"),
      )
      const { organization, memberCount } = await loaded(store, acme, { memberCount: true })
      deepEqual([organization.revision, memberCount], [9, 8])
    },
  },
  {
    name: "a lock is gone when its transaction rejects",
    run: async ({ store, other }) => {
      const acme = await begin(store)
      const failing = store.transaction(async (inside) => {
        await inside.lock(acme.id)
        throw new Undo()
      })
      await rejects(failing, Undo)
      equal(await joinUnderLock(other, acme), "committed")
    },
  },
  {
    name: "a transaction stays usable after a refusal",
    run: async ({ store }) => {
      const holder = await begin(store)
      const acme = await begin(store)
      await store.transaction(async (inside) => {
        equal(await inside.commit(following({ ...acme, revision: 5 })), "conflict")
        equal(await inside.commit(following(acme, {}, { slug: holder.slug })), "slug_taken")
        equal(await inside.commit(beginning(anOrganization({ slug: holder.slug }))), "slug_taken")
        equal(await inside.commit(following(acme, { outbox: [aMessage(acme)] })), "committed")
      })
      equal((await loaded(store, acme, {})).organization.revision, 2)
    },
  },
]
