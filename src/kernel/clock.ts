/**
 * Time, as a port: nothing else reads the clock.
 *
 * @module
 */

/** Must answer the current instant; millisecond precision. */
export interface Clock {
  now(): Date
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => new Date() }
