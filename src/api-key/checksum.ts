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

/** CRC-32 of the first `length` characters of `text`, which must be ASCII. */
export function crc32(text: string, length: number): number {
  let crc = -1
  for (let at = 0; at < length; at++) {
    // The index is a byte, so the entry is there.
    crc = (crc >>> 8) ^ (TABLE[(crc ^ text.charCodeAt(at)) & 255] as number)
  }
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

/** Whether a text, base 62 at its end and ASCII before, ends with the checksum of what precedes it; allocates nothing. */
export function endsWithChecksum(text: string): boolean {
  const start = text.length - CHECKSUM_LENGTH
  let value = 0
  for (let at = start; at < text.length; at++) value = value * 62 + digitOf(text.charCodeAt(at))
  return value === crc32(text, start)
}

const DIGITS = /* @__PURE__ */ Int8Array.from({ length: 128 }, (_, code) => BASE62.indexOf(String.fromCharCode(code)))

/** The value of a base-62 digit by its character code: below 10 for digits, from 36 on for lower-case letters; or -1. */
export const digitOf = (code: number): number => DIGITS[code] ?? -1
