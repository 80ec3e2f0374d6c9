/**
 * Who manages whom.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import { system } from "../../src/kernel/actor.ts"
import {
  definePolicy,
  type ManageAction,
  type PolicyEngine,
  type Rule,
  type Standing,
} from "../../src/policy/policy.ts"
import { standing } from "./standing.ts"

const policy: PolicyEngine = definePolicy({
  roles: {
    owner: { grants: ["*"] },
    lead: {
      grants: ["members.*", "api.use", "usage.read"],
      manages: { invite: ["lead", "member"], update: ["member"] },
    },
    member: { grants: ["members.read", "api.use"] },
    robot: { grants: ["api.use"] },
    accountant: { grants: ["billing.*"] },
  },
  ownership: { role: "owner", holders: "multiple", transfer: "off" },
  customRoles: true,
})
const SYSTEM_ROLES = policy.systemRoles.map(({ name }) => name)
const ACTIONS: readonly ManageAction[] = ["invite", "update", "remove"]

const managed = (by: Standing, action: ManageAction, roles: readonly string[] = SYSTEM_ROLES) =>
  roles.filter((role) => policy.resolve(by).manages(action, role))

describe("the owner role", () => {
  it("manages every role, its own and custom ones included", () => {
    const customRoles = [{ name: "support", permissions: ["api.use"] }]
    for (const action of ACTIONS) {
      expect(managed(standing("owner", { customRoles }), action, [...SYSTEM_ROLES, "support"])).toHaveLength(6)
    }
  })

  it("manages every role even where a rule forbids its permissions", () => {
    const rules: Rule[] = [{ name: "closed", forbids: () => true }]
    expect(managed(standing("owner", { rules }), "remove")).toEqual(SYSTEM_ROLES)
  })
})

describe("a system role", () => {
  it("manages what its list says for each action, and no more", () => {
    expect(managed(standing("lead"), "invite")).toEqual(["lead", "member"])
    expect(managed(standing("lead"), "update")).toEqual(["member"])
    expect(managed(standing("lead"), "remove")).toEqual([])
    expect(managed(standing("member"), "invite")).toEqual([])
  })

  it("manages the custom roles of which it holds strictly more, given the action's permission", () => {
    const customRoles = [
      { name: "less", permissions: ["members.read", "usage.read"] },
      {
        name: "same",
        permissions: ["members.read", "members.invite", "members.update", "members.remove", "api.use", "usage.read"],
      },
      { name: "beside", permissions: ["members.read", "billing.read"] },
      { name: "empty", permissions: [] },
    ]
    const names = customRoles.map(({ name }) => name)
    expect(managed(standing("lead", { customRoles }), "remove", names)).toEqual(["less", "empty"])
    expect(managed(standing("accountant", { customRoles }), "remove", names)).toEqual([])
  })

  it("manages a shadow by what it grants, not by the list", () => {
    const shadow = (permissions: string[]) => standing("lead", { customRoles: [{ name: "member", permissions }] })
    expect(managed(shadow(["billing.read"]), "invite", ["member"])).toEqual([])
    expect(managed(shadow(["api.use"]), "remove", ["member"])).toEqual(["member"])
  })

  it("still manages the system role beneath a shadow by the list", () => {
    const access = policy.resolve(
      standing("lead", { customRoles: [{ name: "member", permissions: ["billing.read"] }] }),
    )
    expect(access.managesSystemRole("update", "member")).toBe(true)
    expect(access.managesSystemRole("remove", "member")).toBe(false)
    expect(access.managesSystemRole("update", "support")).toBe(false)
  })
})

describe("a custom role", () => {
  const customRoles = [
    { name: "hr", permissions: ["members.read", "members.invite", "api.use"] },
    { name: "reader", permissions: ["members.read"] },
    { name: "lead", permissions: ["members.read", "members.invite"] },
  ]
  const roles = [...SYSTEM_ROLES, "hr", "reader"]

  it("manages every role but the owner's that is strictly less, given the action's permission", () => {
    expect(managed(standing("hr", { customRoles }), "invite", roles)).toEqual(["lead", "member", "robot", "reader"])
    expect(managed(standing("hr", { customRoles }), "update", roles)).toEqual([])
    expect(managed(standing("reader", { customRoles }), "invite", roles)).toEqual([])
  })

  it("inherits nothing that the role it shadows manages", () => {
    expect(managed(standing("lead", { customRoles }), "invite", roles)).toEqual(["reader"])
    expect(managed(standing("lead", { customRoles }), "update", roles)).toEqual([])
  })

  it("never manages the owner role, even with every permission", () => {
    const all = [{ name: "all", permissions: policy.systemRoles[0]?.permissions ?? [] }]
    expect(managed(standing("all", { customRoles: all }), "invite")).toEqual(["lead", "member", "robot", "accountant"])
  })

  it("counts only what no rule forbids now", () => {
    const forbids = (permission: string): Rule[] => [
      { name: permission, forbids: (asked) => asked.permission === permission },
    ]
    const manages = (rules: Rule[]) => managed(standing("hr", { customRoles, rules }), "invite", ["robot", "reader"])
    expect(manages(forbids("api.use"))).toEqual(["reader"])
    expect(manages(forbids("members.read"))).toEqual(["robot"])
    expect(manages(forbids("members.invite"))).toEqual([])
  })
})

describe("a project role", () => {
  const at = (role: string | null, projectRole: string | null, rest: Partial<Standing> = {}) =>
    standing(role, { ...rest, project: { id: "prj_1", role: projectRole } })

  it("manages at the project as it would in the organization", () => {
    expect(managed(at(null, "lead"), "invite")).toEqual(["lead", "member"])
    expect(managed(at(null, "owner"), "remove")).toEqual(SYSTEM_ROLES)
    expect(managed(at("member", "lead"), "update")).toEqual(["member"])
  })

  it("does not matter where no project is asked about", () => {
    expect(managed(standing(null), "invite")).toEqual([])
  })

  it("manages a custom role by what both roles hold there", () => {
    const customRoles = [
      { name: "inviter", permissions: ["members.invite", "billing.read"] },
      { name: "caller", permissions: ["api.use", "members.read"] },
      { name: "payer", permissions: ["billing.read"] },
    ]
    expect(managed(at("member", "inviter", { customRoles }), "invite", ["caller", "payer"])).toEqual(["caller"])
  })

  it("of the organization's own manages system roles by what it adds alone", () => {
    const customRoles = [{ name: "inviter", permissions: ["members.invite", "members.read"] }]
    expect(managed(at("member", "inviter", { customRoles }), "invite")).toEqual([])
    const more = [{ name: "inviter", permissions: ["members.invite", "api.use"] }]
    expect(managed(at(null, "inviter", { customRoles: more }), "invite")).toEqual(["robot"])
  })
})

describe("everybody", () => {
  it.each([standing("owner"), standing("lead"), standing(null, { actor: system("sync") })])(
    "manages no role that there is not",
    (by) => {
      for (const action of ACTIONS) {
        expect(managed(by, action, ["vanished", "constructor", "__proto__", "", "*", "Member"])).toEqual([])
      }
    },
  )

  it("is managed by the host's own code", () => {
    expect(managed(standing(null, { actor: system("sync") }), "remove")).toEqual(SYSTEM_ROLES)
  })

  it("manages nothing in a role that is gone", () => {
    expect(managed(standing("vanished"), "remove")).toEqual([])
  })
})
