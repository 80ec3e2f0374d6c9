/** A host deploys another policy over the same store: nobody gains by it, and nothing is stuck. */
import { describe, expect, it } from "vitest"
import { customRoleName, definePolicy, type PolicyEngine, system } from "../../src/index.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { person, refusal, world } from "../world.ts"

const [ada, bob, cy] = [person("ada"), person("bob"), person("cy")]
const ownership = { role: "owner", holders: "multiple", transfer: "off" } as const
const owner = { grants: ["*"] } as const
const preset = (policy: PolicyEngine) => ({ policy, organizations: { deleteWithMembers: true } })

/** An organization of Ada's under one policy, and the same store under another. */
async function deployed(first: PolicyEngine, second: PolicyEngine) {
  const store = memoryStore()
  const before = world(preset(first), { store }).tenantry
  const after = world(preset(second), { store }).tenantry
  const { id: organizationId } = await before.organizations.create(ada, { name: "Acme" })
  const join = (who: typeof ada, role: string) =>
    before.memberships.add(system("test"), {
      organizationId,
      user: { id: who.id, email: who.email },
      role: customRoleName(role),
    })
  return { before, after, organizationId, join }
}

describe("a policy that drops a permission", () => {
  const roles = { owner } as const
  const first = definePolicy({
    permissions: { "invoices.read": "project", "invoices.send": "project" },
    roles,
    ownership,
    customRoles: true,
  })
  const second = definePolicy({ permissions: { "invoices.read": "project" }, roles, ownership, customRoles: true })

  it("leaves custom roles that had it editable, and takes it out of them", async () => {
    const { before, after, organizationId } = await deployed(first, second)
    const role = await before.roles.create(ada, {
      organizationId,
      name: "clerk",
      permissions: ["invoices.read", "invoices.send"],
    })
    const described = await after.roles.update(ada, { organizationId, roleId: role.id, description: "Reads" })
    expect(described).toMatchObject({ description: "Reads", permissions: ["invoices.read"] })
  })
})

describe("a policy that turns custom roles off", () => {
  const roles = { owner, member: { grants: ["organization.read", "apiKeys.*"] } } as const
  const [on, off] = [true, false].map((customRoles) => definePolicy({ roles, ownership, customRoles }))
  if (on === undefined || off === undefined) throw new Error("two policies")

  it("keeps those there are: a shadow that takes rights away still does", async () => {
    const { before, after, organizationId, join } = await deployed(on, off)
    await join(bob, "member")
    const shadow = await before.roles.create(ada, {
      organizationId,
      name: "member",
      permissions: ["organization.read"],
    })
    expect((await after.access(bob, { organizationId })).can("apiKeys.delete")).toBe(false)
    await expect(after.roles.update(ada, { organizationId, roleId: shadow.id, permissions: [] })).rejects.toMatchObject(
      refusal("feature_off"),
    )
  })
})

describe("a policy that drops a role", () => {
  const maker = { grants: ["organization.read", "roles.*", "apiKeys.*"] } as const
  const first = definePolicy({ roles: { owner, maker, dev: { grants: [] } }, ownership, customRoles: true })
  const second = definePolicy({ roles: { owner, maker }, ownership, customRoles: true })

  it("lets nobody name a role so that its old holders get it", async () => {
    const { after, organizationId, join } = await deployed(first, second)
    await join(bob, "dev")
    await join(cy, "maker")
    const dev = { organizationId, permissions: ["apiKeys.delete"] as const }
    await expect(after.roles.create(cy, { ...dev, name: "dev" })).rejects.toMatchObject(
      refusal("role_in_use", { memberships: 1, invitations: 0 }),
    )
    const other = await after.roles.create(cy, { ...dev, name: "other" })
    await expect(after.roles.update(cy, { organizationId, roleId: other.id, name: "dev" })).rejects.toMatchObject(
      refusal("role_in_use"),
    )
    expect((await after.access(bob, { organizationId })).can("apiKeys.delete")).toBe(false)
  })

  it("leaves its holders to whoever may re-role members", async () => {
    const { after, organizationId, join } = await deployed(first, second)
    const { id: membershipId } = await join(bob, "dev")
    await after.memberships.remove(ada, { organizationId, membershipId })
    expect(await after.memberships.find(ada, { organizationId, userId: bob.id })).toBeNull()
  })
})

describe("a shadow", () => {
  const policy = definePolicy({
    roles: {
      owner,
      hr: { grants: ["organization.read", "roles.*", "apiKeys.*", "members.invite"], manages: ["dev"] },
      dev: { grants: ["organization.read"] },
    },
    ownership,
    customRoles: true,
  })

  it("is out of reach for somebody who may not change roles: it re-roles its holders", async () => {
    const { before, organizationId, join } = await deployed(policy, policy)
    await join(cy, "hr")
    await join(bob, "dev")
    await expect(
      before.roles.create(cy, { organizationId, name: "dev", permissions: ["apiKeys.delete"] }),
    ).rejects.toMatchObject(refusal("role_not_manageable", { role: "dev" }))
  })
})
