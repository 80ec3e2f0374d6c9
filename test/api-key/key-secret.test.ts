import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BASE62, checksum } from "../../src/api-key/checksum.ts"
import {
  hint,
  isWellFormed,
  KEY_FORMAT,
  KeyTag,
  mintSecret,
  SECRET_PATTERN,
  secretPattern,
} from "../../src/api-key/key-secret.ts"

const refusal = (code: string) => expect.objectContaining({ code })
const RANDOM = "9fYQ0m1xK4rT7bVwZ2cHs8LpN3aDgJ6e"
const SECRET = mintSecret(RANDOM)

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...BASE62), minLength, maxLength })
const tag = fc.stringMatching(/^[a-z][a-z0-9]{1,15}$/)
const secrets = fc
  .record({ prefix: tag, environment: tag, random: digits(32, 128) })
  .map(({ random, ...format }) => mintSecret(random, format))

const replaced = (text: string, at: number, character: string): string =>
  text.slice(0, at) + character + text.slice(at + 1)

function exchanged(text: string, one: number, other: number): string {
  return replaced(replaced(text, one, text.charAt(other)), other, text.charAt(one))
}

/** A text with a right checksum, whatever else is wrong with it. */
const signed = (body: string): string => body + checksum(body)

describe("a key's secret", () => {
  it("is prefix, environment, random characters and the checksum of them all", () => {
    expect(SECRET).toBe(`tk_live_${RANDOM}${checksum(`tk_live_${RANDOM}`)}`)
    expect(mintSecret(RANDOM, { prefix: "acme", environment: "test" })).toMatch(/^acme_test_9fYQ[0-9A-Za-z]{34}$/)
  })

  it("is well formed, whatever its prefix, its environment and its length", () => {
    fc.assert(fc.property(secrets, (secret) => isWellFormed(secret)))
  })

  it.each([
    "",
    "short",
    `${RANDOM.slice(1)}`,
    `${RANDOM.slice(1)}-`,
    `${RANDOM.slice(1)}_`,
    "a".repeat(129),
    "é".repeat(32),
  ])("is not made of %j", (random) => {
    expect(() => mintSecret(random)).toThrow(refusal("unavailable"))
  })

  it("is not made with a prefix or an environment that could not be told apart again", () => {
    for (const wrong of ["", "t", "T1", "1t", "t_k", "t-k", "a".repeat(17)]) {
      expect(KeyTag.safeParse(wrong).success).toBe(false)
      expect(() => mintSecret(RANDOM, { ...KEY_FORMAT, prefix: wrong })).toThrow(refusal("unavailable"))
      expect(() => mintSecret(RANDOM, { ...KEY_FORMAT, environment: wrong })).toThrow(refusal("unavailable"))
    }
  })

  it("is shown as its prefix and environment, and the first and last four characters", () => {
    expect(hint(SECRET)).toBe(`tk_live_9fYQ...${SECRET.slice(-4)}`)
    fc.assert(fc.property(secrets, (secret) => hint(secret).length <= 16 + 1 + 16 + 1 + 4 + 3 + 4))
  })
})

