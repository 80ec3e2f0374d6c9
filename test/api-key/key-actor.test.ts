/** A verified key as an actor: what its scopes let it do, and never more. */
import { describe, expect, it } from "vitest"
import { type Actor, system, type Tenantry, type VerifyRequest } from "../../src/index.ts"
import type { Preset } from "../../src/presets/preset.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { joined, person, refusal, world } from "../world.ts"
import { ada, bob, eve, team, workshop } from "./scene.ts"

type Minting = Parameters<Tenantry["apiKeys"]["create"]>[1]

/** The actor that a new key of that person's is. */
async function keyOf(
  { tenantry, organizationId }: Pick<Awaited<ReturnType<typeof workshop>>, "tenantry" | "organizationId">,
  who: Actor,
  more: Partial<Minting>,
  request: VerifyRequest = {},
) {
  const { apiKey, secret } = await tenantry.apiKeys.create(who, { organizationId, name: "k", ...more } as Minting)
  const verdict = await tenantry.apiKeys.verify(secret, { permission: apiKey.scopes[0] ?? "api.use", ...request })
  if (!verdict.ok) throw new Error(verdict.code)
  return { key: verdict.actor, apiKey, secret, at: { organizationId, apiKeyId: apiKey.id } }
}

describe("a key as an actor", () => {
  it("reads with the scope for it, and is refused what it has no scope for", async () => {
    const here = await workshop()
    const { tenantry, organizationId } = here
    const { key } = await keyOf(here, ada, { scopes: ["members.read"] })
    expect((await tenantry.memberships.list(key, { organizationId })).data).toMatchObject([{ userId: ada.id }])
    for (const [permission, call] of [
      ["organization.read", () => tenantry.organizations.get(key, { organizationId })],
      ["apiKeys.read", () => tenantry.apiKeys.list(key, { organizationId })],
      ["members.invite", () => tenantry.invitations.send(key, { organizationId, email: eve.email, role: "viewer" })],
      ["api.use", () => tenantry.usage.record(key, { organizationId })],
    ] as const) {
      await expect(call()).rejects.toMatchObject(refusal("forbidden", { permission }))
    }
    const access = await tenantry.access(key, { organizationId })
    expect(Object.entries(access.permissions()).filter(([, held]) => held)).toEqual([["members.read", true]])
  })

  it("is looked up anew for every call: what changes meanwhile counts at once", async () => {
    const here = await workshop()
    const { tenantry, organizationId, clock } = here
    const expiresAt = new Date(clock.now().getTime() + 60_000)
    const { key, at } = await keyOf(here, ada, { scopes: ["members.read"], expiresAt })
    const list = () => tenantry.memberships.list(key, { organizationId })
    await tenantry.apiKeys.update(ada, { ...at, scopes: ["api.use"] })
    await expect(list()).rejects.toMatchObject(refusal("forbidden"))
    await tenantry.apiKeys.update(ada, { ...at, scopes: ["members.read"] })
    expect((await list()).data).toHaveLength(1)
    await tenantry.apiKeys.disable(ada, at)
    await expect(list()).rejects.toMatchObject(refusal("unauthenticated"))
    await tenantry.apiKeys.enable(ada, at)
    clock.advance({ minutes: 1 })
    await expect(list()).rejects.toMatchObject(refusal("unauthenticated"))
  })

  it("never changes itself: its expiry and limits are for others to lift", async () => {
    const here = await workshop()
    const { tenantry, organizationId, clock } = here
    const expiresAt = new Date(clock.now().getTime() + 60_000)
    const scopes: Minting["scopes"] = ["apiKeys.create", "apiKeys.update", "apiKeys.delete", "api.use"]
    const { key, at } = await keyOf(here, ada, { scopes, expiresAt, monthlyUnits: 9 })
    const { apiKeys } = tenantry
    for (const call of [
      apiKeys.update(key, { ...at, expiresAt: null }),
      apiKeys.update(key, { ...at, monthlyUnits: null }),
      apiKeys.rotate(key, at),
      apiKeys.disable(key, at),
      apiKeys.delete(key, at),
    ]) {
      await expect(call).rejects.toMatchObject(refusal("forbidden"))
    }
    const other = await apiKeys.create(key, { organizationId, name: "other", scopes: ["api.use"] })
    expect((await apiKeys.disable(key, { ...at, apiKeyId: other.apiKey.id })).apiKey.state).toBe("disabled")
  })

  it("is shown in activity as itself, with where its request came from", async () => {
    const here = await workshop()
    const { tenantry, organizationId } = here
    const from = { ip: "192.0.2.1", userAgent: "curl/8", requestId: "r-1" }
    const { key } = await keyOf(here, ada, { scopes: ["members.invite", "members.read"] }, from)
    const role = { organizationId, role: "viewer", email: eve.email }
    await expect(tenantry.invitations.send(key, role)).rejects.toMatchObject(refusal("role_not_manageable"))
    const maker = await keyOf(here, ada, { scopes: ["apiKeys.create", "api.use"] }, from)
    await tenantry.apiKeys.create(maker.key, { organizationId, name: "made" })
    const { data } = await tenantry.activity.list(ada, { organizationId, limit: 1 })
    expect(data).toMatchObject([
      { action: "api_key.created", actor: { type: "apiKey", id: maker.key.id, ip: from.ip } },
    ])
  })
})

