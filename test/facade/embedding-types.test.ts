import { type CustomRoleName, createTenantry, type JsonObject, type MembershipId, user } from "tenantry"
import { memoryStore } from "tenantry/memory"
import { workspace } from "tenantry/presets"
import { describe, expectTypeOf, it } from "vitest"
import * as z from "zod"

const ports = {
  preset: workspace,
  store: memoryStore(),
  mailer: { sendInvitation: async () => {} },
  acceptUrl: (token: string) => `https://app.example/join/${token}`,
}
const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true })
const organizationId = "org_1"
type Role = "owner" | "admin" | "editor" | "viewer" | CustomRoleName
type Answer<Call extends (...given: never[]) => Promise<unknown>> = Awaited<ReturnType<Call>>

describe("metadata's types", () => {
  const tenantry = createTenantry({
    ...ports,
    metadata: {
      organization: z.object({ plan: z.enum(["free", "pro"]), seats: z.coerce.number().default(1) }),
      member: z.object({ team: z.string().optional() }),
    },
  })
  type Plan = { plan: "free" | "pro"; seats: number }

  it("flow into every input and out of every answer", () => {
    expectTypeOf<Answer<typeof tenantry.organizations.get>["metadata"]>().toEqualTypeOf<Plan>()
    expectTypeOf<NonNullable<Answer<typeof tenantry.memberships.find>>["metadata"]>().toEqualTypeOf<{
      team?: string | undefined
    }>()
    expectTypeOf<Answer<typeof tenantry.memberships.list>["data"][number]["metadata"]>().toEqualTypeOf<{
      team?: string | undefined
    }>()
    expectTypeOf<NonNullable<Answer<typeof tenantry.invitations.accept>["membership"]>["metadata"]>().toEqualTypeOf<{
      team?: string | undefined
    }>()
    type Verified = Extract<Answer<typeof tenantry.apiKeys.verify>, { ok: true }>
    expectTypeOf<NonNullable<Verified["organization"]>["metadata"]>().toEqualTypeOf<Plan>()
    const calls = () => [
      tenantry.organizations.create(ada, { name: "Acme", metadata: { plan: "pro" } }),
      tenantry.organizations.update(ada, { organizationId, metadata: { plan: "free", seats: "3" } }),
      tenantry.memberships.update(ada, { organizationId, membershipId: "mem_1", metadata: { team: "cars" } }),
      tenantry.within({}).organizations.create(ada, { name: "Acme", metadata: { plan: "pro" } }),
      // @ts-expect-error: there is no such plan
      tenantry.organizations.create(ada, { name: "Acme", metadata: { plan: "gold" } }),
      // @ts-expect-error: a plan must be said
      tenantry.organizations.update(ada, { organizationId, metadata: {} }),
      // @ts-expect-error: a team is text
      tenantry.memberships.update(ada, { organizationId, membershipId: "mem_1", metadata: { team: 3 } }),
    ]
    expectTypeOf(calls).toBeFunction()
  })

  it("are any JSON object where there is no schema", () => {
    expectTypeOf<Answer<typeof tenantry.apiKeys.get>["metadata"]>().toExtend<JsonObject>()
    const bare = createTenantry(ports)
    expectTypeOf<JsonObject>().toExtend<Answer<typeof bare.organizations.get>["metadata"]>()
    const calls = () => [
      tenantry.apiKeys.create(ada, { organizationId, name: "ci", metadata: { anything: [1, null] } }),
      bare.organizations.create(ada, { name: "Acme", metadata: { anything: { deep: true } } }),
      // @ts-expect-error: a date is no JSON
      bare.organizations.create(ada, { name: "Acme", metadata: { at: ada.at } }),
    ]
    expectTypeOf(calls).toBeFunction()
  })

  it("leave what works in both places one type", () => {
    type Inside = ReturnType<typeof tenantry.within>
    expectTypeOf<Inside["organizations"]>().toEqualTypeOf<(typeof tenantry)["organizations"]>()
    expectTypeOf<typeof tenantry>().toExtend<Inside>()
    expectTypeOf<Inside>().not.toHaveProperty("outbox")
  })
})

describe("guards' and subscribers' types", () => {
  it("know the commands, their inputs and the facts", () => {
    createTenantry({
      ...ports,
      metadata: { organization: z.object({ plan: z.string().default("free") }) },
      guards: {
        "invitations.send": ({ input, organization, facts }) => {
          expectTypeOf(input.role).toEqualTypeOf<Role | undefined>()
          expectTypeOf(input.email).toEqualTypeOf<string>()
          expectTypeOf(organization?.name).toEqualTypeOf<string | undefined>()
          expectTypeOf(organization?.metadata).toEqualTypeOf<{ plan: string } | undefined>()
          for (const fact of facts) {
            if (fact.action === "member.role_changed") expectTypeOf(fact.before.role).toEqualTypeOf<Role>()
          }
          return undefined
        },
        "organizations.create": ({ input }) => {
          expectTypeOf(input.metadata).toEqualTypeOf<{ plan: string } | undefined>()
          return undefined
        },
        "restrictions.ipRules.set": async () => undefined,
      },
      subscribers: {
        "member.role_changed": ({ before, after, action }) => {
          expectTypeOf(before.role).toEqualTypeOf<Role>()
          expectTypeOf(after.role).toEqualTypeOf<Role>()
          expectTypeOf(action).toEqualTypeOf<"member.role_changed">()
        },
        "organization.ownership_transferred": ({ before, after }) => {
          expectTypeOf(before.owner).toEqualTypeOf<MembershipId>()
          expectTypeOf(after.owner).toEqualTypeOf<MembershipId>()
        },
        "organization.updated": ({ after }) => {
          expectTypeOf(after?.name).toEqualTypeOf<string | undefined>()
          expectTypeOf(after?.metadata).toEqualTypeOf<{ plan: string } | undefined>()
        },
        "*": ({ action }) => {
          expectTypeOf(action).toEqualTypeOf<string>()
        },
      },
    })
  })

  it("refuse what is no command and what is no refusal", () => {
    const configurations = () => [
      // @ts-expect-error: there is no such command
      createTenantry({ ...ports, guards: { "invitations.sned": () => undefined } }),
      // @ts-expect-error: a query has no guard
      createTenantry({ ...ports, guards: { "invitations.list": () => undefined } }),
      // @ts-expect-error: only what `refuse` makes is a refusal
      createTenantry({ ...ports, guards: { "invitations.send": () => ({ code: "no", status: 402, message: "No." }) } }),
      // @ts-expect-error: there is no such action
      createTenantry({ ...ports, subscribers: { "member.role_change": () => {} } }),
    ]
    expectTypeOf(configurations).toBeFunction()
  })
})
