/**
 * What makes a policy invalid, and where it says so.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import { isTenantryError } from "../../src/kernel/error.ts"
import { definePolicy } from "../../src/policy/policy.ts"

/** The problems of a policy that the types would not let through, as `path: message`. */
function problems(input: unknown): readonly string[] {
  try {
    definePolicy(input as Parameters<typeof definePolicy>[0])
    return []
  } catch (error) {
    if (!isTenantryError(error) || error.code !== "invalid_input") throw error
    return error.details.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)
  }
}

const ownership = { role: "owner", holders: "single", transfer: "off" }
const owner = { grants: ["*"] }
const valid = { roles: { owner }, ownership }

/** A valid policy with one more role. */
const withRole = (role: unknown) => ({ ...valid, roles: { owner, helper: role } })

describe("a policy", () => {
  it("is valid with an owner role alone", () => {
    expect(problems(valid)).toEqual([])
  })

  it("takes names, both kinds of wildcard, and aliases", () => {
    const helper = { grants: ["*.read", "members.*", "users.invite"], except: ["billing.*"], manages: ["helper"] }
    expect(problems({ ...withRole(helper), aliases: { "users.invite": "members.invite" } })).toEqual([])
  })

  it.each([
    [
      "nothing",
      undefined,
      [
        ": expected an object",
        "roles: expected an object",
        "ownership: Invalid input: expected object, received undefined",
        "roles: expected at least one role",
      ],
    ],
    [
      "no roles",
      { roles: {}, ownership },
      ["ownership.role: unknown role `owner`", "roles: expected at least one role"],
    ],
    ["an unknown section", { ...valid, rolez: {} }, ["rolez: unknown key"]],
    ["an unknown field of a role", withRole({ grants: [], grant: [] }), ["roles.helper.grant: unknown key"]],
    [
      "a misspelt permission",
      withRole({ grants: ["members.raed"], except: ["api.usee"] }),
      [
        "roles.helper.grants.0: unknown permission `members.raed`",
        "roles.helper.except.0: unknown permission `api.usee`",
      ],
    ],
    [
      "a wildcard that covers nothing",
      withRole({ grants: ["member.*", "*.raed", "members*", "*.*"] }),
      ["member.*", "*.raed", "members*", "*.*"].map(
        (pattern, at) => `roles.helper.grants.${at}: \`${pattern}\` covers no permission`,
      ),
    ],
    ["a misspelt role", withRole({ grants: [], manages: ["helpr"] }), ["roles.helper.manages.0: unknown role `helpr`"]],
    [
      "a misspelt role under one action",
      withRole({ grants: [], manages: { invite: ["helper"], remove: ["helper", "constructor"] } }),
      ["roles.helper.manages.remove.1: unknown role `constructor`"],
    ],
    [
      "something else than roles under manages",
      withRole({ grants: [], manages: "helper" }),
      ["roles.helper.manages: expected a list of roles, or a list for each of `invite`, `update` and `remove`"],
    ],
    [
      "an unknown action",
      withRole({ grants: [], manages: { promote: ["helper"] } }),
      ["roles.helper.manages.promote: unknown key"],
    ],
    [
      "somebody beside the owner who manages the owner role",
      withRole({ grants: [], manages: ["owner"] }),
      ["roles.helper.manages.0: only the owner role manages the owner role"],
    ],
    [
      "a list of what the owner manages",
      { ...valid, roles: { owner: { ...owner, manages: ["owner"] } } },
      ["roles.owner.manages: the owner role manages every role, always"],
    ],
    [
      "an owner role that is none",
      { ...valid, ownership: { ...ownership, role: "toString" } },
      ["ownership.role: unknown role `toString`"],
    ],
    [
      "an ownership rule that is none",
      { ...valid, ownership: { role: "owner", holders: "two", transfer: "sold" } },
      [
        'ownership.holders: Invalid option: expected one of "single"|"multiple"',
        'ownership.transfer: Invalid option: expected one of "off"|"direct"|"offer"',
      ],
    ],
    [
      "a permission that is built in",
      { ...valid, permissions: { "members.read": "project" } },
      ["permissions.members.read: `members.read` is a permission already"],
    ],
    [
      "a permission that differs from another by case alone",
      { ...valid, permissions: { "Members.read": "project", "a.b": "project", "a.B": "project" } },
      [
        "permissions.Members.read: differs from `members.read` by case alone",
        "permissions.a.B: differs from `a.b` by case alone",
      ],
    ],
    [
      "a permission without a scope",
      { ...valid, permissions: { "a.b": "team" } },
      ['permissions.a.b: Invalid option: expected one of "organization"|"project"'],
    ],
    [
      "hostile names of permissions",
      {
        ...valid,
        permissions: JSON.parse(
          '{ "__proto__": "project", "constructor": "project", "a.*": "project", "a.b.c": "project" }',
        ),
      },
      ["__proto__", "constructor", "a.*", "a.b.c"].map(
        (name) => `permissions.${name}: expected a name of the form \`resource.action\``,
      ),
    ],
    [
      "hostile names of roles",
      {
        ...valid,
        roles: JSON.parse(
          '{ "owner": { "grants": [] }, "__proto__": { "grants": [] }, "constructor": { "grants": [] }, "*": { "grants": [] } }',
        ),
      },
      [
        "roles.__proto__: expected a letter, then at most 47 letters, digits, `-` and `_`",
        "roles.constructor: `constructor` is reserved",
        "roles.*: expected a letter, then at most 47 letters, digits, `-` and `_`",
      ],
    ],
    [
      "two roles that read alike",
      { ...valid, roles: { owner, "team-lead": owner, Team_Lead: owner } },
      ["roles.Team_Lead: reads like `team-lead`"],
    ],
    [
      "an alias that is a permission",
      { ...valid, aliases: { "api.use": "members.read" } },
      ["aliases.api.use: `api.use` is a permission already"],
    ],
    [
      "an alias of nothing, of an alias, and one that is no name",
      {
        ...valid,
        aliases: { "users.a": "members.a", "users.b": "users.read", "users.read": "members.read", users: "api.use" },
      },
      [
        "aliases.users.a: unknown permission `members.a`",
        "aliases.users.b: unknown permission `users.read`",
        "aliases.users: expected a name of the form `resource.action`",
      ],
    ],
    [
      "a switch that is none",
      { ...valid, customRoles: "yes" },
      ["customRoles: Invalid input: expected boolean, received string"],
    ],
  ])("is invalid with %s", (_, input, expected) => {
    expect(problems(input)).toEqual(expected)
  })

  it("lists the problems of every section at once", () => {
    const found = problems({
      permissions: { bad: "project" },
      aliases: { "users.x": "nothing.here" },
      roles: { owner: { grants: ["nope.nope"] }, helper: { grants: "all" } },
      ownership: { role: "boss", holders: "single", transfer: "off" },
      customRoles: 1,
      more: true,
    })
    expect(found.map((problem) => problem.slice(0, problem.indexOf(":")))).toEqual([
      "more",
      "permissions.bad",
      "aliases.users.x",
      "ownership.role",
      "roles.owner.grants.0",
      "roles.helper.grants",
      "customRoles",
    ])
  })

  it("says the first problem in its message", () => {
    const define = () => definePolicy({ ...valid, customRoles: 1 } as never)
    expect(define).toThrow("invalid policy: customRoles: Invalid input: expected boolean, received number")
  })

  it("does not change when its author's objects do", () => {
    const grants: ("members.read" | "*")[] = ["members.read"]
    const roles = { owner: { grants: ["*"] as const }, helper: { grants } }
    const policy = definePolicy({ roles, ownership: { role: "owner", holders: "single", transfer: "off" } })
    grants.push("*")
    expect(policy.systemRoles[1]?.permissions).toEqual(["members.read"])
  })
})
