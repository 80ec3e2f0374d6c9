/**
 * The short way of reading a request agrees with its schema.
 *
 * @module
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readPlainly, readRequest, VerifyRequest } from "../../src/api-key/verdict-view.ts"
import { refusal } from "../world.ts"

const text = fc.oneof(fc.string(), fc.constantFrom("", "x".repeat(100), "x".repeat(101), "x".repeat(201)))
const odd = fc.oneof(fc.anything(), text, fc.integer(), fc.constantFrom(0, 1, 1.5, 2 ** 53, Number.NaN, 2n, true))
const request = fc
  .record(
    {
      ip: fc.oneof({ weight: 5, arbitrary: text }, odd),
      method: fc.oneof({ weight: 5, arbitrary: text }, odd),
      path: fc.oneof({ weight: 5, arbitrary: text }, odd),
      api: fc.oneof({ weight: 5, arbitrary: fc.constantFrom("cars", "a b", undefined) }, odd),
      projectId: fc.oneof({ weight: 5, arbitrary: text }, odd),
      permission: fc.oneof({ weight: 5, arbitrary: fc.option(text) }, odd),
      units: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1 }) }, odd),
      requestId: fc.oneof({ weight: 5, arbitrary: text }, odd),
      meter: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(true, false, "rateLimit", "quota") }, odd),
      userAgent: fc.oneof({ weight: 5, arbitrary: text }, odd),
      other: odd,
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .map((given) => given as VerifyRequest)

describe("reading a request", () => {
  it("answers plainly what the schema answers, or nothing", () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: request }, odd), (given) => {
        const plain = readPlainly(given as VerifyRequest)
        const parsed = VerifyRequest.safeParse(given)
        if (plain !== null) expect(plain).toEqual(parsed.data)
      }),
      { numRuns: 5000 },
    )
  })

  it("takes the short way for every request that the schema takes, from a plain object", () => {
    fc.assert(
      fc.property(request, (given) => {
        expect(readPlainly(given) !== null).toBe(VerifyRequest.safeParse(given).success)
      }),
      { numRuns: 5000 },
    )
  })

  it("reads each property once", () => {
    let reads = 0
    const given = {
      get ip() {
        reads++
        return "192.0.2.1"
      },
    }
    expect(readRequest(given).ip).toBe("192.0.2.1")
    expect(reads).toBe(1)
  })

  it.each([
    ["an unknown name", { addr: "192.0.2.1" }],
    ["an array", []],
    ["null", null],
    ["a fraction of a unit", { units: 0.5 }],
  ])("refuses %s", (_, given) => {
    expect(() => readRequest(given as VerifyRequest)).toThrow(expect.objectContaining(refusal("invalid_input")))
  })
})
