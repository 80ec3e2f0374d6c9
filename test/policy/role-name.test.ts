/**
 * Names of roles.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import { isTenantryError } from "../../src/kernel/error.ts"
import { customRoleName, isReservedRoleName } from "../../src/policy/policy.ts"

const policy = { ownership: { role: "Super_Owner" } }

describe("the name of an organization's own role", () => {
  it.each(["a", "support", "tier-2", `a${"b".repeat(47)}`])("may be %j", (name) => {
    expect(customRoleName(name)).toBe(name)
  })

  it.each(["", "A", "2nd", "-a", "a b", "a_b", "é", "a\n", "__proto__", `a${"b".repeat(48)}`])("is not %j", (name) => {
    let thrown: unknown
    try {
      customRoleName(name)
    } catch (error) {
      thrown = error
    }
    expect(isTenantryError(thrown) && thrown.code).toBe("invalid_input")
  })

  it.each(["Super_Owner", "super-owner", "SUPER OWNER", " super_owner ", "ｓuper-owner"])(
    "is reserved when it reads like the owner role: %j",
    (name) => expect(isReservedRoleName(name, policy)).toBe(true),
  )

  it.each([
    "__proto__",
    "constructor",
    "Constructor",
    "prototype",
    "toString",
    "tostring",
    "hasOwnProperty",
    "valueOf",
  ])("is reserved when every object has it: %j", (name) => expect(isReservedRoleName(name, policy)).toBe(true))

  it.each(["owner", "super-owners", "construct", "proto", "admin"])("is free otherwise: %j", (name) =>
    expect(isReservedRoleName(name, policy)).toBe(false),
  )
})
