import { describe, expect, it } from "vitest"
import { attempt, customRoleName, system, type User } from "../../src/index.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { person, refusal, world } from "../world.ts"

const [ada, bob, cyd] = [person("ada"), person("bob"), person("cyd")]
const host = system("host")
const support = customRoleName("support")

/** An organization that Ada owns, with Bob its admin and Cyd a member, and an offer to Bob. */
async function scene() {
  const here = world(customRoles)
  const { tenantry, clock } = here
  const { organizations, memberships, roles } = tenantry
  const { id: organizationId } = await organizations.create(ada, { name: "Acme" })
  const add = ({ id, email }: User, role: "admin" | "member") =>
    memberships.add(host, { organizationId, user: { id, email }, role })
  const [bobs, cyds] = [await add(bob, "admin"), await add(cyd, "member")]
  const role = await roles.create(ada, { organizationId, name: support, permissions: ["members.read"] })
  const adas = await memberships.find(host, { organizationId, userId: ada.id })
  if (adas === null) throw new Error("ada is not there")
  const toBob = { organizationId, membershipId: bobs.id, previousRole: support }
  const offer = await organizations.offerOwnership(ada, toBob)
  const codeOf = async (work: Promise<unknown>) => {
    const result = await attempt(work)
    return result.ok ? "done" : result.error.code
  }
  return {
    ...{ tenantry, clock, organizationId, adas, bobs, cyds, role, toBob, offer },
    accept: (who: User) => codeOf(organizations.acceptOwnership(who, { organizationId })),
    decline: (who: User) => codeOf(organizations.declineOwnership(who, { organizationId })),
    cancel: (who: User) => codeOf(organizations.cancelOwnershipOffer(who, { organizationId })),
    changeRole: (membershipId: string, to: "owner" | "member") =>
      memberships.changeRole(host, { organizationId, membershipId, role: to }),
    shown: async () => (await organizations.get(cyd, { organizationId })).ownershipOffer,
    roleOf: async ({ id }: User) => (await memberships.find(host, { organizationId, userId: id }))?.role,
  }
}

