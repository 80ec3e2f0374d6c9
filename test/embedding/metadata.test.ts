/**
 * Metadata: the host's own schemas decide what is kept with organizations, members and keys.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import * as z from "zod"
import { type Configuration, type MetadataSchemas, system } from "../../src/index.ts"
import { customRoles } from "../../src/presets/custom-roles.ts"
import { person, refusal, world } from "../world.ts"

const ada = person("ada")
const bob = person("bob")
const host = system("test")

const schemas = {
  organization: z.strictObject({ plan: z.enum(["free", "pro"]), seats: z.int().default(1) }),
  member: z.strictObject({ team: z.string().trim().toLowerCase().default("none") }),
  apiKey: z.looseObject({ service: z.string().optional() }),
} satisfies MetadataSchemas

/** A world with those schemas, or with others. */
const kept = (metadata: MetadataSchemas = schemas, options: Partial<Configuration> = {}) =>
  world(customRoles, { ...options, metadata } as never).tenantry

/** An organization with Bob as a member. */
async function team(metadata?: MetadataSchemas, options?: Partial<Configuration>) {
  const tenantry = kept(metadata, options)
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme", metadata: { plan: "free" } })
  const added = await tenantry.memberships.add(host, {
    organizationId,
    user: { id: bob.id, email: bob.email },
    role: "member",
    metadata: { team: " Rockets " },
  })
  return { tenantry, organizationId, added }
}

const issue = (...path: readonly string[]) => refusal("invalid_input", { issues: [expect.objectContaining({ path })] })

describe("metadata with schemas", () => {
  it("is what the schema makes of it, wherever it is written and read", async () => {
    const { tenantry, organizationId, added } = await team()
    expect((await tenantry.organizations.get(ada, { organizationId })).metadata).toEqual({ plan: "free", seats: 1 })
    const metadata = { plan: "pro", seats: 3 }
    expect((await tenantry.organizations.update(ada, { organizationId, metadata })).metadata).toEqual(metadata)
    const membershipId = added.id
    expect(added.metadata).toEqual({ team: "rockets" })
    expect((await tenantry.memberships.get(ada, { organizationId, membershipId })).metadata).toEqual(added.metadata)
    const moved = await tenantry.memberships.update(ada, { organizationId, membershipId, metadata: { team: "Cars" } })
    expect(moved.metadata).toEqual({ team: "cars" })
    const { apiKey, secret } = await tenantry.apiKeys.create(ada, {
      organizationId,
      name: "production",
      metadata: { service: "cars", zone: 3 },
    })
    expect(apiKey.metadata).toEqual({ service: "cars", zone: 3 })
    const { id: apiKeyId } = apiKey
    await tenantry.apiKeys.update(ada, { organizationId, apiKeyId, metadata: { service: "bikes" } })
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({
      key: { metadata: { service: "bikes" } },
      organization: { metadata },
    })
  })

  it("that the schema refuses is an issue at its place, and nothing is written", async () => {
    const { tenantry, organizationId, added } = await team()
    const membershipId = added.id
    const wrong: readonly (readonly [Promise<unknown>, readonly string[]])[] = [
      [tenantry.organizations.create(ada, { name: "Zeta" }), ["metadata", "plan"]],
      [tenantry.organizations.update(ada, { organizationId, metadata: { plan: "gold" } }), ["metadata", "plan"]],
      [
        tenantry.organizations.update(ada, { organizationId, metadata: { plan: "pro", colour: "red" } }),
        ["metadata", "colour"],
      ],
      [tenantry.memberships.update(ada, { organizationId, membershipId, metadata: { team: 3 } }), ["metadata", "team"]],
      [tenantry.apiKeys.create(ada, { organizationId, name: "ci", metadata: { service: 3 } }), ["metadata", "service"]],
    ]
    for (const [call, path] of wrong) await expect(call).rejects.toMatchObject(issue(...path))
    expect((await tenantry.organizations.get(ada, { organizationId })).revision).toBe(3)
  })

  it("begins as the schema makes nothing, for an owner, for whoever joins and for a key", async () => {
    const { tenantry, organizationId } = await team()
    const mine = await tenantry.memberships.find(ada, { organizationId, userId: ada.id })
    expect(mine?.metadata).toEqual({ team: "none" })
    const { id: invitationId } = await tenantry.invitations.send(ada, {
      organizationId,
      email: "cleo@acme.example",
      role: "member",
    })
    const joined = await tenantry.invitations.accept(person("cleo"), { organizationId, invitationId })
    expect(joined.membership?.metadata).toEqual({ team: "none" })
    const { apiKey } = await tenantry.apiKeys.create(ada, { organizationId, name: "ci" })
    expect(apiKey.metadata).toEqual({})
  })

  it("is bounded and plain before the schema sees it and after", async () => {
    let seen = 0
    const metadata = {
      organization: z
        .object({ plan: z.string(), at: z.string().optional(), fill: z.string().optional() })
        .transform((value) => {
          seen++
          if (value.at === "date") return { ...value, at: new Date(0) }
          if (value.fill !== undefined) return { ...value, fill: "x".repeat(300) }
          return value
        }),
    }
    const { tenantry, organizationId } = await team(metadata, { limits: { metadataBytes: 200, metadataDepth: 2 } })
    const update = (given: object) =>
      tenantry.organizations.update(ada, { organizationId, metadata: { plan: "free", ...given } as never })
    const before = seen
    for (const given of [{ fill: "x".repeat(200) }, { deep: { deeper: {} } }, { at: new Date(0) }]) {
      await expect(update(given)).rejects.toMatchObject(issue("metadata"))
    }
    expect(seen).toBe(before)
    for (const given of [{ at: "date" }, { fill: "" }]) {
      await expect(update(given)).rejects.toMatchObject(issue("metadata"))
    }
    const forged = JSON.parse('{ "plan": "free", "__proto__": { "admin": true } }')
    await expect(tenantry.organizations.update(ada, { organizationId, metadata: forged })).rejects.toMatchObject(
      issue("metadata"),
    )
  })

  it("that a schema throws over, or would check later, is refused, and what it threw is not told", async () => {
    const { tenantry, organizationId } = await team({
      apiKey: z.looseObject({}).superRefine(({ mode }) => {
        if (mode === "throws") throw new Error("postgres://user:secret@db")
        return mode === "later" ? Promise.resolve() : undefined
      }),
    })
    for (const mode of ["throws", "later"]) {
      const call = tenantry.apiKeys.create(ada, { organizationId, name: "ci", metadata: { mode } })
      await expect(call).rejects.toMatchObject({
        details: { issues: [{ path: ["metadata"], message: "could not be checked" }] },
      })
    }
  })
})

