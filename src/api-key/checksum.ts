/**
 * The checksum at the end of a key's secret: CRC-32 (IEEE 802.3) in six base-62 characters.
 *
 * @module
 */

/** The digits of base 62, in the order of their values. */
export const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/** 62^6 is more than 2^32, so that no bit of the CRC is lost. */
const CHECKSUM_LENGTH = 6

const TABLE = /* @__PURE__ */ Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 && 0xedb88320)
  return crc
})

/** The CRC after one more byte. The index is a byte too, so the entry is there. */
const after = (crc: number, byte: number): number => (crc >>> 8) ^ (TABLE[(crc ^ byte) & 255] as number)

/** CRC-32 of the first `length` characters of `text`, which must be ASCII. */
export function crc32(text: string, length: number): number {
  let crc = -1
  for (let at = 0; at < length; at++) crc = after(crc, text.charCodeAt(at))
  return ~crc >>> 0
}

/** The checksum of an ASCII text. */
export function checksum(text: string): string {
  let rest = crc32(text, text.length)
  let digits = ""
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit++) {
    digits = BASE62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

/**
 * Whether a text is base 62 from `from` on, which is ASCII before, and ends with the checksum of what precedes it; in one
 * pass, and allocates nothing.
 */
export function endsWithChecksum(text: string, from: number): boolean {
  const start = text.length - CHECKSUM_LENGTH
  let crc = -1
  let value = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const digit = at < from ? 0 : digitOf(code)
    if (digit < 0) return false
    if (at < start) crc = after(crc, code)
    else value = value * 62 + digit
  }
  return value === ~crc >>> 0
}

const DIGITS = /* @__PURE__ */ Int8Array.from({ length: 128 }, (_, code) => BASE62.indexOf(String.fromCharCode(code)))

/** The value of a base-62 digit by its character code: below 10 for digits, from 36 on for lower-case letters; or -1. */
export const digitOf = (code: number): number => (code < 128 ? (DIGITS[code] as number) : -1)
