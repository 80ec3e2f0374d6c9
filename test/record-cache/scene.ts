/**
 * A workspace whose verifications go through a cache of records.
 *
 * @module
 */
import { createTenantry, memoryCache, type Verdict } from "../../src/index.ts"
import { workspace } from "../../src/presets/presets.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { countCalls, inbox, sequentialIds } from "../../src/testing/testing.ts"
import { scene, TEN } from "../usage/scene.ts"

export const STALENESS = 10
export const apiKeys = { holders: ["organization", "member", "person"] as const, recordStaleness: STALENESS }
export const billing = { account: "owner" as const, plans: [{ ...TEN, quota: 1000 }] }

/** The port calls of a verification that reads, and of one over a kept record. */
export const READ = ["apiKeys.findBySecret", "usage.consume"]
export const KEPT = ["usage.consume"]

export const codeOf = (verdict: Verdict): string => (verdict.ok ? "ok" : verdict.code)

/** `through` is another tenantry over the same store and clock, without a cache unless said. */
export async function cached(options: Parameters<typeof scene>[0] = {}) {
  const counted = countCalls(options.store ?? memoryStore())
  const cache = options.cache ?? memoryCache()
  const at = await scene({ billing, apiKeys, cache, ...options, store: counted.store })
  const acceptUrl = (token: string) => `https://app.example/${token}`
  const through = (more: object = {}) =>
    createTenantry({
      ...{ preset: workspace, mailer: inbox(), ids: sequentialIds(), clock: at.clock, acceptUrl },
      ...{ store: counted.store, billing, apiKeys: { ...apiKeys, recordStaleness: 0 }, ...more },
    })
  const callsOf = async (work: () => Promise<unknown>) => {
    counted.calls.length = 0
    await work()
    return [...counted.calls]
  }
  return { ...at, cache, through, callsOf }
}
