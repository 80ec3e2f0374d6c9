import { describe, expect, it } from "vitest"
import { readPattern, requestSegments } from "../../src/restriction/endpoint.ts"

describe("a request's path", () => {
  it.each([
    ["/", [""]],
    ["/v1", ["v1"]],
    ["/v1/cars/42", ["v1", "cars", "42"]],
    ["/v1/cars/", ["v1", "cars", ""]],
    ["/v1/cars?x=1", ["v1", "cars"]],
    ["/v1/cars?", ["v1", "cars"]],
    ["/v1/cars?a=/../b?c//;", ["v1", "cars"]],
    ["/?x", [""]],
    ["/.well-known/a.b/...", [".well-known", "a.b", "..."]],
    ["/A/a", ["A", "a"]],
    ["/~ada/-_.!$&'()*+,=:@", ["~ada", "-_.!$&'()*+,=:@"]],
    ["/caf%c3%a9/%E2%82%ac", ["caf%C3%A9", "%E2%82%AC"]],
    ["/50%25/%3f%23%20", ["50%25", "%3F%23%20"]],
    ["/%76in", ["%76in"]],
  ])("reads %s as %j", (path, segments) => {
    expect(requestSegments(path)).toEqual(segments)
  })

  it.each([
    ["no leading slash", ["", "v1", "?x=1", "*", "./v1", "../v1", "%2fv1", " /v1"]],
    [
      "the absolute form",
      ["http://api.example/v1", "https://api.example", "//api.example/v1", "file:///v1", "api.example:443"],
    ],
    ["empty segments", ["//", "/v1//cars", "//v1", "/v1//", "/v1/cars//?x"]],
    ["dot segments", ["/.", "/..", "/v1/.", "/v1/..", "/v1/./cars", "/v1/../admin", "/v1/cars/..?x", "/../", "/./"]],
    [
      "escaped dots",
      ["/%2e", "/%2e%2e", "/%2E%2E/admin", "/.%2e/admin", "/%2e./admin", "/v1/%2e%2e%2fadmin", "/a%2ejson"],
    ],
    ["escaped slashes", ["/v1%2fcars", "/v1%2Fcars", "/%2f", "/v1/cars%2f", "/v1/%2f%2fcars"]],
    ["backslashes", ["/v1\\cars", "/\\v1", "/v1/..\\admin", "/v1%5ccars", "/v1%5Ccars", "/v1/..%5cadmin"]],
    ["path parameters", ["/v1;x=1/cars", "/v1/cars;", "/v1/..;/admin", "/v1/cars;jsessionid=1", "/v1%3bx", "/v1%3Bx"]],
    ["fragments", ["/v1#", "/v1#/admin", "/#", "/v1#?x=1"]],
    [
      "control characters",
      ["/v1\0", "/v1%00", "/%0a", "/v1%0d%0aX", "/v1\n", "/v1\r\n", "/\t", "/%1f", "/%7f", "/\x7f", "/%C2%85"],
    ],
    ["bad escapes", ["/%", "/v1%", "/v1%2", "/%zz", "/%2g", "/%u0041", "/%%41", "/v1/%/cars", "/% 41", "/%-1"]],
    [
      "escapes that are not UTF-8",
      ["/%ff", "/%80", "/%c3", "/%c3/%a9", "/%c0%af", "/%c0%ae%c0%ae", "/%ed%a0%80", "/%f5%80%80%80"],
    ],
    ["escapes of escapes", ["/%2541", "/%252e%252e", "/%252f", "/v1/%252F", "/%25ff", "/%255c"]],
    [
      "unescaped text",
      [
        "/café",
        "/cafe\u0301",
        "/a b",
        "/a|b",
        '/a"b',
        "/<a>",
        "/{a}",
        "/[a]",
        "/a^b",
        "/a`b",
        "/／",
        "/．．",
        "/\ud800",
      ],
    ],
  ])("is refused with %s", (_, paths) => {
    expect(paths.filter((path) => requestSegments(path) !== null)).toEqual([])
  })

  it("is at most 8,192 characters long, its query aside", () => {
    expect(requestSegments("/a".repeat(4096))).toHaveLength(4096)
    expect(requestSegments(`${"/a".repeat(4096)}?${"x".repeat(100_000)}`)).toHaveLength(4096)
    expect(requestSegments(`${"/a".repeat(4096)}b`)).toBeNull()
    expect(requestSegments("/a".repeat(5_000_000))).toBeNull()
  })
})

const written = (text: string): string => {
  const read = readPattern(text)
  return typeof read === "string" ? `refused: ${read}` : read.rule
}

describe("a pattern", () => {
  it.each([
    "GET /",
    "GET /v1",
    "GET /v1/",
    "POST /v1/cars/:vin",
    "PUT /v1/:make/:model_2/*",
    "PATCH /v1/*/owners/:owner",
    "DELETE /v1/cars/**",
    "OPTIONS /**",
    "* /**",
    "* /v1/users:batch",
    "GET /.well-known/caf%C3%A9",
  ])("reads as itself: %s", (text) => {
    expect(written(text)).toBe(text)
  })

  it("has at most 32 segments", () => {
    expect(written(`GET ${"/a".repeat(32)}`)).toBe(`GET ${"/a".repeat(32)}`)
    expect(written(`GET ${"/a".repeat(33)}`)).toBe("refused: expected at most 32 segments")
  })

  it("has its escapes in upper case", () => {
    expect(written("GET /caf%c3%a9/:id")).toBe("GET /caf%C3%A9/:id")
  })

  it.each([
    ["no method", ["/v1", " /v1", "", "GET", "GET ", "GET/v1"], /^expected GET, .* one space and a path/],
    ["another method", ["get /v1", "Get /v1", "TRACE /v1", "GETS /v1", "** /v1", "GET,POST /v1"], /^expected GET, /],
    ["HEAD", ["HEAD /v1"], /^`HEAD` is allowed wherever `GET` is; expected GET, /],
    [
      "other spaces",
      ["GET  /v1", "GET\t/v1", "GET /v1 ", "GET /v1 x", " GET /v1", "GET /v1\n", "GET /a b"],
      /^expected GET, /,
    ],
    ["no path", ["GET v1", "GET **", "GET *", "GET :id", "GET http://a/v1"], /^expected a path from `\/` on/],
    [
      "an odd path",
      ["GET /v1?x=1", "GET /v1#a", "GET //v1", "GET /a/../b", "GET /a;b", "GET /a%2fb", "GET /café"],
      /^expected a path/,
    ],
    [
      "`**` before the end",
      ["GET /**/a", "GET /a/**/:id", "GET /**/", "GET /**/**"],
      /^expected `\*\*` as the last segment alone/,
    ],
    [
      "half a wildcard",
      ["GET /a*", "GET /*.json", "GET /a/***", "GET /**a", "GET /a/b*/**"],
      /^expected a literal, .* instead of/,
    ],
    [
      "an odd parameter",
      ["GET /:", "GET /:1a", "GET /:a-b", "GET /:id.json", "GET /:a:b", "GET /:id*", "GET /:id+"],
      /^expected a literal/,
    ],
  ])("is refused with %s", (_, texts, message) => {
    for (const text of texts) expect(readPattern(text), text).toEqual(expect.stringMatching(message))
  })
})