describe("an offer of ownership", () => {
  it("changes nobody's role until it is accepted, by whom it is for", async () => {
    const { tenantry, organizationId, accept, roleOf, shown, offer, adas, bobs, clock } = await scene()
    const expiresAt = new Date(clock.now().getTime() + 7 * 24 * 60 * 60 * 1000)
    expect(offer).toEqual({ membershipId: bobs.id, by: adas.id, previousRole: "support", expiresAt })
    expect(await shown()).toEqual(offer)
    expect([await roleOf(ada), await roleOf(bob)]).toEqual(["owner", "admin"])
    expect([await accept(ada), await accept(cyd), await accept(person("eve"))]).toEqual(Array(3).fill("not_found"))
    const done = await tenantry.organizations.acceptOwnership(bob, { organizationId })
    expect(done).toMatchObject({
      owner: { id: bobs.id, role: "owner" },
      previousOwner: { id: adas.id, role: "support" },
    })
    expect([await roleOf(ada), await roleOf(bob), await shown()]).toEqual(["support", "owner", null])
    expect(await accept(bob)).toBe("not_found")
  })

  it("is recorded when it is made, taken and turned down", async () => {
    const { tenantry, organizationId, toBob, offer, decline, accept, adas, bobs } = await scene()
    await decline(bob)
    await tenantry.organizations.offerOwnership(ada, toBob)
    await accept(bob)
    const { data } = await tenantry.activity.list(host, { organizationId, limit: 6 })
    const shown = { ownershipOffer: { ...offer, expiresAt: offer.expiresAt.toISOString() } }
    const told = data.map(({ action, before, after }) => [action, before, after])
    expect(told.toReversed()).toEqual([
      ["organization.ownership_offered", { ownershipOffer: null }, shown],
      ["organization.updated", shown, { ownershipOffer: null }],
      ["organization.ownership_offered", { ownershipOffer: null }, shown],
      ["member.role_changed", { role: "owner" }, { role: "support" }],
      ["member.role_changed", { role: "admin" }, { role: "owner" }],
      ["organization.ownership_transferred", { ...shown, owner: adas.id }, { ownershipOffer: null, owner: bobs.id }],
    ])
  })

  it("is declined by whom it is for, and withdrawn by whoever may hand over", async () => {
    const first = await scene()
    expect([await first.decline(cyd), await first.decline(ada)]).toEqual(["not_found", "not_found"])
    expect([await first.decline(bob), await first.accept(bob)]).toEqual(["done", "not_found"])
    const second = await scene()
    expect([await second.cancel(cyd), await second.cancel(bob)]).toEqual(["forbidden", "forbidden"])
    expect([await second.cancel(ada), await second.accept(bob)]).toEqual(["done", "not_found"])
    expect([await second.cancel(ada), await second.shown()]).toEqual(["not_found", null])
  })

  it.each([
    [undefined, 168],
    [1, 1],
    [720, 720],
  ])("given %s hours, stands to the last of %i", async (expiresInHours, hours) => {
    const { tenantry, toBob, clock, accept, decline, cancel, shown } = await scene()
    await tenantry.organizations.offerOwnership(ada, { ...toBob, expiresInHours })
    clock.advance({ hours, seconds: -1 })
    expect(await shown()).toMatchObject({ by: expect.any(String) })
    clock.advance({ seconds: 1 })
    expect([await accept(bob), await decline(bob), await cancel(ada)]).toEqual(Array(3).fill("not_found"))
    expect(await shown()).toBeNull()
  })

  it.each([0, 721, 1.5, "24"])("never stands %j hours", async (expiresInHours) => {
    const { tenantry, toBob } = await scene()
    const asked = { ...toBob, expiresInHours: expiresInHours as number }
    await expect(tenantry.organizations.offerOwnership(ada, asked)).rejects.toMatchObject(refusal("invalid_input"))
  })

  it("gives way to the next one", async () => {
    const { tenantry, toBob, cyds, accept } = await scene()
    await tenantry.organizations.offerOwnership(ada, { ...toBob, membershipId: cyds.id })
    expect([await accept(bob), await accept(cyd)]).toEqual(["not_found", "done"])
  })
})

describe("an offer that can no longer be taken", () => {
  type Scene = Awaited<ReturnType<typeof scene>>
  const endings: readonly (readonly [string, (at: Scene) => Promise<unknown>])[] = [
    [
      "whoever made it is no owner any more",
      async ({ changeRole, adas, cyds }) => {
        await changeRole(cyds.id, "owner")
        await changeRole(adas.id, "member")
      },
    ],
    [
      "whoever made it left",
      async ({ tenantry, organizationId, changeRole, cyds }) => {
        await changeRole(cyds.id, "owner")
        await tenantry.memberships.leave(ada, { organizationId })
      },
    ],
    [
      "whoever made it handed over to somebody else",
      ({ tenantry, toBob, cyds }) => tenantry.organizations.transferOwnership(ada, { ...toBob, membershipId: cyds.id }),
    ],
    [
      "it was for somebody who left and came back",
      async ({ tenantry, organizationId }) => {
        await tenantry.memberships.leave(bob, { organizationId })
        await tenantry.memberships.add(host, { organizationId, user: { id: bob.id, email: bob.email }, role: "admin" })
      },
    ],
    ["it was for somebody who owns by now", ({ changeRole, bobs }) => changeRole(bobs.id, "owner")],
    [
      "the role it names is gone",
      ({ tenantry, organizationId, role }) => tenantry.roles.delete(ada, { organizationId, roleId: role.id }),
    ],
  ]
  it.each(endings)("because %s, is as good as none", async (_, end) => {
    const at = await scene()
    await end(at)
    const before = [await at.roleOf(ada), await at.roleOf(bob), await at.roleOf(cyd)]
    expect(await at.accept(bob)).toBe("not_found")
    expect([await at.roleOf(ada), await at.roleOf(bob), await at.roleOf(cyd)]).toEqual(before)
  })
})
