import { describe, expect, it } from "vitest"
import { SECRET_PATTERN, user } from "../../src/index.ts"
import { person, refusal } from "../world.ts"
import { ada, bob, eve, team, workshop } from "./scene.ts"

describe("making a key", () => {
  it("shows the secret once, and keeps a hint of it", async () => {
    const { tenantry, organizationId } = await workshop()
    const { apiKey, secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "production" })
    const text = secret.reveal()
    expect(text).toMatch(SECRET_PATTERN)
    expect(apiKey).toMatchObject({
      name: "production",
      organizationId,
      holder: { type: "organization" },
      scopes: ["api.use"],
      environment: "live",
      hint: `${text.slice(0, 12)}...${text.slice(-4)}`,
      state: "active",
      lastUsedAt: null,
      createdBy: { type: "user", id: "u_ada" },
    })
    expect(JSON.stringify(await tenantry.apiKeys.list(ada, { organizationId }))).not.toContain(text.slice(8, -6))
    expect(await tenantry.apiKeys.get(ada, { organizationId, apiKeyId: apiKey.id })).toEqual(apiKey)
  })

  it("gives no scopes for an empty list, and refuses scopes that the creator lacks or nobody knows", async () => {
    const { tenantry, organizationId, join } = await workshop()
    await join(bob, "editor")
    const none = await tenantry.apiKeys.create(bob, { organizationId, name: "none", scopes: [] })
    expect(none.apiKey.scopes).toEqual([])
    const greedy = tenantry.apiKeys.create(bob, { organizationId, name: "x", scopes: ["api.use", "members.invite"] })
    await expect(greedy).rejects.toMatchObject(refusal("permission_escalation", { permissions: ["members.invite"] }))
    const unknown = tenantry.apiKeys.create(ada, { organizationId, name: "x", scopes: ["constructor"] as never })
    await expect(unknown).rejects.toMatchObject(
      refusal("invalid_input", { issues: [{ path: ["scopes", 0], message: "unknown permission" }] }),
    )
  })

  it("needs to hold rule permissions for rules, an instant to come, and somebody in their own name", async () => {
    const { tenantry, organizationId, join, clock } = await workshop()
    await join(bob, "editor")
    const base = { organizationId, name: "x" }
    await expect(tenantry.apiKeys.create(bob, { ...base, ipRules: [{ cidr: "10.0.0.0/8" }] })).rejects.toMatchObject(
      refusal("forbidden", { permission: "ipRules.manage" }),
    )
    await expect(tenantry.apiKeys.create(bob, { ...base, endpointRules: ["GET /a"] })).rejects.toMatchObject(
      refusal("forbidden", { permission: "endpointRules.manage" }),
    )
    await expect(tenantry.apiKeys.create(ada, { ...base, expiresAt: clock.now() })).rejects.toMatchObject({
      code: "invalid_input",
    })
    const inAdasName = user({ ...pick(ada), impersonatedBy: "u_support" })
    await expect(tenantry.apiKeys.create(inAdasName, base)).rejects.toMatchObject(refusal("forbidden"))
    await expect(tenantry.apiKeys.create(ada, { ...base, holder: "member" })).rejects.toMatchObject(
      refusal("feature_off", { feature: "memberKeys" }),
    )
  })

  it("ends at the limit of keys, which a deleted one no longer counts in", async () => {
    const { tenantry, organizationId } = await workshop({ limits: { apiKeys: 2 } })
    const make = (name: string) => tenantry.apiKeys.create(ada, { organizationId, name })
    const { apiKey } = await make("one")
    await make("two")
    await expect(make("three")).rejects.toMatchObject(refusal("limit_reached", { limit: "apiKeys", max: 2 }))
    await tenantry.apiKeys.delete(ada, { organizationId, apiKeyId: apiKey.id })
    expect((await make("three")).apiKey.state).toBe("active")
  })
})

