/** Support that acts as the owner cannot make itself one: that would be to transfer by another name. */
import { describe, expect, it } from "vitest"
import { system } from "../../src/index.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { person, refusal, world } from "../world.ts"

const ada = person("ada")
const inHerName = person("ada", { impersonatedBy: "u_support" })
const host = system("host")

const scene = async () => {
  const { tenantry } = world(customRoles)
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
  const add = (name: string, role: "owner" | "member") =>
    tenantry.memberships.add(host, { organizationId, user: { id: `u_${name}`, email: `${name}@acme.example` }, role })
  return { tenantry, organizationId, bob: await add("bob", "member"), cyd: await add("cyd", "owner") }
}

describe("somebody who acts in an owner's name", () => {
  it("makes nobody an owner, and unmakes none", async () => {
    const { tenantry, organizationId, bob, cyd } = await scene()
    const role = "owner" as const
    const { changeRole, remove } = tenantry.memberships
    const attempts = [
      changeRole(inHerName, { organizationId, membershipId: bob.id, role }),
      changeRole(inHerName, { organizationId, membershipId: cyd.id, role: "member" }),
      remove(inHerName, { organizationId, membershipId: cyd.id }),
      tenantry.invitations.send(inHerName, { organizationId, email: "support@acme.example", role }),
    ]
    for (const attempt of attempts)
      await expect(attempt).rejects.toMatchObject(refusal("role_not_manageable", { role }))
    const [batch] = await tenantry.invitations.sendMany(inHerName, {
      ...{ organizationId, invitations: [{ email: "support@acme.example", role }] },
    })
    expect(batch).toMatchObject({ ok: false, error: { code: "role_not_manageable" } })
  })

  it("manages everybody else as the owner does", async () => {
    const { tenantry, organizationId, bob } = await scene()
    const to = { organizationId, membershipId: bob.id }
    const changed = await tenantry.memberships.changeRole(inHerName, { ...to, role: "admin" })
    expect(changed).toMatchObject({ role: "admin" })
    expect(await tenantry.memberships.remove(inHerName, to)).toMatchObject({ membership: { id: bob.id } })
  })
})
