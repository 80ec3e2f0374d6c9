/**
 * Why an attempt failed, fit to be stored and shown.
 *
 * @module
 */

const LENGTH = 200
/** No message is read further than this. */
const READ = 4000
/** A run of the secret this long is one too: mail libraries quote lines that wrap in the middle of it. */
const RUN = 8

/** What must not be in a reason: the secret and every run of it, and each of `words` as a whole. */
export type Unspoken = Readonly<{ secret: string; words: readonly string[] }>

/** The error's message without what must stay unspoken, on one line of at most 200 characters. */
export function failureReason(error: unknown, { secret, words }: Unspoken): string {
  const runs = Array.from({ length: Math.max(secret.length - RUN + 1, 0) }, (_, at) => secret.slice(at, at + RUN))
  const text = [...words, secret, ...runs].reduce(
    (text, part) => (part === "" ? text : text.replaceAll(part, "[…]")),
    messageOf(error).slice(0, READ),
  )
  const line = text.replace(/[\p{Cc}\s]+/gu, " ").trim()
  return line.slice(0, LENGTH).replace(/\p{Cs}/gu, "") || "failed without a message"
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? `${error.message}` : String(error)
  } catch {
    return ""
  }
}
