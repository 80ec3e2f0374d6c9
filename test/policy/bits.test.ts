/**
 * Sets of permissions as bits.
 *
 * @module
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  bitsOf,
  hasBit,
  indicesOf,
  intersection,
  isStrictSubset,
  isSubset,
  union,
  wordsFor,
} from "../../src/policy/bits.ts"

const SIZE = 100
const indices = fc.uniqueArray(fc.nat(SIZE - 1))
const sorted = (set: Iterable<number>) => [...set].sort((a, b) => a - b)

describe("bits", () => {
  it("take one word for every 32 permissions, and at least one", () => {
    expect([0, 1, 32, 33, 64, 65].map(wordsFor)).toEqual([1, 1, 1, 2, 2, 3])
  })

  it("agree with sets of numbers", () => {
    fc.assert(
      fc.property(indices, indices, (a, b) => {
        const [setA, setB] = [new Set(a), new Set(b)]
        const [bitsA, bitsB] = [bitsOf(wordsFor(SIZE), a), bitsOf(wordsFor(SIZE), b)]
        for (let at = 0; at < SIZE; at++) expect(hasBit(bitsA, at)).toBe(setA.has(at))
        expect(indicesOf(bitsA)).toEqual(sorted(setA))
        expect(indicesOf(union(bitsA, bitsB))).toEqual(sorted(new Set([...a, ...b])))
        expect(indicesOf(intersection(bitsA, bitsB))).toEqual(sorted(a.filter((at) => setB.has(at))))
        expect(isSubset(bitsA, bitsB)).toBe(a.every((at) => setB.has(at)))
        expect(isSubset(bitsA, bitsA)).toBe(true)
        expect(isStrictSubset(bitsA, bitsB)).toBe(a.every((at) => setB.has(at)) && setB.size > setA.size)
      }),
    )
  })

  it("hold nothing beyond their words", () => {
    expect(hasBit(bitsOf(1, [0, 31]), 32)).toBe(false)
    expect(hasBit(bitsOf(1, [0, 31]), 31)).toBe(true)
  })
})
