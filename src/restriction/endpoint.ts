/**
 * Endpoints: a request's path made fit for comparison, and the patterns it is compared with.
 *
 * @module
 */
import type { Branded } from "../kernel/id.ts"

/** An allow-list pattern in canonical form, such as `GET /v1/cars/:vin` or `* /v1/reports/**`. */
export type EndpointRule = Branded<"EndpointRule">

/** What a pattern asks: each segment by itself (null: any one that is not empty), then `rest` for any others. */
export type Pattern = Readonly<{ method: string; segments: readonly (string | null)[]; rest: boolean }>

/** The methods that patterns name; `HEAD` is `GET`, and `*` stands for any method, these or not. */
export const METHODS: readonly string[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

const MAX_PATH = 8192
const SLASH = 47
const DOT = 46
const QUERY = 63
/** By character code: what RFC 3986 has in segments, without the `;` that some servers cut at. */
const ALLOWED = /* @__PURE__ */ Array.from({ length: 128 }, (_, code) =>
  /[\w.~!$&'()*+,=:@%-]/.test(String.fromCharCode(code)),
)
/** No escape; escapes of `.`, `/`, `\`, `;`, controls; escapes of an escape. */
const ODD_ESCAPE = /%(?![\da-f]{2})|%(?:2[ef]|5c|3b|7f|[01]|c2%[89]|25[\da-f]{2})/i

/** A request's target with its escapes in upper case, or null for odd ones. Nothing is decoded or repaired, so nothing can be decoded twice. */
export function spelledTarget(target: string): string | null {
  if (!target.includes("%")) return target
  const query = target.indexOf("?")
  const path = query < 0 ? target : target.slice(0, query)
  return path.length > MAX_PATH ? null : upperEscapes(path)
}

/** Where segments stand in a target: of each, three numbers, its first character, the one after its last, its `segmentHash`. */
export type Marks = readonly number[]

/**
 * Marks the segments of a spelled target up to its query, in one pass. Null for a path that two servers could read
 * differently, wherever that shows. `/a/` has an empty last segment that `/a` has not; no other is empty, and none is `.`
 * or `..`.
 */
export function markSegments(spelled: string): Marks | null {
  if (spelled.charCodeAt(0) !== SLASH) return null
  const marks: number[] = []
  let from = 1
  let hash = 0
  let at = 1
  for (; at < spelled.length; at++) {
    const code = spelled.charCodeAt(at)
    if (code === SLASH) {
      if (at === from || isDots(spelled, from, at)) return null
      marks.push(from, at, hash)
      from = at + 1
      hash = 0
    } else if (code === QUERY) break
    else if (ALLOWED[code] !== true || at >= MAX_PATH) return null
    else hash = hashed(hash, code)
  }
  if (at > MAX_PATH || isDots(spelled, from, at)) return null
  marks.push(from, at, hash)
  return marks
}

const hashed = (hash: number, code: number): number => (Math.imul(hash, 31) + code) | 0

/** The hash that a segment with that text is marked with: segments that differ rarely share it. */
export function segmentHash(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = hashed(hash, text.charCodeAt(at))
  return hash
}

/** The segments of a request's path as spelled, or null for one that two servers could read differently. */
export function requestSegments(target: string): readonly string[] | null {
  const spelled = spelledTarget(target)
  const marks = spelled === null ? null : markSegments(spelled)
  if (spelled === null || marks === null) return null
  const segments: string[] = []
  for (let at = 0; at < marks.length; at += 3) segments.push(spelled.slice(marks[at], marks[at + 1]))
  return segments
}

/** Whether that part is `.` or `..`. */
const isDots = (path: string, from: number, to: number): boolean =>
  to > from && to - from <= 2 && path.charCodeAt(from) === DOT && path.charCodeAt(to - 1) === DOT

/** Null for odd escapes, and for those that are not UTF-8. */
function upperEscapes(path: string): string | null {
  if (ODD_ESCAPE.test(path)) return null
  try {
    decodeURIComponent(path)
  } catch {
    return null
  }
  return path.replace(/%../g, (octet) => octet.toUpperCase())
}

/** Keeps 500 compiled patterns within a few megabytes. */
const MAX_SEGMENTS = 32
const FORM = /^([A-Z]+|\*) (\S+)$/
const PARAMETER = /^(?::[A-Za-z_]\w*|\*)$/

/** The pattern and its canonical form, or what is wrong with it. */
export function readPattern(text: string): Readonly<{ rule: EndpointRule; pattern: Pattern }> | string {
  const [, method = "", path = ""] = FORM.exec(text) ?? []
  if (method !== "*" && !METHODS.includes(method)) {
    const head = method === "HEAD" ? "`HEAD` is allowed wherever `GET` is; " : ""
    return `${head}expected ${METHODS.join(", ")} or \`*\`, one space and a path, such as \`GET /v1/cars/:vin\``
  }
  const spelled = path.includes("?") ? null : requestSegments(path)
  if (spelled === null) return "expected a path from `/` on, without query, empty or dot segments, `;` or odd escapes"
  if (spelled.length > MAX_SEGMENTS) return `expected at most ${MAX_SEGMENTS} segments`
  const rest = spelled.at(-1) === "**"
  const segments = (rest ? spelled.slice(0, -1) : spelled).map((segment) => (PARAMETER.test(segment) ? null : segment))
  const wrong = segments.find((segment) => segment !== null && (segment.startsWith(":") || segment.includes("*")))
  if (wrong === "**") return "expected `**` as the last segment alone"
  if (wrong != null) return `expected a literal, \`:name\`, \`*\` or a last \`**\` instead of \`${wrong}\``
  return { rule: `${method} /${spelled.join("/")}` as EndpointRule, pattern: { method, segments, rest } }
}