describe("a member's metadata", () => {
  it("is changed by whoever manages the member, and is in no activity entry", async () => {
    const { tenantry, organizationId, added } = await team()
    const input = { organizationId, membershipId: added.id, metadata: { team: "cars" } }
    await expect(tenantry.memberships.update(bob, input)).rejects.toMatchObject(refusal("forbidden"))
    await tenantry.memberships.update(ada, input)
    const [entry] = (await tenantry.activity.list(ada, { organizationId })).data
    expect(entry).toMatchObject({ action: "member.updated", before: {}, after: {}, target: { userId: bob.id } })
    const text = JSON.stringify((await tenantry.activity.list(ada, { organizationId })).data)
    expect(text).not.toMatch(/rockets|cars/)
  })

  it("that says the same in another order is no change", async () => {
    const { tenantry, organizationId, added } = await team({})
    const input = { organizationId, membershipId: added.id }
    const first = await tenantry.memberships.update(ada, { ...input, metadata: { a: 1, b: { c: 2, d: 3 } } })
    const second = await tenantry.memberships.update(ada, { ...input, metadata: { b: { d: 3, c: 2 }, a: 1 } })
    expect(second).toEqual(first)
  })
})

describe("a key's metadata", () => {
  it("takes `apiKeys.update` alone, as its name does, and shows in activity", async () => {
    const { tenantry, organizationId } = await team()
    await tenantry.roles.create(ada, { organizationId, name: "keeper", permissions: ["apiKeys.update"] })
    const cleo = person("cleo")
    await tenantry.memberships.add(host, {
      organizationId,
      user: { id: cleo.id, email: cleo.email },
      role: "keeper" as never,
    })
    const { apiKey } = await tenantry.apiKeys.create(ada, { organizationId, name: "ci" })
    const input = { organizationId, apiKeyId: apiKey.id }
    const changed = await tenantry.apiKeys.update(cleo, { ...input, metadata: { service: "cars" } })
    expect(changed.apiKey.metadata).toEqual({ service: "cars" })
    const [entry] = (await tenantry.activity.list(ada, { organizationId })).data
    expect(entry).toMatchObject({ before: { metadata: {} }, after: { metadata: { service: "cars" } } })
  })

  it("that says the same in another order is no change", async () => {
    const { tenantry, organizationId } = await team()
    const { apiKey } = await tenantry.apiKeys.create(ada, { organizationId, name: "ci", metadata: { a: 1, b: 2 } })
    const same = { organizationId, apiKeyId: apiKey.id, metadata: { b: 2, a: 1 } }
    expect((await tenantry.apiKeys.update(ada, same)).apiKey).toEqual(apiKey)
  })
})

describe("schemas", () => {
  it.each<[string, unknown]>([
    ["metadata.member", { member: z.object({ team: z.string() }) }],
    ["metadata.member", { member: z.object({}).transform(() => new Date(0)) }],
    ["metadata.apiKey", { apiKey: "text" }],
    ["metadata.organization", { organization: z.object({ plan: z.string() }).refine(async () => true) }],
    ["metadata.organization", { organization: z.object({ plan: z.string().transform(async (plan) => plan) }) }],
    ["metadata.project", { project: z.object({}) }],
  ])("that cannot be used are refused at `%s` when the configuration is read", (path, metadata) => {
    expect(() => kept(metadata as MetadataSchemas)).toThrow(`\`${path}`)
  })
})