describe("a key that makes keys", () => {
  it("gives no scope that it lacks itself, and says who made them", async () => {
    const here = await workshop()
    const { tenantry, organizationId } = here
    const { key } = await keyOf(here, ada, { scopes: ["apiKeys.create", "members.read"] })
    const make = (scopes: string[]) => tenantry.apiKeys.create(key, { organizationId, name: "made", scopes })
    const { apiKey } = await make(["members.read"])
    expect(apiKey).toMatchObject({ scopes: ["members.read"], createdBy: { type: "apiKey", id: key.id } })
    const lacking = { permissions: ["api.use", "members.invite"] }
    await expect(make(["api.use", "members.read", "members.invite"])).rejects.toMatchObject(
      refusal("permission_escalation", lacking),
    )
    const unsaid = tenantry.apiKeys.create(key, { organizationId, name: "made" })
    await expect(unsaid).rejects.toMatchObject(refusal("permission_escalation", { permissions: ["api.use"] }))
    await expect(
      tenantry.apiKeys.create(key, { organizationId, name: "made", scopes: [], ipRules: [{ cidr: "0.0.0.0/0" }] }),
    ).rejects.toMatchObject(refusal("forbidden", { permission: "ipRules.manage" }))
  })

  it("needs the scope, and makes none for a person", async () => {
    const here = await team()
    const { tenantry, organizationId } = here
    const { key } = await keyOf(here, ada, { scopes: ["api.use", "apiKeys.read"] })
    const denied = refusal("forbidden", { permission: "apiKeys.create" })
    await expect(tenantry.apiKeys.create(key, { organizationId, name: "x", scopes: [] })).rejects.toMatchObject(denied)
    const own = await keyOf(here, ada, { scopes: ["api.use", "apiKeys.create"], holder: "member" })
    const forPerson = tenantry.apiKeys.create(own.key, { organizationId, name: "x", holder: "member" })
    await expect(forPerson).rejects.toMatchObject(refusal("forbidden"))
    await expect(tenantry.apiKeys.create(own.key, { name: "x" })).rejects.toMatchObject(refusal("forbidden"))
  })

  it("held by a member makes no more than that member may now", async () => {
    const here = await team()
    const { tenantry, organizationId, join } = here
    const { id: membershipId } = await join(bob, "maintainer")
    const { key } = await keyOf(here, bob, { scopes: ["apiKeys.create", "members.invite"], holder: "member" })
    const make = () =>
      tenantry.apiKeys.create(key, { organizationId, name: "x", scopes: ["members.invite"], holder: "organization" })
    expect((await make()).apiKey.holder).toEqual({ type: "organization" })
    await tenantry.memberships.changeRole(ada, { organizationId, membershipId, role: "member" })
    await expect(make()).rejects.toMatchObject(refusal("forbidden", { permission: "apiKeys.create" }))
  })

  it("raises another key no further than its own scopes", async () => {
    const here = await workshop()
    const { tenantry, organizationId } = here
    const { key } = await keyOf(here, ada, { scopes: ["api.use", "apiKeys.update"] })
    const other = await tenantry.apiKeys.create(ada, { organizationId, name: "other", scopes: ["api.use"] })
    const at = { organizationId, apiKeyId: other.apiKey.id }
    const upward = tenantry.apiKeys.update(key, { ...at, scopes: ["api.use", "apiKeys.delete"] })
    await expect(upward).rejects.toMatchObject(refusal("permission_escalation", { permissions: ["apiKeys.delete"] }))
    const level: Minting["scopes"] = ["api.use", "apiKeys.update"]
    expect((await tenantry.apiKeys.update(key, { ...at, scopes: level })).apiKey.scopes).toEqual(level)
  })
})

