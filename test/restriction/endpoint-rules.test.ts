import { afterEach, describe, expect, it, vi } from "vitest"
import { inputIssues } from "../../src/kernel/input.ts"
import type { EndpointRule } from "../../src/restriction/endpoint.ts"
import {
  allowsEndpoint,
  compileEndpointRules,
  type EndpointRequest,
  EndpointRules,
} from "../../src/restriction/endpoint-rules.ts"
import { randomFrom } from "../policy/random-policy.ts"
import { below, mutate, pick, type Random } from "./random-addresses.ts"
import { patternAdmits } from "./reference-router.ts"

const compiled = (patterns: readonly string[]) => compileEndpointRules(EndpointRules.parse(patterns))
const allows = (patterns: readonly string[], request: EndpointRequest) => allowsEndpoint(compiled(patterns), request)
const gets = (pattern: string, path: string) => allows([`GET ${pattern}`], { method: "GET", path })

describe("a list of endpoint rules", () => {
  it("keeps canonical forms in the order written, repetitions merged", () => {
    const input = ["POST /b", "GET /caf%c3%a9", "GET /a", "POST /b", "GET /caf%C3%A9"]
    expect(EndpointRules.parse(input)).toEqual(["POST /b", "GET /caf%C3%A9", "GET /a"])
  })

  it("says which rule is wrong, and how", () => {
    const { error } = EndpointRules.safeParse(["GET /a", "GET /**/a", "FETCH /a", "GET /a*"])
    expect(error && inputIssues(error)).toEqual([
      { path: [1], message: "expected `**` as the last segment alone" },
      {
        path: [2],
        message:
          "expected GET, POST, PUT, PATCH, DELETE, OPTIONS or `*`, one space and a path, such as `GET /v1/cars/:vin`",
      },
      { path: [3], message: "expected a literal, `:name`, `*` or a last `**` instead of `a*`" },
    ])
  })

  it("refuses other types, long patterns and more than 500 of them", () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => `GET /${at}`)
    expect(EndpointRules.safeParse(many(500)).success).toBe(true)
    expect(EndpointRules.safeParse(many(501)).success).toBe(false)
    for (const input of [null, {}, "GET /a", [1], [null], [{ method: "GET" }], [`GET /${"a".repeat(512)}`]]) {
      expect(EndpointRules.safeParse(input).success).toBe(false)
    }
  })
})

