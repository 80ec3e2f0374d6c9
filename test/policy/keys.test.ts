/**
 * What an API key holds, and whom it manages.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import type { OrganizationId } from "../../src/kernel/id.ts"
import {
  definePolicy,
  type ManageAction,
  manageActions,
  type PolicyEngine,
  type Rule,
  type Standing,
} from "../../src/policy/policy.ts"
import { keyOf, memberKey, organizationKey, personalKey, standing } from "./standing.ts"

const policy: PolicyEngine = definePolicy({
  permissions: { "invoices.send": "project" },
  aliases: { "users.invite": "members.invite" },
  roles: {
    owner: { grants: ["*"] },
    lead: { grants: ["members.*", "api.use", "usage.read"], manages: ["lead", "member", "accountant"] },
    member: { grants: ["members.read", "api.use"] },
    robot: { grants: ["api.use"] },
    accountant: { grants: ["billing.*"] },
    nobody: { grants: [] },
  },
  ownership: { role: "owner", holders: "multiple", transfer: "direct" },
  customRoles: true,
})
const SYSTEM_ROLES = policy.systemRoles.map(({ name }) => name)
const EVERYTHING = policy.systemRoles[0]?.permissions ?? []
const MEMBERS = ["members.read", "members.invite", "members.update", "members.remove"]

const own = (scopes: readonly string[], rest: Partial<Standing> = {}) =>
  standing(null, { actor: organizationKey, scopes, ...rest })
const ofMember = (role: string | null, scopes: readonly string[], rest: Partial<Standing> = {}) =>
  standing(role, { actor: memberKey, scopes, ...rest })
const forbids = (permission: string): Rule => ({
  name: permission,
  forbids: (asked) => asked.permission === permission,
})

const held = (by: Standing): readonly string[] => {
  const map: Readonly<Record<string, boolean>> = policy.resolve(by).permissions()
  return EVERYTHING.filter((name) => map[name])
}
const managed = (by: Standing, action: ManageAction, roles: readonly string[] = SYSTEM_ROLES) =>
  roles.filter((role) => policy.resolve(by).manages(action, role))

describe("a key holds", () => {
  const customRoles = [
    { name: "clerk", permissions: ["invoices.send", "api.use"] },
    { name: "member", permissions: ["usage.read"] },
  ]
  const project = (role: string | null) => ({ project: { id: "prj_1", role } })

  it.each<[string, Standing, readonly string[]]>([
    ["the organization's: its scopes alone", own(["api.use", "billing.read"]), ["api.use", "billing.read"]],
    ["the organization's, with no scopes: nothing", own([]), []],
    ["the organization's, made with none said: nothing", standing(null, { actor: organizationKey }), []],
    ["the organization's: nothing by a role", { ...own(["api.use"]), role: "owner" }, ["api.use"]],
    ["the organization's: nothing by a project role", own(["usage.read"], project("owner")), ["usage.read"]],
    [
      "a scope that the policy does not know: nothing",
      own(["api.use", "gone.long-ago", "*", "members.*", ""]),
      ["api.use"],
    ],
    ["a member's: what both grant", ofMember("member", ["api.use", "usage.read"]), ["api.use"]],
    ["a member's, of an owner: its scopes", ofMember("owner", ["billing.manage"]), ["billing.manage"]],
    ["a member's, with no scopes: nothing", ofMember("owner", []), []],
    ["a member's, made with none said: nothing", standing("owner", { actor: memberKey }), []],
    ["a member's, of a role that is gone: nothing", ofMember("vanished", EVERYTHING), []],
    ["a member's, of no role: nothing", ofMember(null, EVERYTHING), []],
    ["a member's, by a custom role", ofMember("clerk", ["api.use", "members.read"], { customRoles }), ["api.use"]],
    ["a member's, by a shadow", ofMember("member", EVERYTHING, { customRoles }), ["usage.read"]],
    [
      "a member's, at a project: by that role too",
      ofMember("robot", ["api.use", "invoices.send", "billing.read"], project("owner")),
      ["api.use", "invoices.send"],
    ],
    ["a person's: nothing here", standing("owner", { actor: personalKey, scopes: EVERYTHING }), []],
    [
      "another organization's: nothing here",
      own(EVERYTHING, { actor: keyOf(organizationKey.holder, "org_evil" as OrganizationId) }),
      [],
    ],
    [
      "that of another organization's member: nothing here",
      ofMember("owner", EVERYTHING, { actor: keyOf(memberKey.holder, "org_evil" as OrganizationId) }),
      [],
    ],
    [
      "a person's that claims an organization: nothing",
      ofMember("owner", EVERYTHING, { actor: keyOf(personalKey.holder) }),
      [],
    ],
  ])("%s", (_, by, expected) => {
    expect(held(by)).toEqual(EVERYTHING.filter((name) => expected.includes(name)))
    const access = policy.resolve(by)
    for (const name of EVERYTHING) expect(access.explain(name as never).allowed).toBe(expected.includes(name))
    expect(access.lacks(EVERYTHING)).toEqual(EVERYTHING.filter((name) => !expected.includes(name)))
  })

  it("a scope by its alias alike", () => {
    expect(policy.resolve(own(["members.invite"])).can("users.invite")).toBe(true)
    expect(held(own(["users.invite"]))).toEqual(["members.invite"])
  })

  it("what its scopes say, as the holder's role changes beneath it", () => {
    const scopes = ["members.read", "members.update", "billing.read"]
    expect(["owner", "lead", "member", "accountant", "nobody"].map((role) => held(ofMember(role, scopes)))).toEqual([
      ["members.read", "members.update", "billing.read"],
      ["members.read", "members.update"],
      ["members.read"],
      ["billing.read"],
      [],
    ])
  })

  it.each([own(["api.use", "members.read"]), ofMember("owner", ["api.use", "members.read"])])(
    "nothing that a host rule forbids, and the rule sees the key",
    (by) => {
      const asked: unknown[] = []
      const rule: Rule = {
        name: "no keys",
        forbids: ({ actor, permission }) => {
          asked.push(actor)
          return actor.type === "apiKey" && permission === "api.use"
        },
      }
      expect(held({ ...by, rules: [rule] })).toEqual(["members.read"])
      expect(new Set(asked)).toEqual(new Set([by.actor]))
      expect(policy.resolve({ ...by, rules: [rule] }).explain("api.use")).toMatchObject({
        allowed: false,
        decidedBy: { kind: "rule", rule: "no keys", forbids: true },
      })
    },
  )
})

describe("the role of a key's access", () => {
  it.each<[string, Standing, string | null]>([
    ["the organization's", own(["api.use"]), null],
    ["the organization's, whatever it is told", { ...own(["api.use"]), role: "lead" }, null],
    ["a member's", ofMember("lead", ["api.use"]), "lead"],
    ["a member's whose role is gone", ofMember("vanished", ["api.use"]), "vanished"],
    ["a member's who has none", ofMember(null, ["api.use"]), null],
    ["a person's", standing("lead", { actor: personalKey }), null],
  ])("%s", (_, by, role) => expect(policy.resolve(by).role).toBe(role))
})

describe("an organization's key", () => {
  const customRoles = [
    { name: "less", permissions: ["api.use"] },
    { name: "same", permissions: ["api.use", "members.read", "members.invite"] },
    { name: "other", permissions: ["api.use", "billing.read"] },
    { name: "empty", permissions: [] },
    { name: "accountant", permissions: ["members.read"] },
  ]
  const names = [...SYSTEM_ROLES, "less", "same", "other", "empty"]
  const scopes = ["api.use", "members.read", "members.invite"]

  it("manages every role, system or custom, that its scopes strictly contain", () => {
    const by = own(scopes, { customRoles })
    expect(managed(by, "invite", names)).toEqual(["member", "robot", "accountant", "nobody", "less", "empty"])
    expect(policy.resolve(by).managesSystemRole("invite", "accountant")).toBe(false)
  })

  it("manages none by an action whose permission it lacks", () => {
    expect(managed(own(scopes, { customRoles }), "update", names)).toEqual([])
    expect(managed(own(["api.use", "members.read"], { customRoles }), "invite", names)).toEqual([])
  })

  it("never manages the owner role, nor a role that there is not", () => {
    for (const action of manageActions) {
      expect(managed(own(EVERYTHING), action)).toEqual(["lead", "member", "robot", "accountant", "nobody"])
      expect(managed(own(EVERYTHING), action, ["vanished", "constructor", "__proto__", "", "*"])).toEqual([])
      expect(policy.resolve(own(EVERYTHING)).managesSystemRole(action, "owner")).toBe(false)
    }
  })

  it("never manages a role equal to its scopes", () => {
    const all = [{ name: "all", permissions: EVERYTHING }]
    expect(managed(own(EVERYTHING, { customRoles: all }), "invite", ["all"])).toEqual([])
  })

  it("counts only what no rule forbids now", () => {
    const manages = (permission: string) =>
      managed(own(scopes, { rules: [forbids(permission)] }), "invite", ["member", "robot", "nobody"])
    expect(manages("billing.read")).toEqual(["member", "robot", "nobody"])
    expect(manages("members.read")).toEqual(["robot", "nobody"])
    expect(manages("api.use")).toEqual(["nobody"])
    expect(manages("members.invite")).toEqual([])
  })

  it("manages nothing elsewhere", () => {
    const actor = keyOf(organizationKey.holder, "org_evil" as OrganizationId)
    expect(managed(own(EVERYTHING, { actor }), "invite")).toEqual([])
    expect(managed(standing("owner", { actor: personalKey, scopes: EVERYTHING }), "invite")).toEqual([])
  })
})

describe("a member's key", () => {
  const customRoles = [
    { name: "hr", permissions: ["members.read", "members.invite", "api.use"] },
    { name: "inviter", permissions: ["members.invite", "api.use"] },
    { name: "reader", permissions: ["members.read"] },
  ]

  it("manages what its holder manages, as far as the role is within what the key holds", () => {
    expect(managed(ofMember("lead", EVERYTHING), "invite")).toEqual(["lead", "member"])
    expect(managed(ofMember("lead", [...MEMBERS, "api.use"]), "invite")).toEqual(["member"])
    expect(managed(ofMember("lead", ["members.invite", "api.use"]), "invite")).toEqual([])
    expect(managed(ofMember("member", EVERYTHING), "invite")).toEqual([])
  })

  it("manages none by an action whose permission it lacks, even where the holder's list says so", () => {
    expect(managed(ofMember("lead", ["api.use", "members.read", "members.update"]), "update")).toEqual(["member"])
    expect(managed(ofMember("lead", ["api.use", "members.read", "members.update"]), "invite")).toEqual([])
  })

  it("of an owner manages every role but the owner's", () => {
    for (const action of manageActions) {
      expect(managed(ofMember("owner", EVERYTHING), action)).toEqual(SYSTEM_ROLES.filter((name) => name !== "owner"))
      expect(policy.resolve(ofMember("owner", EVERYTHING)).managesSystemRole(action, "owner")).toBe(false)
    }
    expect(managed(ofMember("owner", ["members.invite", "billing.read"]), "invite")).toEqual(["nobody"])
  })

  it("of an owner is bound by rules, as the owner is not", () => {
    const rules = [forbids("members.invite")]
    expect(managed(standing("owner", { rules }), "invite")).toEqual(SYSTEM_ROLES)
    expect(managed(ofMember("owner", EVERYTHING, { rules }), "invite")).toEqual([])
    expect(managed(ofMember("owner", EVERYTHING, { rules: [forbids("billing.read")] }), "invite")).toEqual([
      "lead",
      "member",
      "robot",
      "nobody",
    ])
  })

  it("manages a custom role as its holder does: of strictly less than the holder holds", () => {
    const names = ["hr", "inviter", "reader", "robot"]
    const by = (scopes: readonly string[], rest: Partial<Standing> = {}) =>
      managed(ofMember("hr", scopes, { customRoles, ...rest }), "invite", names)
    expect(by(EVERYTHING)).toEqual(["inviter", "reader", "robot"])
    expect(by(["members.invite", "api.use"])).toEqual(["inviter", "robot"])
    expect(by(["members.invite"])).toEqual([])
    expect(by(EVERYTHING, { rules: [forbids("members.read")] })).toEqual(["robot"])
  })

  it("manages what its holder's project role manages there", () => {
    const at = (scopes: readonly string[]) =>
      managed(ofMember("member", scopes, { project: { id: "prj_1", role: "lead" } }), "invite")
    expect(at(EVERYTHING)).toEqual(["lead", "member"])
    expect(at(["members.invite", "members.read"])).toEqual([])
  })

  it("manages nothing once its holder's role is gone", () => {
    expect(managed(ofMember("vanished", EVERYTHING), "invite")).toEqual([])
    expect(managed(ofMember(null, EVERYTHING), "invite")).toEqual([])
  })
})
