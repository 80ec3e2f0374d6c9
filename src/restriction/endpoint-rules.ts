/**
 * Endpoint rules: which methods and paths keys may call.
 *
 * @module
 */
import * as z from "zod"
import {
  type EndpointRule,
  METHODS,
  markSegments,
  type Pattern,
  readPattern,
  segmentHash,
  spelledTarget,
} from "./endpoint.ts"

/** At most as many patterns in one list. */
export const MAX_ENDPOINT_RULES = 500
const MAX_LENGTH = 512

const Rule: z.ZodType<EndpointRule, string> = z
  .string()
  .max(MAX_LENGTH)
  .transform((text, context) => {
    const read = readPattern(text)
    if (typeof read !== "string") return read.rule
    context.addIssue({ code: "custom", message: read })
    return z.NEVER
  })

/** A list of patterns as input, in the order written, repetitions merged. An empty list restricts nothing. */
export const EndpointRules: z.ZodType<readonly EndpointRule[], readonly string[]> = z
  .array(Rule)
  .max(MAX_ENDPOINT_RULES)
  .transform((rules) => [...new Set(rules)])

/** A set of patterns, 32 to a number: most lists need one, and a typed array takes ten times its room. */
type Bits = readonly number[]

/** The patterns that admit a segment with that text. */
type Literal = Readonly<{ text: string; bits: Bits }>

/** Which patterns admit what stands at one place of a path: literals by their hash, so that no request's segment need be made a text. */
type Place = Readonly<{ literals: ReadonlyMap<number, readonly Literal[]>; other: Bits }>

/** A list of patterns made ready for matching: sets of patterns, to be intersected along the path. */
export type CompiledEndpointRules = Readonly<{
  size: number
  methods: ReadonlyMap<string, Bits>
  otherMethod: Bits
  places: readonly Place[]
  /** The patterns that admit a path of that many segments; the last set is for every longer one. */
  lengths: readonly Bits[]
}>

/** What a request says of itself. */
export type EndpointRequest = Readonly<{ method?: string | null | undefined; path?: string | null | undefined }>

/** Made once for a list, then kept with it. */
export function compileEndpointRules(rules: readonly EndpointRule[]): CompiledEndpointRules {
  const patterns = rules.flatMap((rule) => {
    const read = readPattern(rule)
    return typeof read === "string" ? [] : [read.pattern]
  })
  const words = Math.max(1, Math.ceil(patterns.length / 32))
  const where = (admits: (pattern: Pattern) => boolean): Bits =>
    bitsOf(
      words,
      patterns.flatMap((pattern, index) => (admits(pattern) ? [index] : [])),
    )
  const placeAt = (at: number): Place => {
    const beyond = where(({ segments, rest }) => rest && segments.length <= at)
    const other = union(
      beyond,
      where(({ segments }) => segments[at] === null),
    )
    // An empty segment, as after a trailing slash, is none that a parameter stands for.
    const literals = new Map<string, number[]>([["", []]])
    patterns.forEach(({ segments }, index) => {
      const literal = segments[at]
      if (literal != null) literals.set(literal, [...(literals.get(literal) ?? []), index])
    })
    const setOf = (literal: string, indices: number[]) => union(literal === "" ? beyond : other, bitsOf(words, indices))
    const places = new Map<number, Literal[]>()
    for (const [text, indices] of literals) {
      const hash = segmentHash(text)
      places.set(hash, [...(places.get(hash) ?? []), { text, bits: setOf(text, indices) }])
    }
    return { other, literals: places }
  }
  const depth = Math.max(0, ...patterns.map(({ segments }) => segments.length))
  return {
    size: rules.length,
    methods: new Map(METHODS.map((name) => [name, where(({ method }) => method === name || method === "*")])),
    otherMethod: where(({ method }) => method === "*"),
    places: Array.from({ length: depth }, (_, at) => placeAt(at)),
    lengths: Array.from({ length: depth + 2 }, (_, length) =>
      where(({ segments, rest }) => segments.length === length || (rest && segments.length < length)),
    ),
  }
}

function bitsOf(words: number, indices: readonly number[]): Bits {
  const bits = new Array<number>(words).fill(0)
  for (const index of indices) bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31))
  return bits
}

const union = (a: Bits, b: Bits): Bits => a.map((word, at) => word | (b[at] ?? 0))

/**
 * Whether the patterns of one level admit the request; no patterns restrict nothing. Without a method or a path that
 * can be read unambiguously, no pattern does. One look-up for each segment, however many patterns there are.
 */
export function allowsEndpoint(rules: CompiledEndpointRules, { method, path }: EndpointRequest): boolean {
  if (rules.size === 0) return true
  const spelled = spelledTarget(path ?? "")
  if (!method || spelled === null) return false
  const marks = markSegments(spelled)
  if (marks === null) return false
  const { places, lengths } = rules
  const admitting = (rules.methods.get(method === "HEAD" ? "GET" : method) ?? rules.otherMethod).slice()
  const length = marks.length / 3
  for (let at = 0; at < length; at++) {
    const place = places[at]
    if (place === undefined) break
    narrow(admitting, admittedAt(place, spelled, marks[3 * at] ?? 0, marks[3 * at + 1] ?? 0, marks[3 * at + 2] ?? 0))
  }
  narrow(admitting, lengths[Math.min(length, lengths.length - 1)] ?? [])
  return admitting.some((bits) => bits !== 0)
}

/** The patterns that admit what stands there in the path. */
function admittedAt({ literals, other }: Place, path: string, from: number, to: number, hash: number): Bits {
  for (const { text, bits } of literals.get(hash) ?? []) {
    if (text.length === to - from && path.startsWith(text, from)) return bits
  }
  return other
}

/** Leaves in `set` what `other` holds too. */
function narrow(set: number[], other: Bits): void {
  for (let word = 0; word < set.length; word++) set[word] = (set[word] ?? 0) & (other[word] ?? 0)
}