describe("a key that invites", () => {
  /** What a key of an organization needs, to manage a role that reads members and uses the API. */
  const SCOPES = ["members.invite", "members.read", "organization.read", "roles.read", "projects.read", "api.use"]

  async function invited() {
    const made = world(customRoles as Preset)
    const { tenantry, tokenFor } = made
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const inviting = await keyOf({ tenantry, organizationId } as never, ada, { scopes: SCOPES })
    await tenantry.invitations.send(inviting.key, { organizationId, email: bob.email, role: "member" })
    const token = await tokenFor(bob.email)
    return { ...made, ...inviting, organizationId, accept: () => joined(tenantry.invitations.accept(bob, { token })) }
  }

  it("invites into roles that its scopes hold and one more", async () => {
    const { tenantry, organizationId, key, accept } = await invited()
    for (const role of ["admin", "owner"]) {
      const sent = tenantry.invitations.send(key, { organizationId, email: eve.email, role })
      await expect(sent).rejects.toMatchObject(refusal("role_not_manageable", { role }))
    }
    expect(await accept()).toMatchObject({ role: "member" })
  })

  it.each(["disable", "delete"] as const)("invites to nothing once somebody did %s it", async (how) => {
    const { tenantry, at, accept } = await invited()
    await tenantry.apiKeys[how](ada, at)
    await expect(accept()).rejects.toMatchObject(refusal("invitation_void"))
  })

  it("invites to nothing once it was revoked or has expired, or lost the scopes for it", async () => {
    const leaked = await invited()
    await leaked.tenantry.apiKeys.revokeLeaked(leaked.secret)
    await expect(leaked.accept()).rejects.toMatchObject(refusal("invitation_void"))
    const late = await invited()
    const expiresAt = new Date(late.clock.now().getTime() + 60_000)
    await late.tenantry.apiKeys.update(ada, { ...late.at, expiresAt })
    late.clock.advance({ minutes: 1 })
    await expect(late.accept()).rejects.toMatchObject(refusal("invitation_void"))
    const less = await invited()
    await less.tenantry.apiKeys.update(ada, { ...less.at, scopes: SCOPES.filter((scope) => scope !== "roles.read") })
    await expect(less.accept()).rejects.toMatchObject(refusal("invitation_void"))
    await less.tenantry.apiKeys.update(ada, { ...less.at, scopes: SCOPES })
    expect(await less.accept()).toMatchObject({ role: "member" })
  })
})

describe("what no key does", () => {
  it("is to leave, accept, delete, or remove its own holder", async () => {
    const here = await team()
    const { tenantry, organizationId, join } = here
    const { id: membershipId } = await join(bob, "maintainer")
    const own = await keyOf(here, bob, { scopes: ["members.remove", "members.read"], holder: "member" })
    const all = await keyOf(here, system("host") as Actor, { scopes: ["organization.delete", "members.remove"] })
    for (const call of [
      () => tenantry.memberships.leave(own.key, { organizationId }),
      () => tenantry.memberships.remove(own.key, { organizationId, membershipId }),
      () => tenantry.organizations.delete(all.key, { organizationId }),
      () => tenantry.invitations.accept(own.key, { token: "x" }),
      () => tenantry.invitations.listMine(own.key, {}),
      () => tenantry.organizations.create(own.key, { name: "Beta" }),
      () => tenantry.apiKeys.rotate(own.key, own.at),
    ]) {
      await expect(call()).rejects.toMatchObject(refusal("forbidden"))
    }
    expect(await tenantry.memberships.find(ada, { organizationId, userId: bob.id })).toMatchObject({ id: membershipId })
  })

  it("is to touch who holds the owner role, whatever its scopes", async () => {
    const made = world(customRoles as Preset)
    const { tenantry } = made
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const host = system("host")
    const other = person("cyd")
    const user = { id: other.id, email: other.email }
    const { id: membershipId } = await tenantry.memberships.add(host, { organizationId, user, role: "owner" })
    const everything = Object.keys((await tenantry.access(ada, { organizationId })).permissions())
    const { key } = await keyOf({ tenantry, organizationId } as never, ada, { scopes: everything })
    const remove = () => tenantry.memberships.remove(key, { organizationId, membershipId })
    await expect(remove()).rejects.toMatchObject(refusal("role_not_manageable", { role: "owner" }))
    const demote = tenantry.memberships.changeRole(key, { organizationId, membershipId, role: "member" })
    await expect(demote).rejects.toMatchObject(refusal("role_not_manageable", { role: "owner" }))
    await tenantry.memberships.changeRole(ada, { organizationId, membershipId, role: "admin" })
    expect((await remove()).membership.id).toBe(membershipId)
  })
})