describe("a request", () => {
  it("is allowed where nothing is restricted, even without a path", () => {
    for (const request of [{}, { method: "GET", path: "/a" }, { method: null, path: null }, { path: "//" }]) {
      expect(allows([], request)).toBe(true)
    }
  })

  it("without a method or a readable path is refused where anything is", () => {
    for (const path of [undefined, null, "", "a", "//", "/..", "/a;b", "/%2e%2e/a", "/%00", "http://a/"]) {
      expect(allows(["* /**"], { method: "GET", path }), String(path)).toBe(false)
    }
    for (const method of [undefined, null, ""]) expect(allows(["* /**"], { method, path: "/a" })).toBe(false)
    expect(allows(["* /**"], { method: "GET", path: "/a" })).toBe(true)
  })

  it.each([
    ["/a", "/a", true],
    ["/a", "/a?x=1", true],
    ["/a", "/a/", false],
    ["/a", "/A", false],
    ["/a", "/ab", false],
    ["/a", "/", false],
    ["/a", "/a/b", false],
    ["/a", "/%61", false],
    ["/a/", "/a/", true],
    ["/a/", "/a", false],
    ["/a/", "/a/b", false],
    ["/", "/", true],
    ["/", "/?x", true],
    ["/", "/a", false],
    ["/a/:id", "/a/1", true],
    ["/a/:id", "/a/%61", true],
    ["/a/:id", "/a/", false],
    ["/a/:id", "/a", false],
    ["/a/:id", "/a/1/", false],
    ["/a/:id", "/a/1/2", false],
    ["/a/*", "/a/1", true],
    ["/a/*", "/a/", false],
    ["/a/*/c", "/a/b/c", true],
    ["/a/*/c", "/a/b/d", false],
    ["/a/*/", "/a/b/", true],
    ["/a/**", "/a", true],
    ["/a/**", "/a/", true],
    ["/a/**", "/a/b/c/d/", true],
    ["/a/**", "/ab", false],
    ["/a/**", "/", false],
    ["/**", "/", true],
    ["/**", "/a/b/c", true],
    ["/:x/**", "/a", true],
    ["/:x/**", "/", false],
    ["/caf%C3%A9", "/caf%c3%a9", true],
    ["/caf%C3%A9", "/cafe%CC%81", false],
    ["/constructor", "/constructor", true],
    ["/__proto__", "/toString", false],
  ])("by `GET %s`: %s is %s", (pattern, path, allowed) => {
    expect(gets(pattern, path)).toBe(allowed)
  })

  it("is matched by its method, where HEAD is GET and `*` is any", () => {
    const by = (rule: string, method: string) => allows([rule], { method, path: "/a" })
    expect(by("GET /a", "GET")).toBe(true)
    expect(by("GET /a", "HEAD")).toBe(true)
    for (const method of ["POST", "get", "Get", "OPTIONS", "GET ", "TRACE", "*"])
      expect(by("GET /a", method)).toBe(false)
    expect(by("POST /a", "HEAD")).toBe(false)
    expect(by("POST /a", "POST")).toBe(true)
    for (const method of ["GET", "HEAD", "DELETE", "PROPFIND", "get"]) expect(by("* /a", method)).toBe(true)
  })

  it("must fit one pattern whole, not pieces of several", () => {
    const rules = ["GET /a/:id/x", "GET /b/:id/y", "POST /a/:id/y", "GET /c/**"]
    expect(allows(rules, { method: "GET", path: "/a/1/x" })).toBe(true)
    expect(allows(rules, { method: "GET", path: "/a/1/y" })).toBe(false)
    expect(allows(rules, { method: "GET", path: "/b/1/x" })).toBe(false)
    expect(allows(rules, { method: "POST", path: "/a/1/x" })).toBe(false)
    expect(allows(rules, { method: "GET", path: "/a/1/x/z" })).toBe(false)
  })

  it("fits no pattern that a store has spoilt, and the pattern still restricts", () => {
    const spoilt = ["GET /**/a", "nonsense", ""].map((text) => text as EndpointRule)
    expect(allowsEndpoint(compileEndpointRules(spoilt), { method: "GET", path: "/a" })).toBe(false)
    const mixed = compileEndpointRules([...spoilt, ...EndpointRules.parse(["GET /a"])])
    expect(allowsEndpoint(mixed, { method: "GET", path: "/a" })).toBe(true)
  })

  it("is decided as a naive router decides it", () => {
    const random = randomFrom(1)
    const tally = { allowed: 0, refused: 0 }
    const differences: string[] = []
    for (let list = 0; list < 1_000; list++) {
      const patterns = [...new Set(Array.from({ length: 1 + below(random, 60) }, () => randomPattern(random)))]
      const rules = compiled(patterns)
      for (let request = 0; request < 20; request++) {
        const method = pick(random, ["GET", "HEAD", "POST", "DELETE", "PROPFIND", "get"])
        const path = randomPath(random, patterns)
        const ours = allowsEndpoint(rules, { method, path })
        const reference = patterns.some((pattern) => patternAdmits(pattern, method, path))
        if (ours !== reference) differences.push(`${method} ${JSON.stringify(path)} by ${patterns.join(", ")}`)
        tally[ours ? "allowed" : "refused"]++
      }
    }
    expect(differences.slice(0, 3)).toEqual([])
    expect(tally.allowed).toBeGreaterThan(3_000)
    expect(tally.refused).toBeGreaterThan(3_000)
  })
})

