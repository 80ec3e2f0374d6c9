/**
 * The fakes and instruments that hosts test with.
 *
 * @module
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { IdPrefix } from "../../src/kernel/id.ts"
import { idSchema } from "../../src/kernel/id.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import {
  aMembership,
  anOrganization,
  BUILT_AT,
  beginning,
  countCalls,
  fakeClock,
  following,
  inbox,
  intercept,
  type PortCall,
  sequentialIds,
  withFaults,
  withLatency,
} from "../../src/testing/testing.ts"

describe("fakeClock", () => {
  it("stands still until it is advanced or set", () => {
    const clock = fakeClock(new Date("2026-02-28T23:59:59.999Z"))
    expect(clock.now()).toEqual(clock.now())
    expect(clock.advance(1)).toEqual(new Date("2026-03-01T00:00:00.000Z"))
    expect(clock.advance({ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 })).toEqual(
      new Date("2026-03-02T02:03:04.005Z"),
    )
    clock.set(BUILT_AT)
    expect(clock.now()).toEqual(BUILT_AT)
  })

  it("cannot be moved through the instants it hands out or was given", () => {
    const start = new Date(BUILT_AT)
    const clock = fakeClock(start)
    start.setTime(0)
    clock.now().setTime(0)
    clock.set(clock.advance(0))
    expect(clock.now()).toEqual(BUILT_AT)
  })
})

describe("sequentialIds", () => {
  const prefixes: readonly IdPrefix[] = ["org", "mem", "inv", "role", "act", "msg"]

  it("answers an id never answered before, of its kind's shape, after every id of an earlier millisecond", () => {
    const ids = sequentialIds()
    const seen = new Set<string>()
    const instants = fc.date({ min: new Date(0), max: new Date("5000-01-01"), noInvalidDate: true })
    fc.assert(
      fc.property(fc.constantFrom(...prefixes), instants, instants, (prefix, one, two) => {
        const [earlier, later] = one < two ? [one, two] : [two, one]
        const [first, second] = [ids.id(prefix, later), ids.id(prefix, earlier)]
        for (const id of [first, second]) {
          expect(idSchema(prefix).parse(id)).toBe(id)
          expect(id.length).toBeLessThanOrEqual(64)
          expect(seen.has(id)).toBe(false)
          seen.add(id)
        }
        if (earlier < later) expect(second < first).toBe(true)
      }),
    )
  })

  it("answers tokens and salts of the shape that is asked, each once, and numbers in [0, 1)", () => {
    const ids = sequentialIds()
    const many = <T>(make: () => T): T[] => Array.from({ length: 1000 }, make)
    const tokens = many(() => ids.token())
    expect(new Set(tokens).size).toBe(1000)
    expect(tokens.filter((token) => !/^[A-Za-z0-9_-]{32,}$/.test(token))).toEqual([])
    const salts = many(() => ids.salt())
    expect(new Set(salts).size).toBe(1000)
    expect(salts.filter((salt) => !/^[0-9a-f]{32}$/.test(salt))).toEqual([])
    const numbers = many(() => ids.random())
    expect(numbers.filter((number) => number < 0 || number >= 1)).toEqual([])
    expect(new Set(numbers.map((number) => Math.floor(number * 10))).size).toBe(10)
  })

  it("answers the same in every run", () => {
    const [one, two] = [sequentialIds(), sequentialIds()]
    const draw = (ids: typeof one) => [ids.id("org", BUILT_AT), ids.token(), ids.salt(), ids.random()]
    expect(draw(one)).toEqual(draw(two))
  })
})

describe("inbox", () => {
  const message = (to: string, id: string) => ({
    id,
    to,
    locale: null,
    organizationName: "Acme",
    inviter: null,
    role: "viewer",
    expiresAt: BUILT_AT,
    acceptUrl: `https://app.example/join/${id}`,
    subject: "",
    text: "",
    html: "",
  })

  it("keeps what it was given, and finds the newest by address", async () => {
    const mail = inbox()
    for (const [to, id] of [
      ["ada@acme.example", "1"],
      ["bob@acme.example", "2"],
      ["ada@acme.example", "3"],
    ] as const) {
      await mail.sendInvitation(message(to, id))
    }
    expect(mail.all.map(({ id }) => id)).toEqual(["1", "2", "3"])
    expect([mail.last("ada@acme.example")?.id, mail.last("zoe@acme.example")]).toEqual(["3", null])
  })

  it("fails as often as it is told, and keeps nothing of that", async () => {
    const mail = inbox()
    mail.failNext(2)
    const send = () => mail.sendInvitation(message("ada@acme.example", "1"))
    await expect(send()).rejects.toThrow()
    await expect(send()).rejects.toThrow()
    expect(mail.all).toEqual([])
    await send()
    expect(mail.all).toHaveLength(1)
  })
})

describe("instruments", () => {
  it("count every call in its order, inside transactions too", async () => {
    const { store, calls } = countCalls(memoryStore())
    const acme = anOrganization()
    const page = { after: null, limit: 1 }
    await store.commit(beginning(acme))
    await store.transaction(async (inside) => {
      await inside.lock(acme.id)
      await inside.load(acme.id, {})
      const again = store.withTransaction?.(inside)
      await again?.organizations.idOfSlug(acme.slug)
    })
    await store.outbox.list("queued", page)
    const expected: readonly PortCall[] = [
      "commit",
      "transaction",
      "lock",
      "load",
      "organizations.idOfSlug",
      "outbox.list",
    ]
    expect(calls).toEqual(expected)
  })

  it("wrap every call of the port", async () => {
    const seen = new Set<string>()
    const store = intercept(memoryStore(), async (call) => {
      seen.add(call)
      throw new Error("stopped")
    })
    const { withTransaction, ...parts } = store
    const calls = Object.entries(parts).flatMap(([name, part]): readonly (readonly [string, unknown])[] =>
      typeof part === "function"
        ? [[name, part]]
        : Object.entries(part).map(([method, call]) => [`${name}.${method}`, call]),
    )
    for (const [name, call] of calls) {
      await expect((call as () => Promise<unknown>)()).rejects.toThrow("stopped")
      expect(seen.has(name), name).toBe(true)
    }
    expect(() => withTransaction?.({})).toThrow(TypeError)
  })

  it("leave out what the store has not", () => {
    const { withTransaction: _, ...without } = memoryStore()
    expect("withTransaction" in countCalls(without).store).toBe(false)
  })

  it("fail before a call: nothing of it happens, and the next one works", async () => {
    const store = withFaults(memoryStore(), 1)
    const acme = anOrganization()
    await expect(store.commit(beginning(acme))).rejects.toThrow("connection lost")
    expect(await store.load(acme.id, {})).toBeNull()
    expect(await store.commit(beginning(acme))).toBe("committed")
  })

  it("fail after a call: it has happened", async () => {
    const store = withFaults(memoryStore(), 1, "after")
    const acme = anOrganization()
    await expect(store.commit(beginning(acme))).rejects.toThrow("connection lost")
    expect(await store.load(acme.id, {})).not.toBeNull()
  })

  it("fail inside a transaction: all of it is undone", async () => {
    for (const moment of ["before", "after"] as const) {
      const inner = memoryStore()
      const acme = anOrganization()
      await inner.commit(beginning(acme))
      const store = withFaults(inner, 3, moment)
      const work = store.transaction(async (inside) => {
        await inside.commit(following(acme))
        await inside.commit(following({ ...acme, revision: 2 }))
      })
      await expect(work).rejects.toThrow("connection lost")
      expect((await inner.load(acme.id, {}))?.organization.revision).toBe(1)
    }
  })

  it("let fast-check choose the order of calls, so that a race shows in some orders and not in others", async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const inner = memoryStore()
        const acme = anOrganization()
        await inner.commit(beginning(acme))
        const store = withLatency(inner, (call) => scheduler.schedule(Promise.resolve(), call))
        const join = async () => {
          const found = await store.load(acme.id, { memberCount: true })
          if (found === null || found.memberCount > 0) return "nothing to do"
          return store.commit(following(found.organization, { memberships: { insert: [aMembership(acme)] } }))
        }
        const outcomes = await scheduler.waitFor(Promise.all([join(), join()]))
        seen.add(outcomes.toSorted().join(", "))
        expect((await inner.load(acme.id, { memberCount: true }))?.memberCount).toBe(1)
      }),
    )
    expect([...seen].toSorted()).toEqual(["committed, conflict", "committed, nothing to do"])
  })
})