describe("a secret with a mistake", () => {
  it("is refused after every change of one character to any other of ASCII", () => {
    let changes = 0
    for (let at = 0; at < SECRET.length; at++) {
      for (let code = 0; code < 128; code++) {
        if (code === SECRET.charCodeAt(at)) continue
        changes++
        const changed = replaced(SECRET, at, String.fromCharCode(code))
        if (isWellFormed(changed)) expect.fail(`${changed} passes`)
      }
    }
    expect(changes).toBe(SECRET.length * 127)
  })

  it("is refused after every exchange of two different characters", () => {
    let exchanges = 0
    for (let one = 0; one < SECRET.length; one++) {
      for (let other = one + 1; other < SECRET.length; other++) {
        if (SECRET[one] === SECRET[other]) continue
        exchanges++
        const changed = exchanged(SECRET, one, other)
        if (isWellFormed(changed)) expect.fail(`${changed} passes`)
      }
    }
    expect(exchanges).toBeGreaterThan(900)
  })

  it("is refused after a change of one character, whichever secret it is", () => {
    fc.assert(
      fc.property(secrets, fc.nat(), fc.constantFrom(...BASE62), (secret, place, character) => {
        const at = place % secret.length
        fc.pre(secret[at] !== character)
        expect(isWellFormed(replaced(secret, at, character))).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it("is refused after an exchange of two different characters, whichever secret it is", () => {
    fc.assert(
      fc.property(secrets, fc.nat(), fc.nat(), (secret, first, second) => {
        const [one, other] = [first % secret.length, second % secret.length]
        fc.pre(secret[one] !== secret[other])
        expect(isWellFormed(exchanged(secret, one, other))).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it("is refused whichever end is cut off, and whatever is put in front or behind", () => {
    for (let length = 0; length < SECRET.length; length++) {
      expect(isWellFormed(SECRET.slice(0, length))).toBe(false)
      expect(isWellFormed(SECRET.slice(length + 1))).toBe(false)
    }
    for (const extra of [..."aA0_- \t\n\r\0", "\r\n", "\u2028", "\ufeff", "\u0301", "\u200b", "Bearer ", SECRET]) {
      expect(isWellFormed(SECRET + extra)).toBe(false)
      expect(isWellFormed(extra + SECRET)).toBe(false)
    }
  })

  it.each([
    ["in upper case", SECRET.toUpperCase()],
    ["in lower case", SECRET.toLowerCase()],
    [
      "with the random part in the other case",
      SECRET.replace(/[a-z](?!.*_)/gi, (c) => (c < "a" ? c.toLowerCase() : c.toUpperCase())),
    ],
    ["of one prefix under another", SECRET.replace("tk_", "sk_")],
    ["of one environment under another", SECRET.replace("_live_", "_test_")],
    [
      "whose random part is another's",
      SECRET.slice(0, 8) + mintSecret([...RANDOM].reverse().join("")).slice(8, 40) + SECRET.slice(40),
    ],
    ["with another's checksum", SECRET.slice(0, -6) + mintSecret([...RANDOM].reverse().join("")).slice(-6)],
    ["with an escaped underscore", SECRET.replaceAll("_", "%5F")],
    ["with a Cyrillic letter that looks the same", SECRET.replace("a", "\u0430")],
    ["in full-width characters", SECRET.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))],
    ["with a character that has the same low byte", SECRET.replace("9", String.fromCharCode(0x139))],
  ])("is refused %s", (_, text) => {
    expect(text).not.toBe(SECRET)
    expect(isWellFormed(text)).toBe(false)
  })

  it.each([
    ["one part", `tklive${RANDOM}`],
    ["two parts", `tk_${RANDOM}`],
    ["four parts", `tk_live_eu_${RANDOM}`],
    ["no prefix", `_live_${RANDOM}`],
    ["no environment", `tk__${RANDOM}`],
    ["an upper-case prefix", `TK_live_${RANDOM}`],
    ["a prefix that begins with a digit", `1k_live_${RANDOM}`],
    ["a prefix of 17 characters", `${"t".repeat(17)}_live_${RANDOM}`],
    ["too few random characters", `tk_live_${RANDOM.slice(1)}`],
    ["too many random characters", `tk_live_${"a".repeat(129)}`],
    ["a hyphen", `tk_live_${RANDOM.slice(1)}-`],
  ])("is refused of %s, though its checksum is right", (_, body) => {
    expect(isWellFormed(signed(body))).toBe(false)
  })
})

describe("what is no secret", () => {
  it("is refused unread when it is long", () => {
    expect(isWellFormed(signed(`tk_live_${"a".repeat(1_000_000)}`))).toBe(false)
    expect(isWellFormed("_".repeat(1_000_000))).toBe(false)
    expect(isWellFormed("a".repeat(1_000_000))).toBe(false)
  })

  it("is refused when it is no string", () => {
    const looksLikeOne = { toString: () => SECRET }
    for (const value of [undefined, null, 0, 42n, true, {}, [SECRET], Object(SECRET), looksLikeOne, Symbol("tk")]) {
      expect(isWellFormed(value)).toBe(false)
    }
  })

  it("is refused, without an error, whatever the text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => !isWellFormed(text)))
  })
})

describe("a product's own prefixes", () => {
  it("are the only ones it takes", () => {
    expect(isWellFormed(SECRET, ["tk"])).toBe(true)
    expect(isWellFormed(SECRET, ["sk", "tk"])).toBe(true)
    for (const prefix of ["sk", "t", "tkk", "TK", ""]) {
      expect(isWellFormed(SECRET, [prefix])).toBe(false)
    }
    expect(isWellFormed(SECRET, [])).toBe(false)
  })
})

describe("the scanners' pattern", () => {
  const found = (pattern: RegExp, text: string) => text.match(new RegExp(pattern, "g")) ?? []

  it("finds every secret in a text", () => {
    fc.assert(
      fc.property(fc.array(secrets, { maxLength: 5 }), (all) => {
        const text = all.map((secret, index) => `KEY_${index}="${secret}"; curl -H 'x-api-key: ${secret}'`).join("\n")
        expect(found(SECRET_PATTERN, text)).toEqual(all.flatMap((secret) => [secret, secret]))
      }),
    )
  })

  it("matches whole what is well formed", () => {
    const whole = new RegExp(`^${SECRET_PATTERN.source}$`)
    fc.assert(fc.property(secrets, (secret) => whole.test(secret)))
  })

  it("finds those of one prefix only, when asked to", () => {
    const other = mintSecret(RANDOM, { prefix: "acme", environment: "live" })
    expect(found(secretPattern("acme"), `${SECRET} ${other}`)).toEqual([other])
    for (const wrong of ["a|b", ".*", "", "A"]) {
      expect(() => secretPattern(wrong)).toThrow(refusal("invalid_input"))
    }
  })

  it("finds nothing inside longer words", () => {
    expect(found(SECRET_PATTERN, `x${"a".repeat(20)}${SECRET}`)).toEqual([])
    expect(found(SECRET_PATTERN, `${SECRET}${"a".repeat(200)}`)).toEqual([])
  })

  it("uses nothing that RE2 lacks, and keeps no state between searches", () => {
    for (const pattern of [SECRET_PATTERN, secretPattern("tk")]) {
      expect(pattern.source).not.toMatch(/\(\?|\\[1-9k]/)
      expect(pattern.flags).toBe("")
    }
  })
})
