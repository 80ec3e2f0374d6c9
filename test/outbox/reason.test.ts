/**
 * No secret gets into a stored reason, however the error spells it.
 *
 * @module
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { failureReason } from "../../src/outbox/reason.ts"

const NOTHING = { secret: "", words: [] }
const TOKEN = "V1StGXR8_Z5jdHi6B-myT0123456789ab"
const URL = `https://app.example/join/${TOKEN}?from=mail`

describe("a failure's reason", () => {
  it("is the error's message on one line", () => {
    expect(failureReason(new Error(" 550 no\r\n such\u0000 mailbox "), NOTHING)).toBe("550 no such mailbox")
    expect(failureReason("down", NOTHING)).toBe("down")
    expect(failureReason({ toString: () => "odd" }, NOTHING)).toBe("odd")
  })

  it("is there for anything that can be thrown", () => {
    const unprintable = Object.assign(new Error("x"), { message: Symbol("x") })
    const trapped = Object.defineProperty(new Error("x"), "message", {
      get: () => {
        throw new Error("gotcha")
      },
    })
    for (const thrown of [undefined, null, Object.create(null), unprintable, trapped, new Error(""), Symbol("s")]) {
      expect(failureReason(thrown, NOTHING)).toMatch(/./)
    }
    expect(failureReason(Object.create(null), NOTHING)).toBe("failed without a message")
  })

  it("has at most 200 characters and no half of one", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 180, maxLength: 300 }), (text) => {
        const reason = failureReason(new Error(text), NOTHING)
        expect(reason.length).toBeLessThanOrEqual(200)
        expect(reason).not.toMatch(/[\p{Cs}\p{Cc}]/u)
      }),
    )
    expect(failureReason(new Error(`${"x".repeat(199)}😀`), NOTHING)).toBe("x".repeat(199))
  })

  it("names neither the token nor the page nor the address", () => {
    const error = new Error(`could not send ${URL} to bob@acme.example (${TOKEN})`)
    const reason = failureReason(error, { secret: TOKEN, words: [URL, "bob@acme.example"] })
    expect(reason).toBe("could not send […] to […] ([…])")
  })

  it("keeps no 8 characters of the token in a row, wherever lines were wrapped", () => {
    fc.assert(
      fc.property(fc.nat(TOKEN.length), fc.nat(TOKEN.length), fc.string(), (one, other, noise) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)]
        const wrapped = [TOKEN.slice(0, from), TOKEN.slice(from, to), TOKEN.slice(to)].join("=\r\n")
        const reason = failureReason(new Error(noise + wrapped + noise), { secret: TOKEN, words: [URL] })
        for (let at = 0; at + 8 <= TOKEN.length; at++) expect(reason).not.toContain(TOKEN.slice(at, at + 8))
      }),
    )
  })
})
