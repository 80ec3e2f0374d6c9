import { type CustomRoleName, createTenantry, definePolicy, type Membership, type Rule, user } from "tenantry"
import { memoryStore } from "tenantry/memory"
import { customRoles, workspace } from "tenantry/presets"
import { describe, expectTypeOf, it } from "vitest"

const ports = {
  store: memoryStore(),
  mailer: { sendInvitation: async () => {} },
  acceptUrl: (token: string) => `https://app.example/join/${token}`,
}
const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true })
const organizationId = "org_1"

describe("the facade's types", () => {
  const tenantry = createTenantry({ ...ports, preset: workspace })
  type Role = "owner" | "admin" | "editor" | "viewer" | CustomRoleName

  it("know the policy's roles, on the way in and out", () => {
    expectTypeOf<Parameters<typeof tenantry.invitations.send>[1]["role"]>().toEqualTypeOf<Role | undefined>()
    expectTypeOf<Awaited<ReturnType<typeof tenantry.memberships.get>>["role"]>().toEqualTypeOf<Role>()
    expectTypeOf<Parameters<typeof tenantry.invitations.sendMany>[1]["invitations"][number]["role"]>().toEqualTypeOf<
      Role | undefined
    >()
  })

  it("refuse a misspelt role or permission", () => {
    const calls = () => [
      // @ts-expect-error: there is no such role
      tenantry.invitations.send(ada, { organizationId, email: "bob@acme.example", role: "editr" }),
      // @ts-expect-error: there is no such permission
      tenantry.roles.create(ada, { organizationId, name: "x", permissions: ["members.reed"] }),
      // @ts-expect-error: a role's name is not any string
      tenantry.memberships.changeRole(ada, { organizationId, membershipId: "mem_1", role: "viewer" as string }),
    ]
    expectTypeOf(calls).toBeFunction()
  })

  it("know the permissions of access, aliases and the host's own included", async () => {
    type Access = Awaited<ReturnType<ReturnType<typeof own>["access"]>>
    const own = () =>
      createTenantry({
        ...ports,
        policy: definePolicy({
          permissions: { "invoices.send": "project" },
          aliases: { "users.read": "members.read" },
          roles: { owner: { grants: ["*"] } },
          ownership: { role: "owner", holders: "multiple", transfer: "off" },
        }),
      })
    expectTypeOf<Access["can"]>()
      .parameter(0)
      .extract<"invoices.send" | "users.read" | "members.read">()
      .toEqualTypeOf<"invoices.send" | "users.read" | "members.read">()
    expectTypeOf<Access["can"]>().parameter(0).extract<"users.delete">().toEqualTypeOf<never>()
  })

  it("know the roles that access is asked about, and the permissions that rules are", () => {
    type Access = Awaited<ReturnType<typeof tenantry.access>>
    expectTypeOf<Access["manages"]>().parameter(1).toEqualTypeOf<Role>()
    expectTypeOf<Access["permissionsOf"]>().parameter(0).toEqualTypeOf<Role>()
    expectTypeOf<Access["isCustom"]>().parameter(0).toEqualTypeOf<Role>()
    expectTypeOf<Access["managesSystemRole"]>().parameter(1).toEqualTypeOf<Exclude<Role, CustomRoleName>>()
    expectTypeOf<Access["lacks"]>().parameter(0).items.toEqualTypeOf<Parameters<Access["can"]>[0]>()
    const calls = (access: Access) => [
      access.manages("invite", "editor"),
      // @ts-expect-error: there is no such role
      access.manages("invite", "editr"),
      // @ts-expect-error: there is no such permission
      access.lacks(["members.reed"]),
    ]
    expectTypeOf(calls).toBeFunction()

    const everywhere: Rule = { name: "never", forbids: ({ permission }) => permission.length === 0 }
    const ruled = () =>
      createTenantry({
        ...ports,
        preset: workspace,
        rules: [
          everywhere,
          { name: "frozen", forbids: ({ permission }) => permission === "members.remove" },
          // @ts-expect-error: there is no such permission
          { name: "misspelt", forbids: ({ permission }) => permission === "members.remov" },
        ],
      })
    expectTypeOf<Parameters<ReturnType<typeof ruled>["invitations"]["send"]>[1]["role"]>().toEqualTypeOf<
      Role | undefined
    >()
  })

  it("keep everything else as it is", () => {
    const tenantry = createTenantry({ ...ports, preset: customRoles })
    type Seen = Awaited<ReturnType<typeof tenantry.memberships.get>>
    expectTypeOf<Omit<Seen, "role">>().toEqualTypeOf<Omit<Membership, "role">>()
    expectTypeOf<Awaited<ReturnType<typeof tenantry.memberships.find>>>().extract<null>().toEqualTypeOf<null>()
    expectTypeOf<Parameters<typeof tenantry.invitations.preview>>().toEqualTypeOf<[{ token: string }]>()
  })
})
