/** What a host may say of the cache, and what is refused by name. */
import { describe, expect, it } from "vitest"
import { createTenantry, memoryCache } from "../../src/index.ts"
import { workspace } from "../../src/presets/presets.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { inbox } from "../../src/testing/testing.ts"

describe("a configuration of the cache", () => {
  const right = {
    preset: workspace,
    store: memoryStore(),
    mailer: inbox(),
    acceptUrl: (token: string) => `https://a/${token}`,
  }
  const wrong = (more: object): readonly string[] => {
    try {
      createTenantry({ ...right, ...more } as never)
      return []
    } catch (error) {
      return (error as { details: { issues: { path: string[] }[] } }).details.issues.map(({ path }) => path.join("."))
    }
  }
  const cache = memoryCache()

  it("takes a staleness of up to five minutes, in whole seconds, with a cache alone", () => {
    for (const recordStaleness of [0, 1, 300]) expect(wrong({ cache, apiKeys: { recordStaleness } })).toEqual([])
    for (const recordStaleness of [-1, 0.5, 301, Number.NaN, Number.POSITIVE_INFINITY, "10", null]) {
      expect(wrong({ cache, apiKeys: { recordStaleness } })).toEqual(["apiKeys.recordStaleness"])
    }
    expect(wrong({ apiKeys: { recordStaleness: 1 } })).toEqual(["apiKeys.recordStaleness"])
    expect(wrong({ cache })).toEqual([])
  })

  it("takes a cache that has every method", () => {
    for (const name of ["get", "mark", "put", "drop"]) {
      expect(wrong({ cache: { ...cache, [name]: undefined } })).toEqual(["cache"])
    }
    for (const none of ["redis", {}, () => cache]) expect(wrong({ cache: none })).toEqual(["cache"])
  })
})
