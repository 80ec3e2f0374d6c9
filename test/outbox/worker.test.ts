/**
 * The worker: works until it is told to stop, and through its store's bad days.
 *
 * @module
 */
import { getEventListeners } from "node:events"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { InvitationMessage } from "../../src/outbox/mailer.ts"
import { run } from "../../src/outbox/worker.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { intercept, type PortCall } from "../../src/testing/intercept.ts"
import { founded, inState, invited, postOffice } from "./post-office.ts"

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }))
afterEach(() => void vi.useRealTimers())

/** A store that counts its claims and fails them while `down` is true. */
function moody() {
  const store = memoryStore()
  const mood = { down: false, claims: 0 }
  const around = <T>(call: PortCall, proceed: () => Promise<T>): Promise<T> => {
    if (call !== "outbox.claim") return proceed()
    mood.claims++
    return mood.down ? Promise.reject(new Error("no database")) : proceed()
  }
  return { mood, store: intercept(store, around) }
}

describe("a worker", () => {
  it("goes through a backlog without a pause, then looks again every so often", async () => {
    const { store, mood } = moody()
    const { deps, mail } = postOffice({ store })
    const acme = await founded(store)
    for (let n = 0; n < 50; n++) await invited(store, acme, `token ${n}`)
    const stop = new AbortController()
    const running = run(deps, { signal: stop.signal, everyMs: 100 })
    await vi.advanceTimersByTimeAsync(0)
    expect(mail.all).toHaveLength(50)
    expect(mood.claims).toBe(4)
    await invited(store, acme, "one more")
    await vi.advanceTimersByTimeAsync(99)
    expect(mail.all).toHaveLength(50)
    await vi.advanceTimersByTimeAsync(1)
    expect(mail.all).toHaveLength(51)
    stop.abort()
    await running
    expect(vi.getTimerCount()).toBe(0)
  })

  it("looks every second unless told", async () => {
    const { store, mood } = moody()
    const stop = new AbortController()
    const running = run(postOffice({ store }).deps, { signal: stop.signal })
    await vi.advanceTimersByTimeAsync(3500)
    expect(mood.claims).toBe(4)
    expect(getEventListeners(stop.signal, "abort")).toHaveLength(1)
    stop.abort()
    await running
  })

  it("ends at once when it is told while waiting, and does nothing when told before", async () => {
    const { store, mood } = moody()
    const { deps } = postOffice({ store })
    const stop = new AbortController()
    const running = run(deps, { signal: stop.signal, everyMs: 1_000_000 })
    await vi.advanceTimersByTimeAsync(1)
    stop.abort()
    await running
    await run(deps, { signal: stop.signal })
    expect(mood.claims).toBe(1)
  })

  it("finishes the batch in hand", async () => {
    const { deps, store } = postOffice()
    await invited(store, await founded(store), "token")
    const stop = new AbortController()
    let finish = () => {}
    const mailer = {
      sendInvitation: (_: InvitationMessage) => {
        stop.abort()
        return new Promise<void>((resolve) => {
          finish = resolve
        })
      },
    }
    let ended = false
    const running = run({ ...deps, mailer }, { signal: stop.signal }).then(() => {
      ended = true
    })
    await vi.advanceTimersByTimeAsync(1000)
    expect([ended, (await inState(store, "sent")).length]).toEqual([false, 0])
    finish()
    await running
    expect(await inState(store, "sent")).toHaveLength(1)
  })

  it("waits longer and longer while the store fails, up to a minute, and goes on when it is back", async () => {
    const { store, mood } = moody()
    const { deps, mail } = postOffice({ store })
    await invited(store, await founded(store), "token")
    mood.down = true
    const stop = new AbortController()
    const errors: unknown[] = []
    const running = run(deps, { signal: stop.signal, onError: (error) => void errors.push(error) })
    const after = async (milliseconds: number) => {
      await vi.advanceTimersByTimeAsync(milliseconds)
      return mood.claims
    }
    expect(await after(0)).toBe(1)
    expect(await after(1999)).toBe(1)
    expect(await after(1)).toBe(2)
    expect(await after(3999)).toBe(2)
    expect(await after(1)).toBe(3)
    await after(8000 + 16_000 + 32_000)
    const claims = mood.claims
    expect(await after(60_000)).toBe(claims + 1)
    expect(await after(60_000)).toBe(claims + 2)
    expect(errors).toHaveLength(claims + 2)
    expect(errors[0]).toEqual(new Error("no database"))
    mood.down = false
    await after(60_000)
    expect(mail.all).toHaveLength(1)
    const calm = mood.claims
    expect(await after(1000)).toBe(calm + 1)
    stop.abort()
    await running
  })
})
