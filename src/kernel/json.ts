/**
 * Plain JSON of bounded size, and its one canonical text.
 *
 * @module
 */
import * as z from "zod"

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = Readonly<{ [key: string]: Json }>

/** JSON with its keys sorted (by UTF-16 code unit, RFC 8785 § 3.2.3), so that equal values have equal text. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  const object = value as JsonObject
  const members = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key] ?? null)}`)
  return `{${members.join(",")}}`
}

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"])

/** Why `value` is not plain JSON within `bytes` (of UTF-8 text) and `depth`, or null. */
function problem(value: unknown, bytes: number, depth: number): string | null {
  const wrong = shape(value, depth)
  if (wrong !== null) return wrong
  return Buffer.byteLength(JSON.stringify(value)) > bytes ? `expected at most ${bytes} bytes of JSON` : null
}

function shape(value: unknown, depth: number): string | null {
  if (value === null || typeof value === "boolean") return null
  if (typeof value === "string") return /\p{Cs}|\0/u.test(value) ? "expected well-formed text without U+0000" : null
  if (typeof value === "number") return Number.isFinite(value) ? null : "expected a finite number"
  if (typeof value !== "object") return "expected plain JSON"
  if (depth === 0) return "nested too deeply"
  const prototype = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return "expected plain JSON"
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key) || /\p{Cs}|\0/u.test(key)) return `the key ${JSON.stringify(key)} is not allowed`
    const wrong = shape((value as Record<string, unknown>)[key], depth - 1)
    if (wrong !== null) return wrong
  }
  return null
}

/** A JSON object within those bounds, copied, so that a later change to the caller's own cannot reach the store. */
export function jsonObject(bytes: number, depth: number): z.ZodType<JsonObject, JsonObject> {
  return z
    .custom<JsonObject>(
      (value) => typeof value === "object" && value !== null && !Array.isArray(value),
      "expected an object",
    )
    .superRefine((value, context) => {
      const wrong = problem(value, bytes, depth)
      if (wrong !== null) context.addIssue({ code: "custom", message: wrong })
    })
    .transform((value) => structuredClone(value))
}
