/**
 * Who sends an invitation, and when it is void because they no longer could.
 *
 * @module
 */
import { addSeconds } from "date-fns/addSeconds"
import { describe, expect, it } from "vitest"
import { type ApiKey, isUsable } from "../../src/api-key/api-key.ts"
import { type Invitation, type Inviter, receivedView } from "../../src/invitation/invitation.ts"
import { type Acceptance, inviterOf, inviterStillMay } from "../../src/invitation/inviter.ts"
import { apiKeyActor, type KeyHolder, platformAdmin, system, user } from "../../src/kernel/actor.ts"
import type { MembershipId } from "../../src/kernel/id.ts"
import type { Membership } from "../../src/membership/membership.ts"
import { definePolicy, type PolicyEngine, type Rule } from "../../src/policy/policy.ts"
import type { Role } from "../../src/role/role.ts"

const at = new Date("2026-03-01T12:00:00.000Z")
const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true, name: "Ada" })
const organization = { id: "org_acme", name: "Acme", slug: "acme", metadata: {} }
const policy: PolicyEngine = definePolicy({
  roles: {
    owner: { grants: ["*"] },
    admin: { grants: ["members.*", "api.use"], manages: ["member"] },
    member: { grants: ["members.read", "api.use"] },
  },
  ownership: { role: "owner", holders: "multiple", transfer: "off" },
  customRoles: true,
})

const key = {
  id: "key_1",
  organizationId: organization.id,
  projectId: null,
  holder: { type: "organization" },
  scopes: ["api.use", "members.invite", "members.read"],
  enabled: true,
  expiresAt: null,
  revokedAt: null,
  deletedAt: null,
} as unknown as ApiKey
const member = { userId: "u_ada", email: "ada@acme.example", name: "Ada", role: "admin" } as unknown as Membership
const actorOf = (holder: KeyHolder) => apiKeyActor({ ...key, holder, ip: null, userAgent: null, requestId: null })
const memberKey = actorOf({ type: "member", userId: ada.id, membershipId: "mem_ada" as MembershipId })

const nobody: Inviter = { userId: null, apiKeyId: null, name: null, email: null }
const byAda = inviterOf(ada, null)
const byKey = inviterOf(actorOf({ type: "organization" }), null)
const invitation = (invitedBy: Inviter, role = "member") => ({ role, projects: [], invitedBy }) as unknown as Invitation

const may = (by: Inviter, role = "member", known: Partial<Acceptance> = {}): boolean => {
  const roles = known.roles ?? []
  const inviter = by.userId === null ? null : member
  const inviterKey = by.apiKeyId === null ? null : key
  const projects = { inviterProjects: [], offeredProjects: [] }
  const stands = { inviter, inviterKey, ...projects, organization, policy, rules: [], roles, at }
  const sent = invitation(by, role)
  return inviterStillMay(sent, sent, { ...stands, ...known })
}

describe("the inviter", () => {
  it.each([
    ["a person", ada, member, { ...nobody, userId: "u_ada", name: "Ada", email: "ada@acme.example" }],
    ["the host's own code", system("sync"), null, nobody],
    ["the platform's admin", platformAdmin({ id: "u_root", email: "root@host.example", name: "Root" }), null, nobody],
    ["a key of the organization", actorOf({ type: "organization" }), null, { ...nobody, apiKeyId: "key_1" }],
    [
      "the holder of a member's key",
      memberKey,
      member,
      { ...nobody, userId: "u_ada", name: "Ada", email: member.email },
    ],
  ])("is %s", (_, actor, caller, inviter) => expect(inviterOf(actor, caller)).toEqual(inviter))

  it("is shown by name, else by address, else not at all", () => {
    const shown = (by: Inviter) => receivedView(invitation(by), "Acme", []).inviter
    expect([byAda, { ...byAda, name: null }, byKey, nobody].map(shown)).toEqual(["Ada", "ada@acme.example", null, null])
    expect(shown(inviterOf(memberKey, member))).toBe("Ada")
  })
})

describe("a person's invitation", () => {
  it.each<[string, boolean, Partial<Acceptance>]>([
    ["stands while they could send it", true, {}],
    ["is void once they left", false, { inviter: null }],
    ["is void once their role manages no such role", false, { inviter: { ...member, role: "member" as never } }],
    ["is void where a rule forbids it", false, { rules: [forbidding("members.invite")] }],
    ["never stands by a key", false, { inviter: null, inviterKey: key }],
  ])("%s", (_, stands, known) => {
    expect(may(byAda, "member", known)).toBe(stands)
    expect(may(inviterOf(memberKey, member), "member", known)).toBe(stands)
  })
})

describe("a key's invitation", () => {
  const role = (name: string, permissions: readonly string[]) => ({ name, permissions }) as unknown as Role

  it.each<[string, boolean, Partial<Acceptance>]>([
    ["stands while the key could send it", true, {}],
    ["is void once the key is deleted", false, { inviterKey: null }],
    ["is void while the key is disabled", false, { inviterKey: { ...key, enabled: false } }],
    ["is void once the key is revoked", false, { inviterKey: { ...key, revokedAt: at } }],
    ["is void at the instant the key expires", false, { inviterKey: { ...key, expiresAt: at } }],
    ["stands a second before", true, { inviterKey: { ...key, expiresAt: addSeconds(at, 1) } }],
    ["is void without the scope", false, { inviterKey: { ...key, scopes: ["api.use", "members.read"] } }],
    [
      "is void once its scopes are no more than the role",
      false,
      { inviterKey: { ...key, scopes: ["members.invite"] } },
    ],
    ["is void where a rule forbids it", false, { rules: [forbidding("members.invite")] }],
    ["is void once the role has grown past the key", false, { roles: [role("member", ["billing.read"])] }],
    ["stands once the role has shrunk", true, { roles: [role("member", [])] }],
    ["never stands by a person", false, { inviterKey: null, inviter: member }],
    [
      "is void when the key is another organization's",
      false,
      { inviterKey: { ...key, organizationId: "org_evil" as never } },
    ],
  ])("%s", (_, stands, known) => expect(may(byKey, "member", known)).toBe(stands))

  it("is void for a role that is gone, and for the owner's", () => {
    const all = { ...key, scopes: policy.systemRoles[0]?.permissions ?? [] }
    for (const name of ["vanished", "owner"]) expect(may(byKey, name, { inviterKey: all })).toBe(false)
    expect(may(byKey, "admin", { inviterKey: all })).toBe(true)
  })
})

describe("an invitation by the host's own code", () => {
  it("stands while the role exists", () => {
    expect(["member", "admin", "owner", "vanished"].map((role) => may(nobody, role))).toEqual([true, true, true, false])
  })
})

describe("a key", () => {
  it.each<[string, Partial<ApiKey>, boolean]>([
    ["that is on", {}, true],
    ["that expires later", { expiresAt: addSeconds(at, 1) }, true],
    ["that expires now", { expiresAt: at }, false],
    ["that is off", { enabled: false }, false],
    ["that was revoked", { revokedAt: at }, false],
    ["that was deleted", { deletedAt: at }, false],
  ])("%s", (_, columns, usable) => expect(isUsable({ ...key, ...columns }, at)).toBe(usable))
})

function forbidding(permission: string): Rule {
  return { name: "closed", forbids: (asked) => asked.permission === permission }
}