describe("changing a key", () => {
  it("renames and disables with `apiKeys.update` alone; enabling, rotating and more take every scope it has", async () => {
    const { tenantry, organizationId, join } = await workshop()
    await join(bob, "editor")
    const scopes = ["members.invite"] as const
    const { apiKey } = await tenantry.apiKeys.create(ada, { organizationId, name: "invites", scopes: [...scopes] })
    const at = { organizationId, apiKeyId: apiKey.id }
    expect((await tenantry.apiKeys.update(bob, { ...at, name: "renamed" })).apiKey.name).toBe("renamed")
    expect((await tenantry.apiKeys.disable(bob, at)).apiKey.state).toBe("disabled")
    const lacking = refusal("permission_escalation", { permissions: ["members.invite"] })
    await expect(tenantry.apiKeys.enable(bob, at)).rejects.toMatchObject(lacking)
    await expect(tenantry.apiKeys.rotate(bob, at)).rejects.toMatchObject(lacking)
    await expect(tenantry.apiKeys.update(bob, { ...at, monthlyUnits: 5 })).rejects.toMatchObject(lacking)
    await expect(tenantry.apiKeys.update(bob, { ...at, scopes: [] })).rejects.toMatchObject(lacking)
    await expect(tenantry.apiKeys.delete(bob, at)).rejects.toMatchObject(refusal("forbidden"))
    expect((await tenantry.apiKeys.enable(ada, at)).apiKey.state).toBe("active")
  })

  it("does not revive a disabled key by rotating it", async () => {
    const { tenantry, organizationId } = await workshop()
    const { apiKey } = await tenantry.apiKeys.create(ada, { organizationId, name: "k" })
    const at = { organizationId, apiKeyId: apiKey.id }
    await tenantry.apiKeys.disable(ada, at)
    const rotated = await tenantry.apiKeys.rotate(ada, at)
    expect(rotated.apiKey.state).toBe("disabled")
    expect(await tenantry.apiKeys.verify(rotated.secret)).toMatchObject({ ok: false, code: "disabled" })
  })

  it("is refused from an address that its rules would shut out, unless told to", async () => {
    const { tenantry, organizationId } = await workshop()
    const here = person("ada", { ip: "203.0.113.9" })
    const { apiKey } = await tenantry.apiKeys.create(ada, { organizationId, name: "k" })
    const change = { organizationId, apiKeyId: apiKey.id, ipRules: [{ cidr: "10.0.0.0/8" }] }
    await expect(tenantry.apiKeys.update(here, change)).rejects.toMatchObject({
      code: "invalid_input",
      details: { issues: [{ path: ["ipRules"] }] },
    })
    expect((await tenantry.apiKeys.update(here, { ...change, allowLockout: true })).apiKey.ipRules).toHaveLength(1)
  })

  it("leaves a deleted key unknown, for good", async () => {
    const { tenantry, organizationId } = await workshop()
    const { apiKey, secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k" })
    const at = { organizationId, apiKeyId: apiKey.id }
    await tenantry.apiKeys.delete(ada, at)
    await expect(tenantry.apiKeys.get(ada, at)).rejects.toMatchObject(refusal("not_found"))
    await expect(tenantry.apiKeys.enable(ada, at)).rejects.toMatchObject(refusal("not_found"))
    expect((await tenantry.apiKeys.list(ada, { organizationId })).data).toEqual([])
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "not_found" })
  })
})

