/** People who are erased while something happens to them: they are gone, and nothing is left without an owner. */
import { describe, expect, it } from "vitest"
import { definePolicy, system, type User } from "../../src/index.ts"
import type { PolicyNames } from "../../src/policy/policy.ts"
import { customRoles, type Preset } from "../../src/presets/presets.ts"
import { person } from "../world.ts"
import { type Aftermath, type Caller, stage } from "./race.ts"

const [ada, bob] = [person("ada"), person("bob")]
const host = system("host")

const preset = {
  ...customRoles,
  policy: definePolicy({
    roles: { owner: { grants: ["*"] }, member: { grants: ["organization.read"] } },
    ownership: { role: "owner", holders: "multiple", transfer: "direct" },
  }),
} as unknown as Preset

const erase =
  ({ id: userId, email }: User): Caller<PolicyNames> =>
  ({ users }) =>
    users.erase({ userId, emails: [email] })

const begun = (role: "owner" | "member") =>
  stage(preset, async ({ tenantry }) => {
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const user = { id: bob.id, email: bob.email }
    const { id: membershipId } = await tenantry.memberships.add(host, { organizationId, user, role })
    return { organizationId, membershipId }
  })

const rolesIn = ({ organizations }: Aftermath) =>
  organizations.flatMap(({ members }) => members.map(({ userId, role }) => `${userId} ${role}`)).toSorted()

describe("a person who is erased", () => {
  it("is gone, however often they accept an invitation meanwhile", async () => {
    const { found, race } = await stage(preset, async ({ tenantry }) => {
      const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
      const invitation = { organizationId, email: bob.email, role: "member" }
      const { id: invitationId } = await tenantry.invitations.send(ada, invitation)
      return { organizationId, invitationId }
    })
    const accept: Caller<PolicyNames> = ({ invitations }) => invitations.accept(bob, found)
    await race([erase(bob), accept, accept, accept, accept], (after) => {
      expect(after.outcomes[0]).toBe("done")
      expect(rolesIn(after)).toEqual(["u_ada owner"])
      const [{ invitations, entries } = { invitations: [], entries: [] }] = after.organizations
      expect(invitations).toEqual([])
      expect(JSON.stringify(entries.map(({ personal }) => personal))).not.toContain(bob.email)
    })
  })

  it("is given the ownership before or not at all", async () => {
    const { found, race } = await begun("member")
    const give: Caller<PolicyNames> = ({ organizations }) =>
      organizations.transferOwnership(ada, { ...found, previousRole: "member" })
    await race([erase(bob), give], (after) => {
      const ends = { "done not_found": ["u_ada owner"], "last_owner done": ["u_ada member", "u_bob owner"] }
      expect(rolesIn(after)).toEqual(ends[after.outcomes.join(" ") as keyof typeof ends])
    })
  })

  it("does not go with the other of two owners, who leaves or is erased too", async () => {
    const { found, race } = await begun("owner")
    const owners = (after: Aftermath) => {
      expect(after.outcomes.toSorted()).toEqual(["done", "last_owner"])
      expect(rolesIn(after)).toHaveLength(1)
    }
    await race(
      [erase(bob), ({ memberships }) => memberships.leave(ada, { organizationId: found.organizationId })],
      owners,
    )
    await race([erase(bob), erase(ada)], owners)
  })

  it("is erased once, whoever asks for it at once", async () => {
    const { race } = await begun("member")
    await race([erase(bob), erase(bob)], (after) => {
      expect(after.outcomes).toEqual(["done", "done"])
      expect(rolesIn(after)).toEqual(["u_ada owner"])
      const [{ entries } = { entries: [] }] = after.organizations
      expect(entries.filter(({ action }) => action === "member.erased")).toHaveLength(1)
    })
  })
})
