/**
 * Stores that are slow, that fail, and that count: what tests put between a tenantry and its store.
 *
 * @module
 */
import type { Store } from "../store/store.ts"
import { intercept, type PortCall } from "./intercept.ts"

/**
 * The store, with a scheduling point before and after every call, so that races show: with fast-check,
 * `withLatency(store, () => scheduler.schedule(Promise.resolve()))`.
 */
export const withLatency = (store: Store, schedule: (call: PortCall) => Promise<unknown>): Store =>
  intercept(store, async (call, proceed) => {
    await schedule(call)
    const result = await proceed()
    await schedule(call)
    return result
  })

/** Whether a failing call takes effect first, as when an answer is lost on its way. */
export type FaultMoment = "before" | "after"

/** The store, whose call number `failAt` (the first is 1) throws an error that no port should let through. */
export function withFaults(store: Store, failAt: number, moment: FaultMoment = "before"): Store {
  let calls = 0
  return intercept(store, async (_, proceed) => {
    const fails = ++calls === failAt
    if (fails && moment === "before") throw new Error("connection lost before the call")
    const result = await proceed()
    if (fails) throw new Error("connection lost after the call")
    return result
  })
}

/** The store, and the calls made to it in their order, `transaction` before those inside it. */
export function countCalls(store: Store): Readonly<{ store: Store; calls: PortCall[] }> {
  const calls: PortCall[] = []
  const counted = intercept(store, (call, proceed) => {
    calls.push(call)
    return proceed()
  })
  return { store: counted, calls }
}
