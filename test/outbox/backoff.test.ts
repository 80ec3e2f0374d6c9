/**
 * Eight attempts within a day, apart by chance.
 *
 * @module
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  ATTEMPTS,
  afterFailure,
  afterSuccess,
  dropped,
  pauseAfter,
  putBack,
  unrecorded,
} from "../../src/outbox/backoff.ts"
import type { Message } from "../../src/outbox/message.ts"
import { aMessage, anOrganization, BUILT_AT } from "../../src/testing/builders.ts"

const HOUR = 3_600_000
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const mail = (columns: Parameters<typeof aMessage>[1]): Message =>
  aMessage(anOrganization(), { topic: "invitation.email", payload: "token", ...columns })

/** Fails again and again, each attempt as soon as it is due; answers when each was made. */
function untilDead(message: Message, chances: readonly number[]): readonly number[] {
  const made: number[] = []
  let now = message
  while (now.state === "queued") {
    made.push(now.dueAt.getTime())
    const { blank, ...outcome } = afterFailure(now, "down", now.dueAt, chances[made.length - 1] ?? 0)
    expect(blank).toBe(outcome.state === "dead")
    now = { ...now, ...outcome }
  }
  expect(now).toMatchObject({ state: "dead", attempts: ATTEMPTS, error: "down" })
  return made
}

describe("a message that fails every time", () => {
  it("is tried 8 times within 24 hours, over most of a day, whatever chance says", () => {
    fc.assert(
      fc.property(fc.array(chance, { minLength: ATTEMPTS, maxLength: ATTEMPTS }), (chances) => {
        const made = untilDead(mail({}), chances)
        expect(made.length).toBe(8)
        const lasted = (made.at(-1) ?? 0) - (made[0] ?? 0)
        expect(lasted).toBeLessThanOrEqual(24 * HOUR)
        expect(lasted).toBeGreaterThan(12 * HOUR)
      }),
    )
  })

  it("waits about three times as long each time", () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((attempts) => pauseAfter(attempts, 0.5) / 60_000)).toEqual([
      1, 3, 9, 27, 81, 243, 729,
    ])
  })

  it("waits a fifth less or more, by chance", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), chance, (attempts, random) => {
        const middle = pauseAfter(attempts, 0.5)
        const share = pauseAfter(attempts, random) / middle
        expect(share).toBeGreaterThanOrEqual(0.8)
        expect(share).toBeLessThanOrEqual(1.2)
        expect(pauseAfter(attempts, 0)).toBe(Math.round(middle * 0.8))
      }),
    )
  })
})

describe("what is kept", () => {
  const event = aMessage(anOrganization(), { attempts: 7, error: "down" })

  it("is nothing of a mail that is sent, dropped or dead", () => {
    const last = mail({ attempts: 7 })
    expect(afterSuccess(last)).toEqual({ state: "sent", attempts: 8, dueAt: BUILT_AT, error: null, blank: true })
    expect(dropped(last)).toMatchObject({ state: "dropped", attempts: 7, blank: true })
    expect(afterFailure(last, "down", BUILT_AT, 0)).toMatchObject({ state: "dead", blank: true })
  })

  it("is a dead event's payload, so that it can be queued anew", () => {
    expect(afterFailure(event, "down", BUILT_AT, 0)).toMatchObject({ state: "dead", blank: false })
  })

  it("is everything of a message that was not tried", () => {
    expect(putBack(event)).toEqual({ state: "queued", attempts: 7, dueAt: BUILT_AT, error: "down", blank: false })
  })

  it("is one more attempt of a dead mail that could not be recorded", () => {
    const later = new Date(BUILT_AT.getTime() + 27 * 60_000)
    expect(unrecorded(mail({ attempts: 7 }), "down", BUILT_AT, 0.5)).toEqual({
      ...{ state: "queued", attempts: 7, dueAt: later, error: "down", blank: false },
    })
  })
})
