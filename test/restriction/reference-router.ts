/**
 * The endpoint rules read naively: one pattern after another, one character after another.
 *
 * @module
 */

const PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@"
const HEX = "0123456789ABCDEF"
const FORBIDDEN = [".", "/", "\\", ";"]

/** The segments of a request's path, or null when it has to be refused. */
export function segmentsOf(target: string): readonly string[] | null {
  const [path = ""] = target.split("?")
  if (!path.startsWith("/")) return null
  const segments = path.slice(1).split("/")
  const inner = segments.slice(0, -1)
  if (inner.includes("") || segments.includes(".") || segments.includes("..")) return null
  const read = segments.map(segmentOf)
  return read.includes(null) ? null : read.map(String)
}

function segmentOf(segment: string): string | null {
  const bytes: number[] = []
  let spelled = ""
  for (let at = 0; at < segment.length; at++) {
    const character = segment.charAt(at)
    if (character !== "%") {
      if (!PLAIN.includes(character)) return null
      bytes.push(character.charCodeAt(0))
      spelled += character
      continue
    }
    const digits = segment.slice(at + 1, at + 3).toUpperCase()
    if (digits.length < 2 || [...digits].some((digit) => !HEX.includes(digit))) return null
    const byte = Number.parseInt(digits, 16)
    if (FORBIDDEN.includes(String.fromCharCode(byte))) return null
    bytes.push(byte)
    spelled += `%${digits}`
    at += 2
    const next = segment.slice(at + 1, at + 3).toUpperCase()
    if (digits === "25" && next.length === 2 && [...next].every((digit) => HEX.includes(digit))) return null
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes))
    return /\p{Cc}/u.test(text) ? null : spelled
  } catch {
    return null
  }
}

/** Whether one pattern admits one method and path. */
export function patternAdmits(pattern: string, method: string, path: string): boolean {
  const [wanted = "", template = ""] = pattern.split(" ")
  const segments = segmentsOf(path)
  const asked = method === "HEAD" ? "GET" : method
  return segments !== null && (wanted === "*" || wanted === asked) && walk(template.slice(1).split("/"), segments)
}

function walk(template: readonly string[], segments: readonly string[]): boolean {
  const [want, ...wants] = template
  if (want === "**" && wants.length === 0) return true
  const [have, ...haves] = segments
  if (want === undefined || have === undefined) return want === undefined && have === undefined
  const fits = want === "*" || want.startsWith(":") ? have !== "" : want === have
  return fits && walk(wants, haves)
}
