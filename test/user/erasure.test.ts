import { describe, expect, it } from "vitest"
import type { ApiKey } from "../../src/api-key/api-key.ts"
import type { Invitation } from "../../src/invitation/invitation.ts"
import type { UserId } from "../../src/kernel/actor.ts"
import type { Email } from "../../src/kernel/email.ts"
import { follow, type Membership } from "../../src/membership/membership.ts"
import type { Organization } from "../../src/organization/organization.ts"
import { erase, type Traces } from "../../src/user/erasure.ts"

const at = new Date("2026-03-01T12:00:00.000Z")
const later = new Date("2026-03-02T12:00:00.000Z")
const ada = "u_ada" as UserId

const member = (role: string) =>
  ({ id: "mem_1", userId: ada, email: "ada@acme.example", name: null, role }) as Membership
const invitation = (id: string, expiresAt = later) =>
  ({ id, status: "pending", expiresAt, projects: [] }) as unknown as Invitation
const key = (id: string) => ({
  ...({
    id,
    name: "Laptop",
    deletedAt: null,
    revokedAt: null,
    secret: { hash: "h" },
    previous: null,
  } as unknown as ApiKey),
  ipRules: [{ cidr: "203.0.113.7/32", api: null }] as never,
})
const offered = (to: string, by = "mem_9") =>
  ({ id: "org_1", ownershipOffer: { membershipId: to, by } }) as unknown as Organization

const nothing: Traces = {
  organization: { id: "org_1", ownershipOffer: null } as unknown as Organization,
  ...{ membership: null, projects: [], received: [], sent: [], held: [], known: [], isRecorded: false },
}
const several = { role: "owner", holders: "multiple", transfer: "off" } as const
const by = { ownership: several, owners: 1, revokes: false, at }

/** The facts by their actions, each with the row it is about. */
const told = (traces: Partial<Traces>, more: Partial<typeof by> = {}) => {
  const decision = erase(ada, { ...nothing, ...traces }, { ...by, ...more })
  if (!decision.ok) return decision.refusal.code
  return decision.facts.map((fact) => `${fact.action} ${(fact.after ?? fact.before)?.id ?? ""}`.trim())
}

describe("a person is erased", () => {
  it.each<[what: string, traces: Partial<Traces>, facts: readonly string[]]>([
    ["who is only told of", {}, ["member.erased"]],
    ["who is on record as erased, and nothing is left", { isRecorded: true }, []],
    ["who is on record, and is a member again", { isRecorded: true, membership: member("a") }, ["member.erased mem_1"]],
    [
      "who is on record, and was invited again",
      { isRecorded: true, received: [invitation("inv_1")] },
      ["member.erased", "invitation.cancelled inv_1"],
    ],
    [
      "who sent and received invitations, each cancelled once, expired ones too",
      {
        membership: member("a"),
        sent: [invitation("inv_1"), invitation("inv_2", at)],
        received: [invitation("inv_1"), invitation("inv_3", at)],
      },
      ["member.erased mem_1", ...["inv_1", "inv_2", "inv_3"].map((id) => `invitation.cancelled ${id}`)],
    ],
    ["who holds keys", { held: [key("key_1")], known: [key("key_1")] }, ["member.erased", "api_key.deleted key_1"]],
    [
      "to whom the ownership is offered",
      { membership: member("a"), organization: offered("mem_1") },
      ["member.erased mem_1", "organization.updated org_1"],
    ],
    [
      "who offers the ownership",
      { membership: member("a"), organization: offered("mem_2", "mem_1") },
      ["member.erased mem_1", "organization.updated org_1"],
    ],
    ["beside an offer of others", { membership: member("a"), organization: offered("mem_2") }, ["member.erased mem_1"]],
  ])("%s", (_, traces, facts) => {
    expect(told(traces)).toEqual(facts)
  })

  it("with the organization's keys that they know, where removal revokes them", () => {
    const traces = { membership: member("a"), held: [key("key_1")], known: [key("key_1"), key("key_2")] }
    expect(told(traces)).not.toContain("api_key.revoked key_2")
    expect(told(traces, { revokes: true })).toEqual([
      ...["member.erased mem_1", "api_key.revoked key_2", "api_key.deleted key_1"],
    ])
  })

  it("without writing down once more what they called a key and where they used it from", () => {
    const decision = erase(ada, { ...nothing, held: [key("key_1")] }, by)
    expect(JSON.stringify(decision)).not.toMatch(/Laptop|203\.0\.113/)
    expect(decision).toMatchObject({ facts: [{}, { after: { deletedAt: at, secret: { hash: "" } } }] })
  })

  it("never as the last owner", () => {
    const owner = { membership: member("owner") }
    expect(told(owner)).toBe("last_owner")
    expect(told(owner, { owners: 2 })).toEqual(["member.erased mem_1"])
    const single = erase(ada, { ...nothing, ...owner }, { ...by, ownership: { ...several, holders: "single" } })
    expect(single).toMatchObject({ refusal: { code: "owner_immutable" } })
  })
})

describe("a person changes", () => {
  const [email, name] = ["countess@acme.example" as Email, "Countess"]
  const nobody = { toNew: [], toOld: [], at }

  it.each([
    ["an address", { email }, { email, name: null }],
    ["a name", { name }, { email: "ada@acme.example", name }],
    ["both", { email, name }, { email, name }],
  ])("%s", (_, change, after) => {
    const facts = follow(member("a"), [], change, nobody)
    expect(facts).toEqual([{ action: "member.updated", before: member("a"), after: { ...member("a"), ...after } }])
  })

  it.each([[{}], [{ email: "ada@acme.example" as Email }], [{ name: null }]])("nothing by %j", (change) => {
    expect(follow(member("a"), [], change, nobody)).toEqual([])
  })

  it("to an address that was invited: the invitation is accepted, the role stays", () => {
    expect(follow(member("a"), [], { email }, { ...nobody, toNew: [invitation("inv_1")] })).toMatchObject([
      { action: "member.updated", after: { email, role: "a" } },
      { action: "invitation.accepted", after: { id: "inv_1", status: "accepted", acceptedBy: ada } },
    ])
  })

  it("from an address that was invited: what is live is cancelled, and nothing where the address stays", () => {
    const toOld = [invitation("inv_1"), invitation("inv_2", at)].map((row) => ({ ...row, email: member("a").email }))
    expect(follow(member("a"), [], { email }, { ...nobody, toOld })).toMatchObject([
      { action: "member.updated", after: { email } },
      { action: "invitation.cancelled", after: { id: "inv_1", status: "cancelled" } },
    ])
    expect(follow(member("a"), [], { name }, { ...nobody, toOld })).toMatchObject([{ action: "member.updated" }])
  })
})
