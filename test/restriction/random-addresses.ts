/**
 * Addresses and blocks in every spelling, and near misses of them, from a seed.
 *
 * @module
 */

/** A number in [0, 1), the same for the same seed. */
export type Random = () => number

export const pick = <T>(random: Random, items: readonly T[]): T => {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error("nothing to pick from")
  return item
}

export const below = (random: Random, limit: number): number => Math.floor(random() * limit)

/** Four octets, often from a few near each other, so that blocks and addresses meet. */
export function randomIpv4(random: Random): readonly number[] {
  const octet = () => (random() < 0.5 ? pick(random, [0, 1, 10, 127, 128, 254, 255]) : below(random, 256))
  return [octet(), octet(), octet(), octet()]
}

/** Eight groups: runs of zeros, mapped addresses and neighbours of the mapped range among them. */
export function randomIpv6(random: Random): readonly number[] {
  const [a = 0, b = 0, c = 0, d = 0] = randomIpv4(random)
  const tail = [a * 256 + b, c * 256 + d]
  const kind = random()
  if (kind < 0.25) return [0, 0, 0, 0, 0, 0xffff, ...tail]
  if (kind < 0.35) return [0, 0, 0, 0, pick(random, [0, 1, 0xffff]), pick(random, [0, 0xfffe, 0xffff]), ...tail]
  const group = () =>
    random() < 0.5 ? 0 : random() < 0.5 ? pick(random, [1, 0xdb8, 0x2001, 0xffff]) : below(random, 65536)
  return Array.from({ length: 8 }, group)
}

/** One of the spellings that RFC 4291 allows. */
export function spell(random: Random, address: readonly number[]): string {
  if (address.length === 4) return address.join(".")
  const dotted = random() < 0.3
  const parts = (dotted ? address.slice(0, 6) : address).map((group) => {
    const hex = group.toString(16)
    return random() < 0.2 ? hex.padStart(1 + below(random, 4), "0") : hex
  })
  const [high = 0, low = 0] = address.slice(6)
  if (dotted) parts.push([high >> 8, high & 255, low >> 8, low & 255].join("."))
  const text = random() < 0.7 ? elide(random, parts, address) : parts.join(":")
  return random() < 0.3 ? text.toUpperCase() : text
}

/** `::` in place of a run of zero groups, any one of them and any part of it. */
function elide(random: Random, parts: readonly string[], address: readonly number[]): string {
  const zeros = parts.flatMap((part, at) => (address[at] === 0 && !part.includes(".") ? [at] : []))
  if (zeros.length === 0) return parts.join(":")
  const from = pick(random, zeros)
  let to = from + 1
  while (zeros.includes(to) && random() < 0.9) to++
  return `${parts.slice(0, from).join(":")}::${parts.slice(to).join(":")}`
}

const JUNK = [..."0123456789abcdefABCDEFgxX.:/% []-+,;", "::", "0x", "00", "\n", "\0", "%eth0", "/8", "٣", "：", "ſ"]

/** A text one to three edits away. */
export function mutate(random: Random, text: string): string {
  let mutant = text
  for (let edits = 1 + below(random, 3); edits > 0; edits--) {
    const at = below(random, mutant.length + 1)
    const cut = below(random, 3)
    mutant = mutant.slice(0, at) + (random() < 0.7 ? pick(random, JUNK) : "") + mutant.slice(at + cut)
  }
  return mutant
}

/** The same address with the bits after the prefix cleared. */
export function clearHostBits(address: readonly number[], prefix: number): readonly number[] {
  const width = address.length === 4 ? 8 : 16
  return address.map((part, at) => {
    const kept = Math.min(width, Math.max(0, prefix - at * width))
    return part - (part % 2 ** (width - kept))
  })
}