const WORDS = ["a", "b", "A", "caf%C3%A9", "x.y", "users:batch", "constructor", "%41"]

function randomPattern(random: Random): string {
  const segments = Array.from({ length: below(random, 5) }, () =>
    random() < 0.35 ? pick(random, [":id", "*"]) : pick(random, WORDS),
  )
  if (random() < 0.25) segments.push("**")
  else if (random() < 0.15 || segments.length === 0) segments.push("")
  return `${pick(random, ["GET", "GET", "POST", "DELETE", "*"])} /${segments.join("/")}`
}

/** A path that one of the patterns suggests, often, and sometimes a few edits away from it. */
function randomPath(random: Random, patterns: readonly string[]): string {
  const segments = pick(random, patterns).split("/").slice(1)
  const path = segments
    .flatMap((segment) => {
      if (segment === "**") return Array.from({ length: below(random, 4) }, () => pick(random, WORDS))
      return segment === ":id" || segment === "*" || random() < 0.1 ? pick(random, WORDS) : segment
    })
    .join("/")
  const target = `/${path}${random() < 0.1 ? "/" : ""}${random() < 0.1 ? "?x=/../1" : ""}`
  return random() < 0.3 ? mutate(random, target) : target
}

describe("a check", () => {
  afterEach(() => vi.restoreAllMocks())

  /** Look-ups in maps, and words of sets read: what a check spends besides reading the path. */
  function stepsOf(patterns: readonly string[], request: EndpointRequest) {
    const rules = compiled(patterns)
    const lookUps = vi.spyOn(Map.prototype, "get")
    const allowed = allowsEndpoint(rules, request)
    const steps = lookUps.mock.calls.length
    lookUps.mockRestore()
    return { allowed, lookUps: steps, wordsInASet: rules.otherMethod.length }
  }

  const pattern = (at: number) => `GET /v1/r${at}/:id/items/*`
  /** Every mixture of a literal and a wildcard on nine places: what makes a search that backtracks try them all. */
  const mixtures = Array.from({ length: 500 }, (_, at) => {
    const places = [...at.toString(2).padStart(9, "0")].map((bit) => (bit === "1" ? "a" : "*"))
    return `GET /${places.join("/")}`
  })

  it("takes one look-up for the method and each segment, however many patterns there are", () => {
    const request = { method: "GET", path: "/v1/r0/1/items/2" }
    const [one, ten, most] = [1, 10, 500].map((count) =>
      stepsOf(
        Array.from({ length: count }, (_, at) => pattern(at)),
        request,
      ),
    )
    expect(one).toEqual({ allowed: true, lookUps: 6, wordsInASet: 1 })
    expect(ten).toEqual({ allowed: true, lookUps: 6, wordsInASet: 1 })
    expect(most).toEqual({ allowed: true, lookUps: 6, wordsInASet: 16 })
  })

  it("costs no more where every pattern fits every segment but the last", () => {
    const path = "/a/a/a/a/a/a/a/a/"
    expect(stepsOf(mixtures, { method: "GET", path })).toEqual({ allowed: false, lookUps: 10, wordsInASet: 16 })
    expect(stepsOf(mixtures.slice(0, 1), { method: "GET", path })).toMatchObject({ allowed: false, lookUps: 10 })
    expect(stepsOf(mixtures, { method: "GET", path: `${path}b` })).toMatchObject({ allowed: true, lookUps: 10 })
  })

  it("looks no further into a long path than the longest pattern does", () => {
    const path = "/a".repeat(1000)
    expect(stepsOf(["GET /a/b/**"], { method: "GET", path })).toMatchObject({ allowed: false, lookUps: 3 })
    expect(stepsOf(["GET /a/**"], { method: "GET", path })).toMatchObject({ allowed: true, lookUps: 2 })
  })
})
