/**
 * The host's own transactions: what is written in one stands or falls with it.
 *
 * @module
 */
import { equal, rejects } from "node:assert/strict"
import type { Store } from "../../store/store.ts"
import { aMembership, aMessage, anOrganization, beginning, following } from "../builders.ts"
import { begin, type Check, change, loaded, type OpenStore, times } from "./scene.ts"

class Undo extends Error {}

/** Runs `work` over a store inside a transaction of the host's. */
function inHost<T>({ store, hostTransaction }: OpenStore, work: (inside: Store) => Promise<T>): Promise<T> {
  if (hostTransaction === undefined || store.withTransaction === undefined) throw new Error("needs hostTransaction")
  return hostTransaction((transaction) => {
    if (store.withTransaction === undefined) throw new Error("needs withTransaction")
    return work(store.withTransaction(transaction))
  })
}

export const hostTransactionCases: readonly Check[] = [
  {
    name: "withTransaction answers a store that reads and writes inside the host's own transaction",
    needs: "hostTransaction",
    run: async (opened) => {
      const { store } = opened
      const acme = await begin(store)
      await inHost(opened, async (inside) => {
        await inside.lock(acme.id)
        equal(await inside.commit(following({ ...acme, revision: 5 })), "conflict")
        await change(inside, acme, { memberships: { insert: [aMembership(acme)] } })
        equal((await loaded(inside, acme, { memberCount: true })).memberCount, 1)
      })
      equal((await loaded(store, acme, { memberCount: true })).memberCount, 1)
      const { organization } = await loaded(store, acme, {})
      const undone = inHost(opened, async (inside) => {
        await change(inside, organization, { memberships: { insert: [aMembership(acme)] } })
        throw new Undo()
      })
      await rejects(undone, Undo)
      equal((await loaded(store, acme, { memberCount: true })).memberCount, 1)
      equal(await store.commit(following(organization)), "committed")
    },
  },
  {
    name: "many organizations, slugs and messages inside a host's own transaction stand or fall together",
    needs: "hostTransaction",
    run: async (opened) => {
      const { store } = opened
      for (const ending of ["resolves", "rejects"] as const) {
        const acme = await begin(store)
        const newcomer = anOrganization()
        const { queued } = await store.outbox.health()
        const work = inHost(opened, async (inside) => {
          equal(await inside.commit(beginning(newcomer)), "committed")
          await change(inside, acme, { outbox: [aMessage(acme)] }, { slug: `${acme.slug}-two` })
          equal(await inside.organizations.idOfSlug(newcomer.slug), newcomer.id)
          equal((await inside.outbox.health()).queued, queued + 1)
          if (ending === "rejects") throw new Undo()
        })
        if (ending === "rejects") await rejects(work, Undo)
        else await work
        const stands = ending === "resolves"
        equal(await store.organizations.idOfSlug(newcomer.slug), stands ? newcomer.id : null)
        equal(await store.organizations.idOfSlug(acme.slug), stands ? null : acme.id)
        equal((await store.outbox.health()).queued, stands ? queued + 1 : queued)
      }
    },
  },
  {
    name: "a host's own transaction stays usable after a refusal",
    needs: "hostTransaction",
    run: async (opened) => {
      const { store } = opened
      const [holder, acme] = [await begin(store), await begin(store)]
      await inHost(opened, async (inside) => {
        equal(await inside.load(anOrganization().id, {}), null)
        equal(await inside.commit(following({ ...acme, revision: 5 })), "conflict")
        equal(await inside.commit(following(acme, {}, { slug: holder.slug })), "slug_taken")
        equal(await inside.commit(beginning(anOrganization({ slug: holder.slug }))), "slug_taken")
        await change(inside, acme, { memberships: { insert: [aMembership(acme)] } })
      })
      const { organization, memberCount } = await loaded(store, acme, { memberCount: true })
      equal(organization.revision, 2)
      equal(memberCount, 1)
    },
  },
  {
    name: "hosts' own transactions that lock, load and commit are all committed, one after another",
    needs: "hostTransaction",
    run: async (opened) => {
      const acme = await begin(opened.store)
      const joins = times(4, () =>
        inHost(opened, async (inside) => {
          await inside.lock(acme.id)
          const { organization } = await loaded(inside, acme, {})
          await change(inside, organization, { memberships: { insert: [aMembership(acme)] } })
        }),
      )
      await Promise.all(joins)
      const { organization, memberCount } = await loaded(opened.store, acme, { memberCount: true })
      equal(organization.revision, 5)
      equal(memberCount, 4)
    },
  },
]
