/** Which writes tell the cache what, and when. */
import { describe, expect, it } from "vitest"
import type { RecordCache } from "../../src/api-key/record-cache.ts"
import { account, memoryCache, type Store } from "../../src/index.ts"
import { dropping } from "../../src/pipeline/dropping.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import {
  aConsumption,
  anAccount,
  anOrganization,
  beginning,
  beginningAccount,
  following,
  storeConformance,
} from "../../src/testing/testing.ts"

/** A store and what it told the cache. */
function told(countsToo = false, inner: Store = memoryStore()) {
  const drops: (readonly string[])[] = []
  const cache: RecordCache = { ...memoryCache(), drop: (boundaries) => void drops.push(boundaries) }
  return { inner, drops, store: dropping(inner, cache, countsToo) }
}

describe("a store that tells the cache", () => {
  it("names the organization or the account that was committed, also when the commit was refused", async () => {
    const { store, drops } = told()
    const organization = anOrganization()
    const ada = anAccount(account.user("u_ada"))
    expect(await store.commit(beginning(organization))).toBe("committed")
    expect(await store.commit(following({ ...organization, revision: 7 }))).toBe("conflict")
    await store.accounts.commit(beginningAccount(ada))
    await store.platform.purge(organization.id, 10).catch(() => null)
    expect(drops).toEqual([[organization.id], [organization.id], [ada.id], [organization.id]])
  })

  it("tells of a transaction once it has ended, of everything at once", async () => {
    const { store, drops } = told()
    const [one, two] = [anOrganization(), anOrganization()]
    await store.transaction(async (outer) => {
      await outer.commit(beginning(one))
      await outer.transaction((inner) => inner.commit(beginning(two)))
      await outer.commit(following(one))
      expect(drops).toEqual([])
    })
    expect(drops).toEqual([[one.id, two.id]])
    const failing = store.transaction(async (inner) => {
      await inner.commit(following(two))
      throw new Error("no")
    })
    await expect(failing).rejects.toThrow("no")
    expect(drops.slice(1)).toEqual([[two.id]])
  })

  it("tells of nothing in a host's transaction, and of no reads", async () => {
    const { inner, store, drops } = told()
    const organization = anOrganization()
    await inner.transaction(async (transaction) => {
      await store.withTransaction?.(transaction).commit(beginning(organization))
    })
    await store.load(organization.id, {})
    await store.accounts.load(account.user("u_ada"), {})
    await store.platform.organizations({ status: null, slugPrefix: null, after: null, limit: 10 })
    expect(drops).toEqual([])
  })

  it("tells of what is counted only where that is asked for", async () => {
    const use = aConsumption(account.user("u_ada"))
    for (const countsToo of [false, true]) {
      const { store, drops } = told(countsToo)
      await store.usage.consume(use)
      await store.usage.add([use, use])
      expect(drops).toEqual(countsToo ? [[use.account], [use.account]] : [])
    }
  })

  it("leaves a store without host transactions without them", () => {
    const { withTransaction: _, ...without } = memoryStore()
    expect("withTransaction" in told(false, without).store).toBe(false)
  })

  describe("is a store as good as the one within:", () => {
    const open = async () => {
      const { store } = told(true)
      return {
        store,
        other: store,
        hostTransaction: <T>(work: (own: unknown) => Promise<T>) => store.transaction(work),
      }
    }
    const cases = storeConformance(open).filter(({ needs }) => needs === undefined)
    for (const { name, run } of cases) it(name, run)
  })
})
