/** What a host's rules can do: forbid, and nothing else. */
import { describe, expect, it } from "vitest"
import type { Rule } from "../../src/index.ts"
import type { RuleQuestion } from "../../src/policy/policy.ts"
import { workspace } from "../../src/presets/presets.ts"
import { person, refusal, world } from "../world.ts"

const [ada, bob] = [person("ada"), person("bob")]

describe("a host rule", () => {
  it("sees id, name, slug and metadata of the organization, frozen all the way down", async () => {
    const seen: RuleQuestion[] = []
    const watch: Rule = { name: "watch", forbids: (question) => seen.push(question) < 0 }
    const { tenantry, store } = world(workspace, { rules: [watch] })
    const metadata = { plan: { tier: "gold" } }
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme", metadata })
    await tenantry.organizations.update(ada, { organizationId, name: "Acme Ltd" })
    const organization = seen[0]?.organization
    expect(Object.keys(organization ?? {}).sort()).toEqual(["id", "metadata", "name", "slug"])
    expect(() => Object.assign(organization?.metadata["plan"] as object, { tier: "free" })).toThrow(TypeError)
    expect(() => Object.assign(organization ?? {}, { name: "Mine" })).toThrow(TypeError)
    expect((await store.load(organizationId, {}))?.organization).toMatchObject({ name: "Acme Ltd", metadata })
  })

  it("is asked once for a permission in one request, and not for what no role grants", async () => {
    const asked: string[] = []
    const count: Rule = { name: "count", forbids: ({ permission }) => asked.push(permission) < 0 }
    const { tenantry } = world(workspace, { rules: [count] })
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    await tenantry.invitations.send(ada, { organizationId, email: bob.email, role: "viewer" })
    expect(new Set(asked).size).toBe(asked.length)
    expect(asked).toContain("members.invite")
  })

  it("that answers with a promise forbids, and what the promise comes to ends no process", async () => {
    const unhandled: unknown[] = []
    const listen = (reason: unknown) => unhandled.push(reason)
    process.on("unhandledRejection", listen)
    const late = { name: "late", forbids: async () => Promise.reject(new Error("boom")) } as unknown as Rule
    const { tenantry } = world(workspace, { rules: [late] })
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    await expect(tenantry.organizations.get(ada, { organizationId })).rejects.toMatchObject(refusal("forbidden"))
    await new Promise((resolve) => setImmediate(resolve))
    process.off("unhandledRejection", listen)
    expect(unhandled).toEqual([])
  })

  it("that forbids the inviter voids what they sent", async () => {
    let strict = false
    const rule: Rule = {
      name: "freeze",
      forbids: ({ actor, permission }) =>
        strict && "id" in actor && actor.id === ada.id && permission === "members.invite",
    }
    const { tenantry, tokenFor } = world(workspace, { rules: [rule] })
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    await tenantry.invitations.send(ada, { organizationId, email: bob.email, role: "viewer" })
    const token = await tokenFor(bob.email)
    strict = true
    await expect(tenantry.invitations.accept(bob, { token })).rejects.toMatchObject(refusal("invitation_void"))
    strict = false
    expect(await tenantry.invitations.accept(bob, { token })).toMatchObject({ membership: { role: "viewer" } })
  })

  it("cannot be unsaid by changing its explanation, nor a role by changing what lists answer", async () => {
    const never: Rule = { name: "never", forbids: () => "not today" }
    const { tenantry } = world(workspace, { rules: [never] })
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const access = await tenantry.access(ada, { organizationId })
    expect(() => Object.assign(access.explain("members.read").decidedBy, { forbids: false })).toThrow(TypeError)
    expect(access.can("members.read")).toBe(false)
    const [system] = workspace.policy.systemRoles
    expect(() => Reflect.apply(Array.prototype.pop, system?.permissions, [])).toThrow(TypeError)
    expect(() => Object.assign(workspace.policy, { customRoles: true })).toThrow(TypeError)
  })
})
