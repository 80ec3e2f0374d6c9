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
/** By character code: what RFC 3986 has in segments, without the `;` that some servers cut at. */
const ALLOWED = /* @__PURE__ */ Array.from({ length: 128 }, (_, code) =>
  /[\w.~!$&'()*+,=:@%-]/.test(String.fromCharCode(code)),
)
/** No escape; escapes of `.`, `/`, `\`, `;`, controls; escapes of an escape. */
const ODD_ESCAPE = /%(?![\da-f]{2})|%(?:2[ef]|5c|3b|7f|[01]|c2%[89]|25[\da-f]{2})/i

/**
 * A path's segments as spelled (escapes in upper case), or null for a path that two servers could read differently.
 * Nothing is decoded or repaired, so nothing can be decoded twice. `/a/` has an empty last segment that `/a` has not; no
 * other is empty, and none is `.` or `..`.
 */
export function pathSegments(path: string): readonly string[] | null {
  if (path.length > MAX_PATH || path.charCodeAt(0) !== SLASH) return null
  const spelled = path.includes("%") ? upperEscapes(path) : path
  if (spelled === null) return null
  const segments: string[] = []
  let from = 1
  for (let at = 1; at < spelled.length; at++) {
    const code = spelled.charCodeAt(at)
    if (code === SLASH) {
      if (at === from || isDots(spelled, from, at)) return null
      segments.push(spelled.slice(from, at))
      from = at + 1
    } else if (ALLOWED[code] !== true) return null
  }
  if (isDots(spelled, from, spelled.length)) return null
  segments.push(spelled.slice(from))
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

/** The segments of a request's path: its query is cut off, anything else that is no path is refused. */
export function requestSegments(target: string): readonly string[] | null {
  const query = target.indexOf("?")
  return pathSegments(query < 0 ? target : target.slice(0, query))
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
  const spelled = pathSegments(path)
  if (spelled === null) return "expected a path from `/` on, without query, empty or dot segments, `;` or odd escapes"
  if (spelled.length > MAX_SEGMENTS) return `expected at most ${MAX_SEGMENTS} segments`
  const rest = spelled.at(-1) === "**"
  const segments = (rest ? spelled.slice(0, -1) : spelled).map((segment) => (PARAMETER.test(segment) ? null : segment))
  const wrong = segments.find((segment) => segment !== null && (segment.startsWith(":") || segment.includes("*")))
  if (wrong === "**") return "expected `**` as the last segment alone"
  if (wrong != null) return `expected a literal, \`:name\`, \`*\` or a last \`**\` instead of \`${wrong}\``
  return { rule: `${method} /${spelled.join("/")}` as EndpointRule, pattern: { method, segments, rest } }
}
