/**
 * Why something is allowed or denied, in data and in a sentence.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import { platformAdmin, system } from "../../src/kernel/actor.ts"
import { definePolicy, type Standing } from "../../src/policy/policy.ts"
import { memberKey, organizationKey, personalKey, standing } from "./standing.ts"

const policy = definePolicy({
  aliases: { "users.read": "members.read" },
  roles: {
    owner: { grants: ["*"] },
    clerk: { grants: ["api.use", "members.*", "*.read"], except: ["members.remove", "billing.*"] },
  },
  ownership: { role: "owner", holders: "multiple", transfer: "off" },
  customRoles: true,
})
const customRoles = [{ name: "support", permissions: ["api.use", "activity.read"] }]
const shadowing = [{ name: "clerk", permissions: ["api.use"] }]
const office = { name: "office-hours", forbids: () => "the office is closed" }
const open = { name: "open", forbids: () => false }
const system_ = { definition: "system", shadows: false } as const
const own = (...scopes: string[]) => standing(null, { actor: organizationKey, scopes })
const ofMember = (role: string | null, scopes: string[], rest: Partial<Standing> = {}) =>
  standing(role, { actor: memberKey, scopes, customRoles, ...rest })
const at = (projectRole: string | null): Partial<Standing> => ({ project: { id: "prj_1", role: projectRole } })

describe("an explanation", () => {
  it("names every rule consulted, in order, and the one that decided", () => {
    const access = policy.resolve(standing("clerk", { ...at("owner"), rules: [open, office, open] }))
    expect(access.explain("users.read")).toEqual({
      permission: "members.read",
      allowed: false,
      steps: [
        { kind: "membership", of: "organization" },
        { kind: "organizationRole", role: "clerk", ...system_, outcome: "grants", pattern: "members.*" },
        { kind: "projectRole", role: "owner", ...system_, outcome: "grants", pattern: "*" },
        { kind: "rule", rule: "open", forbids: false, reason: null },
        { kind: "rule", rule: "office-hours", forbids: true, reason: "the office is closed" },
      ],
      decidedBy: { kind: "rule", rule: "office-hours", forbids: true, reason: "the office is closed" },
      sentence: "`members.read` is denied: the rule `office-hours` forbids it (the office is closed)",
    })
  })

  it.each<[string, string, Standing, string]>([
    ["a grant", "api.use", standing("clerk"), "is allowed: the role `clerk` grants it by `api.use`"],
    ["a wildcard", "activity.read", standing("clerk"), "is allowed: the role `clerk` grants it by `*.read`"],
    ["an exception", "members.remove", standing("clerk"), "is denied: the role `clerk` excepts it by `members.remove`"],
    ["no grant", "projects.create", standing("clerk"), "is denied: the role `clerk` does not grant it"],
    ["a vanished role", "api.use", standing("gone"), "is denied: the role `gone` no longer exists and grants nothing"],
    ["no role", "api.use", standing(null), "is denied: this is no member of the organization"],
    [
      "a custom role",
      "api.use",
      standing("support", { customRoles }),
      "is allowed: the custom role `support` grants it by `api.use`",
    ],
    [
      "a custom role without it",
      "usage.read",
      standing("support", { customRoles }),
      "is denied: the custom role `support` does not grant it",
    ],
    [
      "a role that shadows a system role",
      "api.use",
      standing("clerk", { customRoles: shadowing }),
      "is allowed: the custom role `clerk`, in place of the system role of that name, grants it by `api.use`",
    ],
    [
      "a shadow that lacks what the system role grants",
      "activity.read",
      standing("clerk", { customRoles: shadowing }),
      "is denied: the custom role `clerk`, in place of the system role of that name, does not grant it",
    ],
    [
      "a member of the project alone",
      "members.remove",
      standing(null, at("clerk")),
      "is denied: the role `clerk` in the project excepts it by `members.remove`, and this is no member of the organization",
    ],
    [
      "a project role",
      "members.read",
      standing("support", { customRoles, ...at("clerk") }),
      "is allowed: the role `clerk` in the project grants it by `members.*`",
    ],
    [
      "a project role out of its scope",
      "billing.read",
      standing(null, at("owner")),
      "is denied: the role `owner` in the project grants project permissions only, and this is no member of the organization",
    ],
    [
      "two roles",
      "projects.update",
      standing("clerk", at("gone")),
      "is denied: the role `clerk` does not grant it, and the role `gone` in the project no longer exists and grants nothing",
    ],
    [
      "the host's own code",
      "api.use",
      standing(null, { actor: system("sync"), rules: [office] }),
      "is allowed: the host's own code skips permissions",
    ],
    [
      "the platform admin",
      "api.use",
      standing("owner", { actor: platformAdmin({ id: "u_root" }) }),
      "is denied: the platform admin is a member nowhere",
    ],
    [
      "a rule without a reason",
      "api.use",
      standing("owner", { rules: [{ name: "closed", forbids: () => true }] }),
      "is denied: the rule `closed` forbids it",
    ],
    [
      "rules that let it through",
      "api.use",
      standing("owner", { rules: [open, open] }),
      "is allowed: the role `owner` grants it by `*`",
    ],
    ["an organization's key", "api.use", own("api.use"), "is allowed: the key's scopes hold it"],
    ["an organization's key without it", "api.use", own(), "is denied: the key's scopes do not hold it"],
    [
      "a member's key",
      "activity.read",
      ofMember("clerk", ["activity.read"]),
      "is allowed: the key's scopes hold it, and the holder's role `clerk` grants it by `*.read`",
    ],
    [
      "a member's key by a custom role",
      "api.use",
      ofMember("support", ["api.use"]),
      "is allowed: the key's scopes hold it, and the holder's custom role `support` grants it by `api.use`",
    ],
    [
      "a member's key by a project role",
      "members.read",
      ofMember("support", ["members.read"], at("clerk")),
      "is allowed: the key's scopes hold it, and the holder's role `clerk` in the project grants it by `members.*`",
    ],
    ["a member's key without it", "api.use", ofMember("clerk", []), "is denied: the key's scopes do not hold it"],
    [
      "a member's key that can do more than its holder",
      "members.remove",
      ofMember("clerk", ["members.remove"]),
      "is denied: the holder's role `clerk` excepts it by `members.remove`",
    ],
    [
      "a member's key where nothing grants",
      "projects.create",
      ofMember("clerk", []),
      "is denied: the key's scopes do not hold it, and the holder's role `clerk` does not grant it",
    ],
    [
      "a member's key without a role",
      "api.use",
      ofMember(null, ["api.use"]),
      "is denied: the holder is no member of the organization",
    ],
    [
      "a person's key",
      "api.use",
      standing("owner", { actor: personalKey, scopes: ["api.use"] }),
      "is denied: the key does not act in this organization",
    ],
    [
      "a rule about a key",
      "api.use",
      { ...own("api.use"), rules: [office] },
      "is denied: the rule `office-hours` forbids it (the office is closed)",
    ],
    ["an unknown permission of a key", "api.yuse", own("api.yuse"), "is denied: the policy knows no such permission"],
    ["an unknown permission", "api.yuse", standing("owner"), "is denied: the policy knows no such permission"],
  ])("says so of %s", (_, permission, stands, sentence) => {
    const explanation = policy.resolve(stands).explain(permission as never)
    expect(explanation.sentence).toBe(`\`${permission}\` ${sentence}`)
    expect(explanation.steps).toContain(explanation.decidedBy)
    expect(explanation.allowed).toBe(sentence.startsWith("is allowed"))
  })

  it("of a key names its restrictions and scopes, then its holder's roles, then the rules", () => {
    const restrictions = { kind: "restrictions", letThrough: true }
    const scopes = { kind: "keyScopes", holder: "member", grants: true }
    const role = {
      kind: "organizationRole",
      role: "clerk",
      definition: "system",
      outcome: "grants",
      pattern: "api.use",
    }
    const membership = { kind: "membership", of: "organization" }
    const rule = { kind: "rule", rule: "open", forbids: false, reason: null }
    const open_ = policy.resolve(ofMember("clerk", ["api.use"], { rules: [open] })).explain("api.use")
    expect(open_).toMatchObject({
      allowed: true,
      steps: [restrictions, scopes, membership, role, rule],
      decidedBy: scopes,
    })
    const closed = policy.resolve(ofMember("clerk", [], { rules: [open] })).explain("api.use")
    const steps = [restrictions, { ...scopes, grants: false }, membership, role, { kind: "defaultDeny" }]
    expect(closed).toMatchObject({ allowed: false, steps, decidedBy: { kind: "defaultDeny" } })
  })

  it("asks the rules about the resource that is explained", () => {
    const rules = [{ name: "big", forbids: ({ resource }: { resource: unknown }) => resource === "big" }]
    const access = policy.resolve(standing("owner", { rules }))
    expect(access.explain("api.use", "big").allowed).toBe(false)
    expect(access.explain("api.use", "small").allowed).toBe(true)
  })
})
