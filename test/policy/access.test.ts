/**
 * What an access answers: by role, project role, custom role, kind of actor, and host rule.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import { platformAdmin, system } from "../../src/kernel/actor.ts"
import { isTenantryError } from "../../src/kernel/error.ts"
import { type Access, definePolicy, type Rule, type RuleQuestion } from "../../src/policy/policy.ts"
import { acme, ada, standing } from "./standing.ts"

const policy = definePolicy({
  permissions: { "invoices.send": "project", "invoices.export": "organization" },
  aliases: { "users.read": "members.read", "users.delete": "members.remove" },
  roles: {
    owner: { grants: ["*"] },
    clerk: { grants: ["invoices.*", "users.read", "*.read"], except: ["invoices.export", "billing.*"] },
    guest: { description: "Looks", grants: ["members.read"] },
    nobody: { grants: [] },
  },
  ownership: { role: "owner", holders: "multiple", transfer: "off" },
  customRoles: true,
})

const HOSTILE = [
  "constructor",
  "__proto__",
  "toString",
  "",
  "*",
  "members.*",
  "members",
  "members.read ",
  "MEMBERS.READ",
]

describe("a policy", () => {
  it("knows its permissions by name and by alias", () => {
    expect(policy.canonical("invoices.send")).toBe("invoices.send")
    expect(policy.canonical("users.delete")).toBe("members.remove")
    for (const name of HOSTILE) expect(policy.canonical(name)).toBeNull()
  })

  it("knows its roles, in order of definition", () => {
    expect(policy.systemRoles.map(({ name }) => name)).toEqual(["owner", "clerk", "guest", "nobody"])
    expect(policy.systemRoles[2]).toEqual({ name: "guest", description: "Looks", permissions: ["members.read"] })
    expect(policy.isSystemRole("clerk")).toBe(true)
    for (const name of [...HOSTILE, "Clerk"]) expect(policy.isSystemRole(name)).toBe(false)
  })
})

describe("an access by role", () => {
  it("holds what the role grants and does not except, and nothing else", () => {
    const access = policy.resolve(standing("clerk"))
    expect(access.role).toBe("clerk")
    expect(access.can("invoices.send")).toBe(true)
    expect(access.can("invoices.export")).toBe(false)
    expect(access.can("activity.read")).toBe(true)
    expect(access.can("billing.read")).toBe(false)
    expect(access.can("members.invite")).toBe(false)
  })

  it("answers an alias as the permission it stands for", () => {
    const access = policy.resolve(standing("clerk"))
    expect(access.can("users.read")).toBe(true)
    expect(access.can("users.delete")).toBe(false)
    expect(access.permissionsOf("guest")).toEqual(["members.read"])
  })

  it("never holds a name that the policy does not know", () => {
    const access: Access = policy.resolve(standing("owner"))
    for (const name of HOSTILE) {
      expect(access.can(name as never)).toBe(false)
      expect(access.explain(name as never)).toMatchObject({ allowed: false, decidedBy: { kind: "unknownPermission" } })
    }
    expect(access.lacks([...HOSTILE, "members.read"])).toEqual(HOSTILE)
  })

  it.each([null, "vanished", "constructor", "__proto__", "Owner", ""])("holds nothing in the role %j", (role) => {
    const access: Access = policy.resolve(standing(role))
    expect(Object.values(access.permissions()).some(Boolean)).toBe(false)
    expect(role === null ? null : access.permissionsOf(role)).toBeNull()
  })

  it("requires what it holds, and throws `forbidden` with the permission otherwise", () => {
    const access = policy.resolve(standing("guest"))
    expect(access.require("members.read")).toBeUndefined()
    let thrown: unknown
    try {
      access.require("users.delete")
    } catch (error) {
      thrown = error
    }
    expect(isTenantryError(thrown) && [thrown.code, thrown.status, thrown.details]).toEqual([
      "forbidden",
      403,
      { permission: "users.delete" },
    ])
  })

  it("maps every permission and alias, and nothing that an object inherits", () => {
    const map = policy.resolve(standing("guest")).permissions()
    expect(map["members.read"]).toBe(true)
    expect(map["users.read"]).toBe(true)
    expect(map["users.delete"]).toBe(false)
    expect(Object.keys(map)).toHaveLength(30 + 2 + 2)
    expect("constructor" in map).toBe(false)
    expect(Object.isFrozen(map)).toBe(true)
    expect(JSON.parse(JSON.stringify(map))["invoices.send"]).toBe(false)
  })

  it("lists what it lacks of a list, as it was written", () => {
    const access = policy.resolve(standing("guest"))
    expect(access.lacks(["users.read", "users.delete", "members.read", "invoices.send"])).toEqual([
      "users.delete",
      "invoices.send",
    ])
  })
})

describe("an access by custom role", () => {
  const customRoles = [
    { name: "support", permissions: ["members.read", "usage.read", "gone.long-ago", "members.*", "*"] },
    { name: "guest", permissions: ["activity.read"] },
    { name: "owner", permissions: [] },
  ]

  it("holds exactly the permissions listed that the policy still knows", () => {
    const access: Access = policy.resolve(standing("support", { customRoles }))
    expect(access.permissionsOf("support")).toEqual(["members.read", "usage.read"])
    expect(Object.entries(access.permissions()).flatMap(([name, held]) => (held ? [name] : []))).toEqual([
      "members.read",
      "usage.read",
      "users.read",
    ])
  })

  it("holds the custom role where it shadows a system role, and only in that organization", () => {
    const shadowed = policy.resolve(standing("guest", { customRoles }))
    expect([shadowed.can("members.read"), shadowed.can("activity.read")]).toEqual([false, true])
    expect(shadowed.permissionsOf("guest")).toEqual(["activity.read"])
    const elsewhere = policy.resolve(standing("guest"))
    expect([elsewhere.can("members.read"), elsewhere.can("activity.read")]).toEqual([true, false])
  })

  it("never shadows the owner role", () => {
    const access = policy.resolve(standing("owner", { customRoles }))
    expect(access.can("organization.delete")).toBe(true)
    expect(access.permissionsOf("owner")).toHaveLength(32)
  })

  it("tells the organization's own roles from the policy's", () => {
    const access: Access = policy.resolve(standing("guest", { customRoles }))
    const names = ["support", "guest", "owner", "clerk", "vanished", "constructor"]
    expect(names.filter((name) => access.isCustom(name))).toEqual(["support", "guest"])
  })
})

describe("an access at a project", () => {
  const at = (role: string | null, projectRole: string | null) =>
    policy.resolve(standing(role, { project: { id: "prj_1", role: projectRole } }))

  it("adds the project role's project permissions to the role's", () => {
    const access = at("guest", "clerk")
    expect(access.can("invoices.send")).toBe(true)
    expect(access.can("members.read")).toBe(true)
    expect(access.can("activity.read")).toBe(false)
  })

  it("adds no organization permission, even of the owner role", () => {
    const access = at(null, "owner")
    expect(access.can("members.invite")).toBe(true)
    expect(access.can("organization.update")).toBe(false)
    expect(access.can("projects.create")).toBe(false)
    expect(access.can("invoices.export")).toBe(false)
  })

  it("takes nothing away that the role in the organization grants", () => {
    expect(at("clerk", "nobody").can("activity.read")).toBe(true)
    expect(at("clerk", null).can("activity.read")).toBe(true)
    expect(at("clerk", "vanished").can("activity.read")).toBe(true)
  })

  it("adds a custom role's project permissions alike", () => {
    const customRoles = [{ name: "runner", permissions: ["api.use", "activity.read"] }]
    const access = policy.resolve(standing(null, { customRoles, project: { id: "prj_1", role: "runner" } }))
    expect([access.can("api.use"), access.can("activity.read")]).toEqual([true, false])
  })
})

describe("an access of another kind of actor", () => {
  const forbidAll: Rule = { name: "closed", forbids: () => true }

  it("is everything known for the host's own code, whatever rules say", () => {
    const access = policy.resolve(standing(null, { actor: system("sync"), rules: [forbidAll] }))
    expect(Object.values(access.permissions()).every(Boolean)).toBe(true)
    expect(access.lacks(["organization.delete"])).toEqual([])
    expect(access.can("constructor" as never)).toBe(false)
  })

  it("is nothing for the platform admin, whatever role they are said to have", () => {
    const admin = platformAdmin({ id: "u_root" })
    const access = policy.resolve(standing("owner", { actor: admin, project: { id: "prj_1", role: "owner" } }))
    expect(Object.values(access.permissions()).some(Boolean)).toBe(false)
    expect(access.manages("remove", "guest")).toBe(false)
  })
})

describe("a host rule", () => {
  const asked: RuleQuestion[] = []
  const rule = (name: string, answer: (question: RuleQuestion) => boolean | string): Rule => ({
    name,
    forbids: (question) => {
      asked.push(question)
      return answer(question)
    },
  })
  const access = (...rules: Rule[]) => {
    asked.length = 0
    return policy.resolve(standing("owner", { rules, project: { id: "prj_1", role: null } }))
  }

  it("that forbids beats every grant, wherever it stands in the list", () => {
    const [allow, forbid] = [rule("open", () => false), rule("closed", (question) => question.permission === "api.use")]
    for (const rules of [
      [allow, forbid],
      [forbid, allow],
      [allow, forbid, allow],
    ]) {
      expect(access(...rules).can("api.use")).toBe(false)
      expect(access(...rules).can("usage.read")).toBe(true)
      expect(access(...rules).permissions()["api.use"]).toBe(false)
      expect(access(...rules).lacks(["api.use", "usage.read"])).toEqual(["api.use"])
      expect(() => access(...rules).require("api.use")).toThrow("forbidden")
    }
  })

  it("sees the actor, the canonical permission, the organization, the project and the resource", () => {
    const invoice = { total: 5 }
    access(rule("looks", () => false)).can("users.read", invoice)
    expect(asked).toEqual([
      {
        actor: ada,
        permission: "members.read",
        organization: acme,
        project: { id: "prj_1", role: null },
        resource: invoice,
      },
    ])
    expect(asked[0]?.actor).toBe(ada)
    expect(asked[0]?.resource).toBe(invoice)
  })

  it("cannot change what the next rule sees", () => {
    const meddler = rule("meddles", (question) => {
      Object.assign(question, { permission: "api.use" })
      return false
    })
    const deeper = rule("meddles deeper", (question) => {
      Object.assign(question.organization, { name: "Evil" })
      return false
    })
    expect(access(meddler).can("members.read")).toBe(false)
    expect(access(deeper).can("members.read")).toBe(false)
    expect(acme.name).toBe("Acme")
  })

  it("forbids when it throws, and what it threw is not repeated", () => {
    const broken = rule("broken", () => {
      throw new Error("postgres://secret")
    })
    expect(access(broken).can("api.use")).toBe(false)
    expect(JSON.stringify(access(broken).explain("api.use"))).not.toContain("secret")
  })

  it.each([undefined, null, 0, "", "closed on Sundays", {}, Promise.resolve(false)])(
    "forbids when it answers anything but false: %s",
    (answer) => expect(access(rule("odd", () => answer as never)).can("api.use")).toBe(false),
  )

  it("is asked once for each permission of a request, and not about what no role grants", () => {
    const once = access(rule("counts", () => false))
    for (let time = 0; time < 3; time++) {
      once.can("api.use")
      once.explain("api.use")
      once.lacks(["api.use"])
    }
    expect(asked).toHaveLength(1)
    once.permissions()
    once.permissions()
    expect(asked).toHaveLength(32)
    asked.length = 0
    const guest = policy.resolve(standing("guest", { rules: [rule("counts", () => true)] }))
    guest.can("api.use")
    guest.explain("api.use")
    expect(asked).toHaveLength(0)
  })

  it("is asked anew for each resource", () => {
    const limit = access(rule("limit", ({ resource }) => (resource as { total: number } | undefined)?.total === 9))
    expect([limit.can("api.use", { total: 5 }), limit.can("api.use", { total: 9 }), limit.can("api.use")]).toEqual([
      true,
      false,
      true,
    ])
  })

  it("stops at the first that forbids", () => {
    access(
      rule("closed", () => true),
      rule("never asked", () => true),
    ).can("api.use")
    expect(asked).toHaveLength(1)
  })
})