describe("a member's own key", () => {
  it("is made, seen and managed by its holder with `api.use` alone, and by nobody else without `apiKeys.*`", async () => {
    const { tenantry, organizationId, join } = await team()
    await join(bob, "member")
    await join(eve, "member")
    const { apiKey, secret } = await tenantry.apiKeys.create(bob, { organizationId, name: "bob's", holder: "member" })
    const at = { organizationId, apiKeyId: apiKey.id }
    expect((await tenantry.apiKeys.list(bob, { organizationId, userId: bob.id })).data).toEqual([apiKey])
    await expect(tenantry.apiKeys.list(bob, { organizationId })).rejects.toMatchObject(refusal("forbidden"))
    await expect(tenantry.apiKeys.get(eve, at)).rejects.toMatchObject(refusal("forbidden"))
    await expect(tenantry.apiKeys.disable(eve, at)).rejects.toMatchObject(refusal("forbidden"))
    expect(await tenantry.apiKeys.get(bob, at)).toEqual(apiKey)
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true, key: { holder: { userId: "u_bob" } } })
    const rotated = await tenantry.apiKeys.rotate(bob, at)
    await expect(tenantry.apiKeys.rotate(ada, at)).rejects.toMatchObject(refusal("forbidden"))
    expect((await tenantry.apiKeys.disable(ada, at)).apiKey.state).toBe("disabled")
    expect(await tenantry.apiKeys.verify(rotated.secret)).toMatchObject({ code: "disabled" })
  })

  it("stops when its holder leaves, and stays so when they come back", async () => {
    const { tenantry, organizationId, join } = await team()
    const membership = await join(bob, "member")
    const { secret } = await tenantry.apiKeys.create(bob, { organizationId, name: "bob's", holder: "member" })
    await tenantry.memberships.remove(ada, { organizationId, membershipId: membership.id })
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "holder_inactive", status: 401 })
    await join(bob, "member")
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "holder_inactive" })
  })

  it("does no more than its holder may do now", async () => {
    const { tenantry, organizationId, join } = await team()
    const membership = await join(bob, "maintainer")
    const scopes = ["members.read", "members.invite", "api.use"] as const
    const made = await tenantry.apiKeys.create(bob, {
      organizationId,
      name: "k",
      holder: "member",
      scopes: [...scopes],
    })
    const can = async (permission: string) => (await tenantry.apiKeys.verify(made.secret, { permission })).ok
    expect([await can("members.invite"), await can("members.remove")]).toEqual([true, false])
    await tenantry.memberships.changeRole(ada, { organizationId, membershipId: membership.id, role: "member" })
    expect([await can("members.invite"), await can("members.read"), await can("api.use")]).toEqual([false, true, true])
  })
})

describe("somebody who leaves", () => {
  it("leaves the keys they made, rotated or had made by a key of theirs, all of which are named or revoked", async () => {
    for (const revokeOnRemoval of [false, true]) {
      const { tenantry, organizationId, join } = await team({ apiKeys: { revokeOnRemoval } })
      const membership = await join(bob, "maintainer")
      const own = await tenantry.apiKeys.create(bob, {
        ...{ organizationId, name: "own", holder: "member" },
        scopes: ["api.use", "apiKeys.create"],
      })
      const verdict = await tenantry.apiKeys.verify(own.secret)
      if (!verdict.ok) throw new Error(verdict.code)
      const minted = await tenantry.apiKeys.create(verdict.actor, { organizationId, name: "minted" })
      const adas = await tenantry.apiKeys.create(ada, { organizationId, name: "ada's" })
      const rotated = await tenantry.apiKeys.rotate(bob, { organizationId, apiKeyId: adas.apiKey.id })
      await tenantry.apiKeys.create(ada, { organizationId, name: "unknown to bob" })
      const { apiKeys } = await tenantry.memberships.remove(ada, { organizationId, membershipId: membership.id })
      expect(apiKeys.map(({ name }) => name)).toEqual(["own", "minted", "ada's"])
      const left = [
        (await tenantry.apiKeys.verify(minted.secret)).ok,
        (await tenantry.apiKeys.verify(rotated.secret)).ok,
      ]
      expect(left).toEqual([!revokeOnRemoval, !revokeOnRemoval])
    }
  })

  it("knows a shared key no more once somebody else has rotated it and the old secret is dead", async () => {
    const { tenantry, organizationId, join } = await team()
    const membership = await join(bob, "maintainer")
    const { apiKey } = await tenantry.apiKeys.create(ada, { organizationId, name: "shared" })
    const at = { organizationId, apiKeyId: apiKey.id }
    await tenantry.apiKeys.rotate(bob, at)
    await tenantry.apiKeys.rotate(ada, at)
    const { apiKeys } = await tenantry.memberships.remove(ada, { organizationId, membershipId: membership.id })
    expect(apiKeys).toEqual([])
  })
})

