/** A cache that fails, and commits that meet a read: nothing that is out of date is kept, and nobody is let in by a cache. */
import { describe, expect, it } from "vitest"
import type { RecordCache } from "../../src/api-key/record-cache.ts"
import { memoryCache, type Store } from "../../src/index.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { intercept } from "../../src/testing/testing.ts"
import { apiKeys, cached, codeOf, KEPT, READ, STALENESS } from "./scene.ts"

describe("what is read while somebody commits", () => {
  it("is not kept: the next request reads what was committed", async () => {
    const inner = memoryStore()
    let meanwhile: (() => Promise<unknown>) | null = null
    const store: Store = intercept(inner, async (call, proceed) => {
      const found = await proceed()
      const work = call === "apiKeys.findBySecret" ? meanwhile : null
      if (work !== null) {
        meanwhile = null
        await work()
      }
      return found
    })
    const { tenantry, ada, key, inAcme, clock, callsOf } = await cached({ store })
    const { secret, id } = await key(ada)
    clock.advance({ seconds: STALENESS })
    meanwhile = () => tenantry.apiKeys.disable(ada, { ...inAcme, apiKeyId: id })
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("ok")
    expect(await callsOf(() => tenantry.apiKeys.verify(secret))).toEqual(["apiKeys.findBySecret"])
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("disabled")
  })

  it("is dropped when a command had to begin anew, in a transaction of its own", async () => {
    let conflicts = 0
    const inner = memoryStore()
    const commit: Store["commit"] = async (changes) => (conflicts-- > 0 ? "conflict" : inner.commit(changes))
    const { tenantry, ada, key, inAcme, callsOf } = await cached({ store: { ...inner, commit } })
    const { secret, id } = await key(ada)
    conflicts = 1
    const calls = await callsOf(() => tenantry.apiKeys.disable(ada, { ...inAcme, apiKeyId: id }))
    expect(calls).toEqual(["load", "commit", "transaction", "lock", "load", "commit"])
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("disabled")
  })

  it("is dropped after a commit whose answer was lost", async () => {
    let fails = false
    const store = intercept(memoryStore(), async (call, proceed) => {
      const result = await proceed()
      if (fails && call === "commit") throw new Error("connection lost")
      return result
    })
    const { tenantry, ada, key, inAcme } = await cached({ store })
    const { secret, id } = await key(ada)
    fails = true
    await expect(tenantry.apiKeys.disable(ada, { ...inAcme, apiKeyId: id })).rejects.toMatchObject({
      code: "unavailable",
    })
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("disabled")
  })
})

describe("a cache of the host's that fails", () => {
  const fail = (): never => {
    throw new Error("the vault is sealed")
  }
  const right = memoryCache()
  const stale = () => {
    const inner = memoryCache()
    return { ...inner, get: (name: string) => structuredClone(inner.get(name)) }
  }
  const broken: readonly (readonly [string, () => RecordCache])[] = [
    ["throws when it is asked", () => ({ ...right, get: fail })],
    ["throws when it is to tell where it is", () => ({ ...right, mark: fail })],
    ["throws when it is given something", () => ({ ...right, put: fail })],
    ["throws when it is to drop", () => ({ ...memoryCache(), put: () => {}, drop: fail })],
    ["throws whatever it is asked", () => ({ get: fail, mark: fail, put: fail, drop: fail })],
    ["never answers", () => ({ ...right, get: () => new Promise(() => {}) as never })],
    [
      "answers what it was never given",
      () => ({ ...right, get: () => ({ record: {}, readAt: new Date(0) }) as never }),
    ],
    ["answers what it was given as another object, with whatever became of its dates", stale],
  ]
  it.each(broken)("and %s costs a read: nobody is let in by it, nobody kept out, no command fails", async (_, make) => {
    const { tenantry, ada, key, inAcme, callsOf } = await cached({ cache: make() })
    const { secret, id } = await key(ada)
    for (let count = 0; count < 2; count++) {
      expect(await callsOf(() => tenantry.apiKeys.verify(secret))).toEqual(READ)
    }
    await tenantry.apiKeys.disable(ada, { ...inAcme, apiKeyId: id })
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("disabled")
  })

  it("and gives one key's record for another's lets neither in", async () => {
    const inner = memoryCache()
    const mixed: RecordCache = {
      ...inner,
      get: () => inner.get("one"),
      put: (_, kept, mark) => inner.put("one", kept, mark),
    }
    const { tenantry, ada, key } = await cached({ cache: mixed })
    const [first, second] = [await key(ada), await key(ada)]
    expect(codeOf(await tenantry.apiKeys.verify(second.secret))).toBe("ok")
    expect(codeOf(await tenantry.apiKeys.verify(first.secret))).toBe("not_found")
  })

  it("and is shared by two tenantries is used by neither for what the other read", async () => {
    const cache = memoryCache()
    const { tenantry, ada, key, through, callsOf } = await cached({ cache })
    const { secret } = await key(ada)
    const other = through({ cache, apiKeys, billing: { account: "none" } })
    expect(await callsOf(() => other.apiKeys.verify(secret))).toEqual(READ)
    expect(await callsOf(() => tenantry.apiKeys.verify(secret))).toEqual(READ)
    expect(await callsOf(() => tenantry.apiKeys.verify(secret))).toEqual(KEPT)
  })
})
