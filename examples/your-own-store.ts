/**
 * A store of your own: here a wrapper that tells what is asked of it, held to the port's specification. Runs every case
 * of it, and ends: `npx tsx examples/your-own-store.ts`.
 *
 * @module
 */
import type { Store } from "tenantry"
import { memoryStore } from "tenantry/memory"
import { storeConformance } from "tenantry/testing"

/** Counts commits; everything else is the other store's. */
function counting(store: Store, count: () => void): Store {
  return {
    ...store,
    commit: async (changes) => {
      count()
      return store.commit(changes)
    },
    // What runs inside a transaction commits there, and is counted too.
    transaction: (work) => store.transaction((inner) => work(counting(inner, count))),
  }
}

let commits = 0
const open = async () => {
  const store = counting(memoryStore(), () => commits++)
  return { store, other: store }
}

let passed = 0
let skipped = 0
for (const { name, needs, run } of storeConformance(open)) {
  if (needs === "hostTransaction") {
    skipped++
    continue
  }
  try {
    await run()
    passed++
  } catch (error) {
    console.log(`not ok  ${name}`)
    throw error
  }
}
console.log(`${passed} cases passed, ${skipped} skipped, ${commits > passed ? "many" : "few"} commits counted`)
