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

const NOTHING: JsonObject = Object.freeze({})

/** A frozen copy, all the way down. */
export function frozenJson<Value extends Json>(value: Value): Value
export function frozenJson(value: Json): Json {
  if (value === null || typeof value !== "object") return value
  if (Array.isArray(value)) return Object.freeze(value.map((each) => frozenJson(each)))
  if (Object.keys(value).length === 0) return NOTHING
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, frozenJson(inner)])))
}

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"])
const ILL_FORMED = /\p{Cs}|\0/u

/** A copy of `value`, each part of it read once; what is wrong with it goes into `problems`. */
function copied(value: unknown, depth: number, problems: string[]): Json {
  const no = (problem: string): null => {
    problems.push(problem)
    return null
  }
  if (value === null || typeof value === "boolean") return value
  if (typeof value === "string") return ILL_FORMED.test(value) ? no("expected well-formed text without U+0000") : value
  if (typeof value === "number") return Number.isFinite(value) ? value : no("expected a finite number")
  if (typeof value !== "object") return no("expected plain JSON")
  if (depth === 0) return no("nested too deeply")
  const keys = Object.keys(value)
  if (Array.isArray(value)) {
    const dense = keys.length === value.length && keys.every((key, index) => key === String(index))
    return dense
      ? keys.map((key) => copied(value[Number(key)], depth - 1, problems))
      : no("expected an array without holes")
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return no("expected plain JSON")
  const forbidden = keys.find((key) => FORBIDDEN_KEYS.has(key) || ILL_FORMED.test(key))
  if (forbidden !== undefined) return no(`the key ${JSON.stringify(forbidden)} is not allowed`)
  return Object.fromEntries(keys.map((key) => [key, copied(Reflect.get(value, key), depth - 1, problems)]))
}

/** A JSON object within those bounds, copied, so that a later change to the caller's own cannot reach the store. */
export function jsonObject(bytes: number, depth: number): z.ZodType<JsonObject, JsonObject> {
  return z
    .custom<JsonObject>(
      (value) => typeof value === "object" && value !== null && !Array.isArray(value),
      "expected an object",
    )
    .transform((value, context) => {
      const problems: string[] = []
      let copy: Json = null
      try {
        copy = copied(value, depth, problems)
      } catch {
        problems.push("could not be read")
      }
      const [problem = tooLong(copy, bytes)] = problems
      if (problem === null) return copy as JsonObject
      context.addIssue({ code: "custom", message: problem })
      return z.NEVER
    })
}

const tooLong = (value: Json, bytes: number): string | null =>
  Buffer.byteLength(JSON.stringify(value)) > bytes ? `expected at most ${bytes} bytes of JSON` : null
