import { crc32 as zlib } from "node:zlib"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BASE62, checksum, crc32, endsWithChecksum } from "../../src/api-key/checksum.ts"

const ascii = fc.string({ unit: "binary-ascii", maxLength: 200 })

describe("a checksum", () => {
  it.each([
    ["", 0],
    ["a", 0xe8b7be43],
    ["123456789", 0xcbf43926],
    ["The quick brown fox jumps over the lazy dog", 0x414fa339],
  ])("is the CRC-32 of %j by the book", (text, crc) => {
    expect(crc32(text, text.length)).toBe(crc)
  })

  it("agrees with zlib, of any text and any part of it", () => {
    fc.assert(
      fc.property(ascii, fc.nat(200), (text, length) => {
        const part = text.slice(0, length)
        expect(crc32(text, part.length)).toBe(zlib(part))
      }),
    )
  })

  it("is six digits of base 62, most significant first, from which the CRC can be read back", () => {
    fc.assert(
      fc.property(ascii, (text) => {
        const digits = checksum(text)
        expect(digits).toMatch(/^[0-9A-Za-z]{6}$/)
        expect([...digits].reduce((value, digit) => value * 62 + BASE62.indexOf(digit), 0)).toBe(zlib(text))
        expect(endsWithChecksum(text + digits, text.length)).toBe(true)
      }),
    )
  })

  it("is that of nothing, too", () => {
    expect(checksum("")).toBe("000000")
    expect(endsWithChecksum("000000", 0)).toBe(true)
  })
})
