/**
 * Events: to their subscribers, in their organization's order, at least once.
 *
 * @module
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { deliver } from "../../src/outbox/deliver.ts"
import { type Event, isSubscribed, readEvent, type Subscriber } from "../../src/outbox/event.ts"
import { BUILT_AT } from "../../src/testing/builders.ts"
import { eventOf, founded, inState, only, postOffice, queuedEvents } from "./post-office.ts"

const NOTHING = { sent: 0, dropped: 0, retried: 0, dead: 0 }
const all = (subscriber: Subscriber) => new Map([["*", subscriber]])

describe("an event", () => {
  it("is told to its action's subscriber, then to that of every action, each with a copy", async () => {
    const told: [string, Event][] = []
    const subscriber =
      (name: string): Subscriber =>
      (event) => {
        told.push([name, { ...event }])
        Object.assign(event, { action: "forged" })
      }
    const subscribers = new Map([
      ["*", subscriber("*")],
      ["invoice.3", subscriber("3")],
      ["invoice.4", subscriber("4")],
    ])
    const { deps, store } = postOffice({ subscribers })
    const acme = await founded(store)
    await queuedEvents(store, acme, [3])
    expect(await deliver(deps)).toEqual({ ...NOTHING, sent: 1 })
    expect(told).toEqual([
      ["3", eventOf(acme, 3)],
      ["*", eventOf(acme, 3)],
    ])
    expect(told[0]?.[1].at).toEqual(BUILT_AT)
    expect(await only(store)).toMatchObject({ state: "sent", payload: null })
  })

  it("is opened with the secret box that sealed it", async () => {
    const told: Event[] = []
    const secretBox = { seal: (text: string) => text, open: (text: string) => text.replace("invoice.3", "invoice.4") }
    const { deps, store } = postOffice({ secretBox, subscribers: all((event) => void told.push(event)) })
    await queuedEvents(store, await founded(store), [3])
    await deliver(deps)
    expect(told.map(({ action }) => action)).toEqual(["invoice.4"])
  })

  it("that nobody subscribes to any more is done with", async () => {
    const { deps, store } = postOffice()
    await queuedEvents(store, await founded(store), [3])
    expect(await deliver(deps)).toEqual({ ...NOTHING, sent: 1 })
    expect([
      isSubscribed(new Map(), "a"),
      isSubscribed(
        all(() => undefined),
        "a",
      ),
    ]).toEqual([false, true])
    expect(isSubscribed(new Map([["a", () => undefined]]), "a")).toBe(true)
  })

  it("is read as it was written", async () => {
    const { store } = postOffice()
    const event = eventOf(await founded(store), 7)
    expect(readEvent(JSON.stringify(event))).toEqual(event)
  })

  it("that fails is dead after 8 attempts, keeps its payload and can be queued anew", async () => {
    let broken = true
    const subscriber: Subscriber = () => {
      if (broken) throw new Error("broken")
    }
    const { deps, store, clock, failures } = postOffice({ subscribers: all(subscriber) })
    const acme = await founded(store)
    await queuedEvents(store, acme, [3])
    for (let attempt = 1; attempt < 8; attempt++) {
      expect(await deliver(deps)).toEqual({ ...NOTHING, retried: 1 })
      clock.set((await only(store)).dueAt)
    }
    expect(await deliver(deps)).toEqual({ ...NOTHING, dead: 1 })
    const dead = await only(store)
    expect(dead).toMatchObject({ state: "dead", error: "broken", payload: expect.any(String) })
    expect(failures).toEqual([])
    broken = false
    expect(await store.outbox.retry(acme.id, dead.id, clock.now())).toBe(true)
    expect(await deliver(deps)).toEqual({ ...NOTHING, sent: 1 })
  })

  it("that is no JSON is tried again, then dead, and the next one goes out", async () => {
    const { deps, store, clock } = postOffice({
      secretBox: { seal: (text) => text, open: (text) => (text.includes("invoice.1") ? "{" : text) },
    })
    await queuedEvents(store, await founded(store), [1, 2])
    for (let attempt = 1; attempt < 8; attempt++) {
      expect(await deliver(deps)).toEqual({ ...NOTHING, retried: 1 })
      clock.advance({ hours: 20 })
    }
    expect(await deliver(deps)).toEqual({ ...NOTHING, dead: 1, sent: 1 })
  })
})

describe("the events of an organization", () => {
  it("wait, untried and uncounted, behind the one that failed; others' do not", async () => {
    const told: string[] = []
    let failing = true
    const { deps, store, clock } = postOffice({
      subscribers: all((event) => {
        if (failing && event.action === "invoice.2" && event.organizationId === acme.id) throw new Error("busy")
        told.push(`${event.organizationId === acme.id ? "acme" : "zeta"} ${event.seq}`)
      }),
    })
    const acme = await founded(store)
    const zeta = await founded(store)
    await queuedEvents(store, acme, [1, 2, 3, 4])
    await queuedEvents(store, zeta, [1, 2])
    expect(await deliver(deps)).toEqual({ ...NOTHING, sent: 3, retried: 1 })
    expect(told.sort()).toEqual(["acme 1", "zeta 1", "zeta 2"])
    const waiting = await inState(store, "queued")
    expect(waiting.map(({ seq, attempts, lease }) => [seq, attempts, lease])).toEqual([
      [2, 1, null],
      [3, 0, null],
      [4, 0, null],
    ])
    expect(await deliver(deps)).toEqual(NOTHING)
    failing = false
    clock.advance({ minutes: 2 })
    expect(await deliver(deps)).toEqual({ ...NOTHING, sent: 3 })
    expect(told.slice(3)).toEqual(["acme 2", "acme 3", "acme 4"])
  })

  it("are handed back when the time of the lease is up", async () => {
    const told: number[] = []
    const { deps, store, clock } = postOffice({
      subscribers: all(({ seq }) => {
        told.push(seq)
        clock.advance({ seconds: 19 })
      }),
    })
    await queuedEvents(store, await founded(store), [1, 2, 3, 4, 5])
    expect(await deliver(deps)).toEqual({ ...NOTHING, sent: 3 })
    expect(await inState(store, "queued")).toMatchObject([{ attempts: 0, lease: null }, { attempts: 0 }])
    expect(await deliver(deps)).toEqual({ ...NOTHING, sent: 2 })
    expect(told).toEqual([1, 2, 3, 4, 5])
  })

  it("are told in order and none is left out, whatever fails, by two workers at once", async () => {
    const plan = fc.record({
      seqs: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 }),
      failing: fc.array(fc.boolean(), { maxLength: 40 }),
      limits: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    })
    await fc.assert(
      fc.asyncProperty(plan, async ({ seqs, failing, limits }) => {
        const told: number[] = []
        let calls = 0
        const { deps, store, clock } = postOffice({
          subscribers: all(async ({ seq }) => {
            await Promise.resolve()
            if (failing[calls++] === true && calls % 7 !== 0) throw new Error("chance")
            told.push(seq)
          }),
        })
        const acme = await founded(store)
        await queuedEvents(store, acme, seqs)
        for (let round = 0; round < 200 && (await inState(store, "queued")).length > 0; round++) {
          await Promise.all(limits.map((limit) => deliver(deps, { limit })))
          clock.advance({ hours: 20 })
        }
        expect(told).toEqual([...told].sort((one, other) => one - other))
        const dead = (await inState(store, "dead")).map(({ seq }) => seq)
        expect([...told, ...dead].sort()).toEqual([...seqs].sort())
      }),
      { numRuns: 60 },
    )
  })
})
