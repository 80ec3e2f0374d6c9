import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { hashSecret, Secret } from "../../src/kernel/secret.ts"

describe("a secret", () => {
  const secret = new Secret("hunter2")

  it.each([
    ["a template", () => `${secret}`],
    ["concatenation", () => `x${String(secret)}`],
    ["JSON", () => JSON.stringify({ secret })],
    ["inspect", () => inspect({ secret }, { depth: 9, showHidden: true })],
    ["its own keys", () => JSON.stringify(Object.entries(secret))],
  ])("stays out of %s", (_, print) => {
    expect(print()).not.toContain("hunter2")
  })

  it("is given out by reveal alone", () => {
    expect(secret.reveal()).toBe("hunter2")
  })

  it("is stored as its SHA-256", () => {
    expect(hashSecret("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  })
})
