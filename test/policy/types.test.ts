/**
 * What does not compile.
 *
 * @module
 */
import { describe, expectTypeOf, it } from "vitest"
import {
  type BuiltInPermission,
  type CustomRoleName,
  customRoleName,
  definePolicy,
  type PolicyEngine,
  type PolicyInput,
} from "../../src/policy/policy.ts"
import { standing } from "./standing.ts"

const policy = definePolicy({
  permissions: { "invoices.send": "project" },
  aliases: { "users.read": "members.read", "bills.send": "invoices.send" },
  roles: {
    owner: { grants: ["*"] },
    clerk: { grants: ["invoices.*", "*.send", "users.read"], manages: ["clerk"] },
  },
  ownership: { role: "owner", holders: "single", transfer: "off" },
})
const access = policy.resolve(standing("clerk"))

type Permission = BuiltInPermission | "invoices.send" | "users.read" | "bills.send"
type Input = PolicyInput<"owner" | "clerk", { "invoices.send": "project" }, "users.read">
type Clerk = Input["roles"]["clerk"]

describe("the types of a policy", () => {
  it("name every permission and every system role", () => {
    expectTypeOf(access.can).parameter(0).toEqualTypeOf<Permission>()
    expectTypeOf(access.require).parameter(0).toEqualTypeOf<Permission>()
    expectTypeOf(access.explain).parameter(0).toEqualTypeOf<Permission>()
    expectTypeOf(access.permissions()).toEqualTypeOf<Readonly<Record<Permission, boolean>>>()
    expectTypeOf(access.role).toEqualTypeOf<"owner" | "clerk" | CustomRoleName | null>()
    expectTypeOf(policy.ownership.role).toEqualTypeOf<"owner" | "clerk">()
  })

  it("refuse a misspelt permission in a check", () => {
    // @ts-expect-error
    access.can("members.raed")
    // @ts-expect-error
    access.explain("invoices.*")
    // @ts-expect-error
    const { "api.yuse": unknown } = access.permissions()
    expectTypeOf(unknown).toBeAny()
  })

  it("refuse a misspelt permission in grants, exceptions and aliases", () => {
    expectTypeOf<{ grants: ["*", "invoices.*", "*.read", "users.read"] }>().toExtend<Clerk>()
    expectTypeOf<{ grants: ["members.raed"] }>().not.toExtend<Clerk>()
    expectTypeOf<{ grants: ["member.*"] }>().not.toExtend<Clerk>()
    expectTypeOf<{ grants: ["*.raed"] }>().not.toExtend<Clerk>()
    expectTypeOf<{ grants: []; except: ["invoices.sned"] }>().not.toExtend<Clerk>()
    expectTypeOf<{ "users.read": "members.read" }>().toExtend<NonNullable<Input["aliases"]>>()
    expectTypeOf<{ "users.read": "members.raed" }>().not.toExtend<NonNullable<Input["aliases"]>>()
  })

  it("refuse a misspelt role in what is managed and who owns", () => {
    expectTypeOf<{ grants: []; manages: ["clerk"] }>().toExtend<Clerk>()
    expectTypeOf<{ grants: []; manages: ["clrek"] }>().not.toExtend<Clerk>()
    expectTypeOf<{ grants: []; manages: { invite: ["clrek"] } }>().not.toExtend<Clerk>()
    expectTypeOf<"onwer">().not.toExtend<Input["ownership"]["role"]>()
  })

  it("are inferred from the call itself, so that a misspelt name there does not compile", () => {
    const ownership = { role: "owner", holders: "single", transfer: "off" } as const
    const owner = { grants: ["*"] } as const
    const define = [
      // @ts-expect-error
      () => definePolicy({ roles: { owner: { grants: ["members.raed"] } }, ownership }),
      // @ts-expect-error
      () => definePolicy({ roles: { owner, clerk: { grants: [], manages: ["clrek"] } }, ownership }),
      // @ts-expect-error
      () => definePolicy({ roles: { owner }, ownership, aliases: { "users.read": "members.raed" } }),
      // @ts-expect-error
      () => definePolicy({ roles: { clerk: { grants: [] } }, ownership }),
      // @ts-expect-error
      () => definePolicy({ roles: { owner: { grants: [], grnats: [] } }, ownership }),
      // @ts-expect-error
      () => definePolicy({ roles: { owner }, ownership, permissions: { "invoices.send": "team" } }),
    ]
    expectTypeOf(define).toBeArray()
  })

  it("tell a custom role's name from a text", () => {
    expectTypeOf<string>().not.toExtend<CustomRoleName>()
    expectTypeOf(customRoleName("support")).toEqualTypeOf<CustomRoleName>()
  })

  it("let any policy stand where no particular one is asked for", () => {
    expectTypeOf(policy).toExtend<PolicyEngine>()
  })
})
