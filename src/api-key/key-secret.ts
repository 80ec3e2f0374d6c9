/**
 * The secret of an API key, as text.
 *
 * ```
 *  tk_live_9fYQ0m1xK4rT7bVwZ2cHs8LpN3aDgJ6e1kX0Qz
 *  └┬┘└─┬─┘└──────────────┬───────────────┘└─┬──┘
 *   │   environment       │                  CRC-32 of everything before it, in base 62
 *   prefix                32 or more random base-62 characters
 * ```
 *
 * @module
 */
import * as z from "zod"
import { TenantryError } from "../kernel/error.ts"
import type { Branded } from "../kernel/id.ts"
import { parseInput } from "../kernel/input.ts"
import { checksum, digitOf, endsWithChecksum } from "./checksum.ts"

/** The text of a secret: well formed, which does not say that there is such a key. */
export type KeySecret = Branded<"KeySecret">

/** What a secret begins with: whose product it is, and the environment it is for. */
export type KeyFormat = Readonly<{ prefix: string; environment: string }>

/** What secrets begin with unless said otherwise. */
export const KEY_FORMAT: KeyFormat = { prefix: "tk", environment: "live" }

/** A prefix or an environment: 2–16 lower-case letters and digits, a letter first. */
export const KeyTag: z.ZodType<string, string> = z
  .string()
  .regex(/^[a-z][a-z0-9]{1,15}$/, "expected 2 to 16 lower-case letters and digits, a letter first")

/** Finds secrets of any prefix inside a text, in linear time, with no more than RE2 understands: for secret scanners. */
export const SECRET_PATTERN = /\b[a-z][a-z0-9]{1,15}_[a-z][a-z0-9]{1,15}_[0-9A-Za-z]{38,134}\b/

/** `SECRET_PATTERN` for one prefix: for the scanners of one product's host. */
export const secretPattern = (prefix: string): RegExp =>
  new RegExp(`\\b${parseInput(KeyTag, prefix)}_[a-z][a-z0-9]{1,15}_[0-9A-Za-z]{38,134}\\b`)

/** A new secret around `random`, 32 or more characters of base 62; anything else from there is `unavailable`. */
export function mintSecret(random: string, { prefix, environment }: KeyFormat = KEY_FORMAT): KeySecret {
  const body = `${prefix}_${environment}_${random}`
  const secret = body + checksum(body)
  if (!isWellFormed(secret)) throw new TenantryError("unavailable", {})
  return secret
}

/**
 * Whether `text` is a secret by its form and checksum alone, of one of `prefixes` where they are given. Refuses every
 * change of one character, every exchange of two in front of the checksum, and all but one in 2^32 of other texts.
 */
export function isWellFormed(text: unknown, prefixes?: readonly string[]): text is KeySecret {
  if (typeof text !== "string") return false
  const from = bodyOf(text)
  if (from < 0 || (prefixes !== undefined && !prefixes.some((prefix) => text.startsWith(`${prefix}_`)))) return false
  return endsWithChecksum(text, from)
}

/** Where the digits begin, as many as a secret may have, or -1. To run a pattern would take as long as to hash the secret. */
function bodyOf(text: string): number {
  if (text.length > 16 + 1 + 16 + 1 + 134) return -1
  const first = tagEnd(text, 0)
  const second = first < 0 ? -1 : tagEnd(text, first + 1)
  const digits = text.length - second - 1
  return second < 0 || digits < 38 || digits > 134 ? -1 : second + 1
}

/** Where the `_` is after the tag that begins at `from`, or -1. */
function tagEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === UNDERSCORE) return at - from < 2 || at - from > 16 ? -1 : at
    const digit = digitOf(code)
    const isFit = digit >= 36 || (digit >= 0 && digit <= 9 && at > from)
    if (!isFit) return -1
  }
  return -1
}

const UNDERSCORE = 95

/** What lists show of a secret: its prefix and environment, the first four characters after them and the last four. */
export const hint = (secret: KeySecret): string =>
  `${secret.slice(0, secret.lastIndexOf("_") + 5)}...${secret.slice(-4)}`
