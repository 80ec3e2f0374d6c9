import { describe, expect, it } from "vitest"
import { definePolicy, system } from "../../src/index.ts"
import type { Membership } from "../../src/membership/membership.ts"
import type { Organization } from "../../src/organization/organization.ts"
import {
  endOffer,
  handOver,
  handoverOf,
  handoverRefusal,
  type OwnershipOffer,
  offerTo,
  openOffer,
} from "../../src/organization/ownership.ts"
import type { RoleName } from "../../src/role/role-name.ts"
import { aMembership, anOrganization } from "../../src/testing/testing.ts"
import { person } from "../world.ts"

const at = new Date("2026-03-01T12:00:00.000Z")
const later = (ms: number) => new Date(at.getTime() + ms)
const name = (role: string) => role as RoleName

const policy = definePolicy({
  roles: { owner: { grants: ["organization.*"] }, editor: { grants: ["*"] }, viewer: { grants: [] } },
  ownership: { role: "owner", holders: "multiple", transfer: "direct" },
  customRoles: true,
})
const acme = anOrganization()
const member = (role: string): Membership => aMembership(acme, { role: name(role) })
const [ada, bob, cyd] = [member("owner"), member("editor"), member("viewer")]
const offer: OwnershipOffer = {
  membershipId: bob.id,
  by: ada.id,
  previousRole: name("viewer"),
  expiresAt: later(1000),
}
const offering = (ownershipOffer: OwnershipOffer | null): Organization => ({ ...acme, ownershipOffer })
const wanted = { from: ada, to: bob, previousRole: name("viewer") }

const customRoles = [
  { name: "reader", permissions: ["organization.read"] },
  { name: "spender", permissions: ["billing.manage", "organization.read"] },
]
const access = policy.resolve({ actor: person("ada"), organization: acme, role: "owner", customRoles, rules: [] })
const hosts = policy.resolve({ actor: system("host"), organization: acme, role: null, customRoles, rules: [] })

describe("who may hand over to whom, for which role", () => {
  it.each([
    ["a member, for a role of the policy's", bob, "viewer", null, null],
    ["a member, for one that can do more", bob, "editor", null, null],
    ["a member, for a role of its own", cyd, "reader", null, null],
    ["a member, for what no owner holds", cyd, "spender", "permission_escalation", null],
    ["another owner", member("owner"), "viewer", "invalid_input", "invalid_input"],
    ["oneself", ada, "viewer", "invalid_input", "invalid_input"],
    ["a member, for the owner role", bob, "owner", "invalid_input", "invalid_input"],
    ["a member, for no role there is", bob, "ghost", "invalid_input", "invalid_input"],
  ])("%s", (_, to, role, byOwner, byHost) => {
    const known = { policy, roles: customRoles as never }
    const given = { to, previousRole: name(role) }
    expect(handoverRefusal(access, known, given)?.code ?? null).toBe(byOwner)
    expect(handoverRefusal(hosts, known, given)?.code ?? null).toBe(byHost)
  })
})

describe("a handover", () => {
  it("is three facts, of which one says whose it was and is", () => {
    expect(handOver(acme, wanted)).toEqual({
      ok: true,
      facts: [
        { action: "member.role_changed", before: ada, after: { ...ada, role: "viewer" } },
        { action: "member.role_changed", before: bob, after: { ...bob, role: "owner" } },
        {
          action: "organization.ownership_transferred",
          before: acme,
          after: acme,
          owner: { before: ada.id, after: bob.id },
        },
      ],
    })
  })

  it.each([
    ["between the two", offer, null],
    ["by whoever hands over", { ...offer, membershipId: cyd.id }, null],
    ["to whoever takes over", { ...offer, by: cyd.id }, null],
    ["between others", { ...offer, by: cyd.id, membershipId: cyd.id }, { ...offer, by: cyd.id, membershipId: cyd.id }],
  ])("ends an offer %s or leaves it", (_, before, after) => {
    expect(handOver(offering(before), wanted).ok && handOver(offering(before), wanted)).toMatchObject({
      facts: [{}, {}, { after: { ownershipOffer: after } }],
    })
  })
})

describe("an offer", () => {
  it("takes the place of the one before, and is no change when it is the same", () => {
    const same = { ...wanted, previousRole: offer.previousRole }
    expect(offerTo(acme, wanted, offer.expiresAt)).toMatchObject({
      facts: [{ action: "organization.ownership_offered", before: acme, after: { ownershipOffer: offer } }],
    })
    expect(offerTo(offering(offer), same, new Date(offer.expiresAt))).toEqual({ ok: true, facts: [] })
    for (const other of [{ from: cyd }, { to: cyd }, { previousRole: name("editor") }]) {
      expect(offerTo(offering(offer), { ...same, ...other }, offer.expiresAt)).toMatchObject({ facts: [{}] })
    }
    expect(offerTo(offering(offer), same, later(2000))).toMatchObject({ facts: [{}] })
  })

  it("is open until its time is up, not at it", () => {
    expect([999, 1000, 1001].map((ms) => openOffer(offering(offer), later(ms)))).toEqual([offer, null, null])
    expect(openOffer(acme, at)).toBeNull()
  })

  it("ends without a trace in the row", () => {
    expect(endOffer(offering(offer))).toMatchObject({
      facts: [{ action: "organization.updated", after: { ownershipOffer: null } }],
    })
  })

  it.each([
    ["as things stood", bob, [ada], "viewer", true],
    ["beside other owners", bob, [cyd, ada], "viewer", true],
    ["when whoever made it owns no longer", bob, [cyd], "viewer", false],
    ["when nobody is known to own", bob, [], "viewer", false],
    ["when the role is gone", bob, [ada], "ghost", false],
    ["by somebody who owns already", member("owner"), [ada], "viewer", false],
  ])("is taken %s: from %s", (_, to, owners, role, taken) => {
    const previousRole = name(role)
    const found = handoverOf({ ...offer, previousRole }, to, { owners, access })
    expect(found).toEqual(taken ? { from: ada, to, previousRole } : null)
  })
})
