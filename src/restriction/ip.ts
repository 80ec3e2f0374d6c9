/**
 * IP addresses and CIDR blocks, read strictly: an IPv4-mapped IPv6 address is the IPv4 address in every spelling.
 *
 * @module
 */
import type { Branded } from "../kernel/id.ts"

/** An address as 32-bit words: one for IPv4, four for IPv6. */
export type Address = readonly number[]

/** A block in canonical form: as RFC 5952 writes it, its prefix always said, no bits set after the prefix. */
export type Cidr = Branded<"Cidr">

/** What a text names: `exact` unless bits were set after the prefix, which `first` lacks. */
export type Block = Readonly<{ first: Address; last: Address; prefix: number; exact: boolean }>

/** Four decimal octets without leading zeros as one number, or -1. */
function ipv4(text: string): number {
  let [value, octet, dots] = [0, -1, 0]
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit === -2 && octet >= 0) {
      value = value * 256 + octet
      octet = -1
      dots++
    } else if (digit >= 0 && digit <= 9 && octet !== 0) {
      octet = octet < 0 ? digit : octet * 10 + digit
      if (octet > 255) return -1
    } else return -1
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1
}

/** The three forms of RFC 4291 § 2.2: eight groups, `::` for one or more of them, a dotted tail for the last two. */
function ipv6(text: string): Address | null {
  const groups = [0, 0, 0, 0, 0, 0, 0, 0]
  let [count, gap, group, digits] = [0, -1, 0, 0]
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : COLON
    const digit = hexDigit(code)
    if (digit >= 0) {
      group = group * 16 + digit
      if (++digits > 4) return null
    } else if (code === DOT) {
      const tail = ipv4(text.slice(at - digits))
      if (tail < 0 || count > 6) return null
      groups[count++] = tail >>> 16
      groups[count++] = tail & 0xffff
      break
    } else if (code !== COLON) return null
    else if (digits > 0) {
      if (count === 8) return null
      groups[count++] = group
      group = digits = 0
    } else if (at === text.length) {
      if (gap !== count) return null
    } else if (at > 0) {
      if (gap >= 0) return null
      gap = count
    } else if (text.charCodeAt(1) !== COLON) return null
  }
  if (gap < 0 ? count < 8 : count > 7) return null
  if (gap >= 0) groups.copyWithin(8 - count + gap, gap, count).fill(0, gap, 8 - count + gap)
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups
  return [a * 65536 + b, c * 65536 + d, e * 65536 + f, g * 65536 + h]
}

const DOT = 46
const COLON = 58

/** The value of a hexadecimal digit by its code, or -1. */
function hexDigit(code: number): number {
  if (code < 58) return code > 47 ? code - 48 : -1
  const letter = (code | 32) - 87
  return letter > 9 && letter < 16 ? letter : -1
}

/** The address, or null: octal, hexadecimal and short forms, zones, ports, brackets and spaces are refused. */
export function readAddress(text: string): Address | null {
  const value = ipv4(text)
  if (value >= 0) return [value]
  const words = ipv6(text)
  return words?.[0] === 0 && words[1] === 0 && words[2] === 0xffff ? words.slice(3) : words
}

const CIDR = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/

/** The block, or null; an address alone is a block of one. */
export function readBlock(text: string): Block | null {
  const [, spelled = "", length] = CIDR.exec(text) ?? []
  const address = readAddress(spelled)
  if (address === null) return null
  const bits = address.length * 32
  // A mapped address's prefix counts the 96 bits before it: `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
  const prefix = length === undefined ? bits : Number(length) - (bits === 32 && spelled.includes(":") ? 96 : 0)
  if (prefix < 0 || prefix > bits) return null
  const last = address.map((word, at) => (word | hostBits(prefix - at * 32)) >>> 0)
  const first = address.map((word, at) => (word & ~hostBits(prefix - at * 32)) >>> 0)
  return { first, last, prefix, exact: first.every((word, at) => word === address[at]) }
}

/** The bits of one word that come after a prefix which takes `kept` of them. */
const hostBits = (kept: number): number => (kept >= 32 ? 0 : 0xffffffff >>> Math.max(0, kept))

/** The canonical form of the block from `first` on. */
export const formatBlock = ({ first, prefix }: Block): Cidr => `${formatAddress(first)}/${prefix}` as Cidr

function formatAddress(address: Address): string {
  const [ipv4 = 0] = address
  if (address.length === 1) return [24, 16, 8, 0].map((shift) => (ipv4 >>> shift) & 255).join(".")
  const parts = address.flatMap((word) => [word >>> 16, word & 0xffff])
  const groups = `:${parts.map((part) => part.toString(16)).join(":")}:`
  const runs = groups.match(/(?::0){2,}:/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "")
  return (longest === "" ? groups : groups.replace(longest, "::")).replace(/^:(?!:)|(?<!:):$/g, "")
}
