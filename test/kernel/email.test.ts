import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { canonicalEmail } from "../../src/kernel/email.ts"

describe("an e-mail address", () => {
  it.each([
    ["Ada@Example.COM", "ada@example.com"],
    ["  ada@example.com\n", "ada@example.com"],
    ["ada+tag@example.com", "ada+tag@example.com"],
    ["a.d.a@example.com", "a.d.a@example.com"],
    ["o'hara@example.com", "o'hara@example.com"],
    ["ada@bücher.example", "ada@xn--bcher-kva.example"],
    ["ada@BU\u0308CHER.example", "ada@xn--bcher-kva.example"],
    ["ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"],
    ["ada@例え.jp", "ada@xn--r8jz45g.jp"],
    ["ada@sub.mail.example", "ada@sub.mail.example"],
  ])("reads %j as %j", (text, canonical) => {
    expect(canonicalEmail(text)).toBe(canonical)
  })

  it.each([
    "",
    "ada",
    "@example.com",
    "ada@",
    "ada@example",
    "ada@@example.com",
    "ada@example..com",
    "ada@.example.com",
    "ada@-example.com",
    "ada@exa_mple.com",
    "ada@127.0.0.1",
    "ada@[127.0.0.1]",
    "ada@example.com:25",
    "ada@example.com/x",
    "ada@example.com?x",
    "ada@exam ple.com",
    "ada@example.123",
    ".ada@example.com",
    "ada.@example.com",
    "a..da@example.com",
    '"ada lovelace"@example.com',
    "ada lovelace@example.com",
    "ädä@example.com",
    "\u212aelvin@example.com",
    "ada\u0000@example.com",
    "ada@example.com\r\nBcc: eve@example.com",
    `${"a".repeat(65)}@example.com`,
    `ada@${"a".repeat(64)}.com`,
    `ada@${"abcdefghi.".repeat(30)}com`,
  ])("refuses %j", (text) => {
    expect(canonicalEmail(text)).toBeNull()
  })

  it("has one canonical form, whatever its case and however often it is made canonical", () => {
    const flip = fc.func(fc.boolean())
    fc.assert(
      fc.property(fc.emailAddress(), flip, (text, upper) => {
        const canonical = canonicalEmail(text)
        fc.pre(canonical !== null)
        const shouted = [...text].map((letter, index) => (upper(index) ? letter.toUpperCase() : letter)).join("")
        expect(canonicalEmail(canonical)).toBe(canonical)
        expect(canonicalEmail(shouted)).toBe(canonical)
      }),
    )
  })
})
