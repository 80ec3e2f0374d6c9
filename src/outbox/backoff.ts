/**
 * What follows from an attempt: sent, dropped, tried again later, or given up.
 *
 * @module
 */
import { addMilliseconds } from "date-fns/addMilliseconds"
import type { Message, Settlement } from "./message.ts"

/** Attempts before a message is dead. */
export const ATTEMPTS = 8

/** The first pause; each one after is three times as long, so that all seven come to about 18 hours. */
const FIRST_PAUSE = 60_000
const GROWTH = 3
/** A pause is this share shorter or longer, by chance: at most 22 hours in all, and a crowd does not come back at once. */
const JITTER = 0.2

/** Milliseconds to wait after that many attempts; `random` is in [0, 1). */
export const pauseAfter = (attempts: number, random: number): number =>
  Math.round(FIRST_PAUSE * GROWTH ** (attempts - 1) * (1 + JITTER * (2 * random - 1)))

/** What a failed attempt leaves. A dead event keeps its payload for a retry; a dead mail's token is blanked. */
export function afterFailure(message: Message, reason: string, at: Date, random: number): Settlement {
  const attempts = message.attempts + 1
  return attempts < ATTEMPTS
    ? {
        state: "queued",
        attempts,
        dueAt: addMilliseconds(at, pauseAfter(attempts, random)),
        error: reason,
        blank: false,
      }
    : { state: "dead", attempts, dueAt: message.dueAt, error: reason, blank: message.topic !== "event" }
}

/** What a successful attempt leaves. */
export const afterSuccess = ({ attempts, dueAt }: Message): Settlement => ({
  state: "sent",
  attempts: attempts + 1,
  dueAt,
  error: null,
  blank: true,
})

/** What is left of a message that nobody waits for any more. */
export const dropped = ({ attempts, dueAt, error }: Message): Settlement => ({
  state: "dropped",
  attempts,
  dueAt,
  error: error ?? "no longer wanted",
  blank: true,
})

/** Hands a message back as it was: no attempt was made. */
export const putBack = ({ attempts, dueAt, error }: Message): Settlement => ({
  state: "queued",
  attempts,
  dueAt,
  error,
  blank: false,
})

/** What is left of a dead mail that could not be recorded as such: one more attempt, half an hour later. */
export const unrecorded = (message: Message, reason: string, at: Date, random: number): Settlement => ({
  ...putBack(message),
  dueAt: addMilliseconds(at, pauseAfter(ATTEMPTS / 2, random)),
  error: reason,
})
