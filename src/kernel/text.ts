/**
 * Text that people write and others read.
 *
 * @module
 */
import * as z from "zod"

// Controls, lone surrogates, line and paragraph separators, and the bidirectional overrides and isolates (UAX #9)
// with which one name can be made to read as another.
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

/** One line of `min` to `max` characters, trimmed, without controls or bidirectional overrides. */
export function line(min: number, max: number): z.ZodType<string, string> {
  return z
    .string()
    .trim()
    .min(min)
    .max(max)
    .refine((text) => !UNSAFE.test(text), "expected no control characters or bidirectional overrides")
    .refine((text) => VISIBLE.test(text), "expected something that can be seen")
}

/** The name of an organization, a role's title, a key: 1–100 characters. */
export const Name = line(1, 100)
