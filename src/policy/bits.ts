/**
 * Sets of permissions as bits: one interned permission, one bit. Never changed once made.
 *
 * @module
 */

/** A set of interned permissions. Sets of one policy have the same length. */
export type Bits = Uint32Array

/** How many words a set over `size` permissions takes. */
export const wordsFor = (size: number): number => Math.max(1, Math.ceil(size / 32))

/** The set of those indices. */
export function bitsOf(words: number, indices: Iterable<number>): Bits {
  const bits = new Uint32Array(words)
  for (const index of indices) bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31))
  return bits
}

/** Whether the set holds that index. */
export const hasBit = (bits: Bits, index: number): boolean => (((bits[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1

/** What either set holds. */
export const union = (a: Bits, b: Bits): Bits => a.map((word, at) => word | (b[at] ?? 0))

/** What both sets hold. */
export const intersection = (a: Bits, b: Bits): Bits => a.map((word, at) => word & (b[at] ?? 0))

/** Whether `whole` holds everything in `part`. */
export const isSubset = (part: Bits, whole: Bits): boolean => part.every((word, at) => (word & ~(whole[at] ?? 0)) === 0)

/** Whether `whole` holds everything in `part`, and more. */
export function isStrictSubset(part: Bits, whole: Bits): boolean {
  let more = 0
  for (let at = 0; at < part.length; at++) {
    const inside = whole[at] ?? 0
    const asked = part[at] ?? 0
    if ((asked & ~inside) !== 0) return false
    more |= inside & ~asked
  }
  return more !== 0
}

/** The indices in the set, in order. */
export function indicesOf(bits: Bits): readonly number[] {
  const indices: number[] = []
  for (let index = 0; index < bits.length * 32; index++) if (hasBit(bits, index)) indices.push(index)
  return indices
}
