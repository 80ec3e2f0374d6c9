/**
 * A clock that stands still until it is told.
 *
 * @module
 */
import type { Clock } from "../kernel/clock.ts"

/** A stretch of time; a day is 24 hours. */
export type Duration = Readonly<{
  days?: number
  hours?: number
  minutes?: number
  seconds?: number
  milliseconds?: number
}>

/** A clock in a test's hands. */
export interface FakeClock extends Clock {
  /** Moves on by milliseconds or a duration, and answers the new instant. */
  advance(by: number | Duration): Date
  /** Moves to that instant, back in time too. */
  set(at: Date): void
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const inMilliseconds = ({ days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 }: Duration): number =>
  days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND + milliseconds

/** A clock that shows `start` until it is advanced or set. */
export function fakeClock(start: Date = new Date("2026-01-01T00:00:00.000Z")): FakeClock {
  let time = start.getTime()
  return {
    now: () => new Date(time),
    advance(by) {
      time += typeof by === "number" ? by : inMilliseconds(by)
      return new Date(time)
    },
    set(at) {
      time = at.getTime()
    },
  }
}
