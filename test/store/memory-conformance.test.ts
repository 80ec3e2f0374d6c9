/**
 * The memory store keeps the port, at once and when every call takes its time.
 *
 * @module
 */
import { describe, it } from "vitest"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import type { Store } from "../../src/store/store.ts"
import { type OpenStore, storeConformance, withLatency } from "../../src/testing/testing.ts"
import { unevenly } from "../testing/uneven.ts"

const opened = (store: Store): OpenStore => ({
  store,
  other: store,
  hostTransaction: (work) => store.transaction(work),
})

describe("the memory store", () => {
  for (const { name, run } of storeConformance(async () => opened(memoryStore()))) it(name, run)
})

describe("the memory store behind latency", () => {
  for (const { name, run } of storeConformance(async () => opened(withLatency(memoryStore(), unevenly())))) {
    it(name, run)
  }
})