describe("keys while the host's source of subscriptions fails", () => {
  it("can be seen, switched off and deleted; nothing is verified and none is made", async () => {
    let isDown = false
    const current = async () => {
      if (isDown) throw new Error("down")
      return { plan: "pro", status: "active" as const }
    }
    const { tenantry, organizationId } = await workshop({ subscriptions: { current } })
    const { apiKey, secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k" })
    isDown = true
    const at = { organizationId, apiKeyId: apiKey.id }
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "unavailable" })
    await expect(tenantry.apiKeys.create(ada, { organizationId, name: "x" })).rejects.toMatchObject(
      refusal("unavailable"),
    )
    expect((await tenantry.apiKeys.list(ada, { organizationId })).data).toHaveLength(1)
    expect((await tenantry.apiKeys.disable(ada, at)).apiKey.state).toBe("disabled")
    await tenantry.apiKeys.delete(ada, at)
  })
})

describe("a personal key", () => {
  it("can be made only where the host lets people hold keys", async () => {
    const { tenantry } = await workshop({ apiKeys: { holders: ["organization"] } })
    await expect(tenantry.apiKeys.create(ada, { name: "laptop" })).rejects.toMatchObject(
      refusal("feature_off", { feature: "personKeys" }),
    )
  })

  it("is its person's alone, outside any organization", async () => {
    const { tenantry } = await workshop()
    const { apiKey, secret } = await tenantry.apiKeys.create(ada, { name: "laptop" })
    expect(apiKey).toMatchObject({ organizationId: null, holder: { type: "person", userId: "u_ada" }, state: "active" })
    expect((await tenantry.apiKeys.list(ada, {})).data).toEqual([apiKey])
    expect((await tenantry.apiKeys.list(bob, {})).data).toEqual([])
    await expect(tenantry.apiKeys.get(bob, { apiKeyId: apiKey.id })).rejects.toMatchObject(refusal("not_found"))
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true, organization: null })
    const rotated = await tenantry.apiKeys.rotate(ada, { apiKeyId: apiKey.id, graceSeconds: 60 })
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true, secret: "previous" })
    expect(await tenantry.apiKeys.verify(rotated.secret)).toMatchObject({ ok: true, secret: "current" })
    await tenantry.apiKeys.delete(ada, { apiKeyId: apiKey.id })
    expect(await tenantry.apiKeys.verify(rotated.secret)).toMatchObject({ code: "not_found" })
  })

  it("has no scope but `api.use`", async () => {
    const { tenantry } = await workshop()
    const greedy = tenantry.apiKeys.create(ada, { name: "x", scopes: ["members.read"] })
    await expect(greedy).rejects.toMatchObject(refusal("permission_escalation"))
  })
})

describe("a leaked secret", () => {
  it("revokes its key, whoever reports it, with the same answer for every text", async () => {
    const { tenantry, organizationId } = await workshop()
    const { apiKey, secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k" })
    const own = await tenantry.apiKeys.create(ada, { name: "laptop" })
    const reports = [secret, secret, own.secret, "tk_live_x", `${secret.reveal()}x`, ""]
    expect(await Promise.all(reports.map((each) => tenantry.apiKeys.revokeLeaked(each)))).toEqual(
      reports.map(() => undefined),
    )
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "revoked" })
    expect(await tenantry.apiKeys.verify(own.secret)).toMatchObject({ ok: false, code: "revoked" })
    const at = { organizationId, apiKeyId: apiKey.id }
    expect((await tenantry.apiKeys.get(ada, at)).state).toBe("revoked")
    await expect(tenantry.apiKeys.enable(ada, at)).rejects.toMatchObject(refusal("not_found"))
    const { data } = await tenantry.activity.list(ada, { organizationId, actions: ["api_key.revoked"] })
    expect(data).toMatchObject([{ actor: { type: "system", id: "leak-report" }, target: { id: apiKey.id } }])
  })
})

const pick = ({ id, email, emailVerified }: typeof ada) => ({ id, email, emailVerified })
