/** A key's new secret: two live at most, one key all the same. */
import { describe, expect, it } from "vitest"
import { account, definePolicy, system } from "../../src/index.ts"
import type { Preset } from "../../src/presets/preset.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { refusal, world } from "../world.ts"
import { ada, bob, team, workshop } from "./scene.ts"

const DAY = 86_400

/** A workspace with a key, and what each of some secrets is good for. */
async function keyed(more: Readonly<{ lifeSeconds?: number; monthlyUnits?: number }> = {}) {
  const made = await workshop()
  const { tenantry, organizationId, clock } = made
  const { lifeSeconds, ...properties } = more
  const expiresAt = lifeSeconds === undefined ? null : new Date(clock.now().getTime() + lifeSeconds * 1000)
  const { apiKey, secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k", expiresAt, ...properties })
  const at = { organizationId, apiKeyId: apiKey.id }
  const rotate = async (graceSeconds?: number) =>
    tenantry.apiKeys.rotate(ada, { ...at, ...(graceSeconds !== undefined && { graceSeconds }) })
  const good = async (...secrets: readonly (typeof secret)[]) => {
    const verdicts = await Promise.all(secrets.map((each) => tenantry.apiKeys.verify(each)))
    return verdicts.map((verdict) => (verdict.ok ? verdict.secret : verdict.code))
  }
  return { ...made, secret, at, rotate, good }
}

describe("rotating", () => {
  it("kills the old secret at once unless told otherwise", async () => {
    const { secret, rotate, good } = await keyed()
    const next = await rotate()
    expect(next.secret.reveal()).not.toBe(secret.reveal())
    expect(next.apiKey).toMatchObject({ previousUntil: null, state: "active" })
    expect(await good(secret, next.secret)).toEqual(["not_found", "current"])
  })

  it("lets the old one live on for its grace, to the second, and says which was used", async () => {
    const { secret, rotate, good, clock, at, tenantry } = await keyed()
    const { secret: next, apiKey } = await rotate(DAY)
    expect(apiKey.previousUntil).toEqual(new Date("2026-01-02T00:00:00Z"))
    clock.advance({ hours: 23, minutes: 59, seconds: 59, milliseconds: 999 })
    expect(await good(secret, next)).toEqual(["previous", "current"])
    clock.advance(1)
    expect(await good(secret, next)).toEqual(["not_found", "current"])
    expect((await tenantry.apiKeys.get(ada, at)).previousUntil).toBeNull()
  })

  it("leaves two live at most: the one before the last is dead, however long its grace was", async () => {
    const { secret, rotate, good } = await keyed()
    const second = (await rotate(30 * DAY)).secret
    const third = (await rotate(DAY)).secret
    expect(await good(secret, second, third)).toEqual(["not_found", "previous", "current"])
    const fourth = (await rotate()).secret
    expect(await good(secret, second, third, fourth)).toEqual(["not_found", "not_found", "not_found", "current"])
  })

  it("ends the grace with the key, also where the key is told to end sooner afterwards", async () => {
    const { secret, rotate, good, clock, at, tenantry } = await keyed({ lifeSeconds: DAY })
    const { secret: next, apiKey } = await rotate(30 * DAY)
    expect(apiKey.previousUntil).toEqual(apiKey.expiresAt)
    const sooner = new Date(clock.now().getTime() + 3_600_000)
    const changed = await tenantry.apiKeys.update(ada, { ...at, expiresAt: sooner })
    expect(changed.apiKey.previousUntil).toEqual(sooner)
    clock.advance({ hours: 1 })
    expect(await good(secret, next)).toEqual(["expired", "expired"])
    expect(await tenantry.apiKeys.get(ada, at)).toMatchObject({ state: "expired", previousUntil: null })
  })

  it("revives no key that is expired, disabled or revoked", async () => {
    const { secret, rotate, good, clock, at, tenantry } = await keyed({ lifeSeconds: DAY })
    await tenantry.apiKeys.disable(ada, at)
    const second = (await rotate(DAY)).secret
    expect(await good(secret, second)).toEqual(["disabled", "disabled"])
    await tenantry.apiKeys.enable(ada, at)
    clock.advance({ days: 1 })
    const third = (await rotate(DAY)).secret
    expect(await good(second, third)).toEqual(["not_found", "expired"])
    await tenantry.apiKeys.revokeLeaked(third)
    await expect(rotate()).rejects.toMatchObject(refusal("not_found"))
  })

  it("doubles neither the key's month nor its counters nor the account's quota", async () => {
    const { secret, rotate, tenantry, at } = await keyed({ monthlyUnits: 4 })
    await tenantry.subscriptions.put(account.user(ada.id), { plan: "pro", status: "active", quota: 5 })
    const next = (await rotate(DAY)).secret
    const verdicts = []
    for (const each of [secret, next, secret, next, secret]) verdicts.push(await tenantry.apiKeys.verify(each))
    expect(verdicts.map((verdict) => verdict.ok)).toEqual([true, true, true, true, false])
    expect(verdicts.at(-1)).toMatchObject({ code: "quota_exceeded", quota: { of: "key", used: 4 } })
    const last = (await rotate()).secret
    await tenantry.apiKeys.update(ada, { ...at, monthlyUnits: 9 })
    expect(await tenantry.apiKeys.verify(last, { units: 2 })).toMatchObject({ quota: { of: "account", used: 4 } })
    expect((await tenantry.usage.ofKey(ada, at)).lifetime).toBe(4)
  })

  it("makes of one request one request, whichever secret it came with", async () => {
    const { secret, rotate, tenantry } = await keyed()
    const next = (await rotate(DAY)).secret
    expect(await tenantry.apiKeys.verify(secret, { requestId: "r" })).toMatchObject({ ok: true, replayed: false })
    expect(await tenantry.apiKeys.verify(next, { requestId: "r" })).toMatchObject({ ok: true, replayed: true })
  })

  it("leaves the old secret as good a proof that the key leaked, as long as it lives", async () => {
    const { secret, rotate, good, tenantry, clock } = await keyed()
    const second = (await rotate(DAY)).secret
    clock.advance({ days: 1 })
    await tenantry.apiKeys.revokeLeaked(secret)
    expect(await good(second)).toEqual(["current"])
    const third = (await rotate(DAY)).secret
    await tenantry.apiKeys.revokeLeaked(second)
    expect(await good(third)).toEqual(["revoked"])
  })

  it("takes a grace between none and thirty days", async () => {
    const { rotate } = await keyed()
    for (const wrong of [-1, 0.5, 30 * DAY + 1, Number.NaN, Number.POSITIVE_INFINITY, "60", null]) {
      await expect(rotate(wrong as number)).rejects.toMatchObject(
        refusal("invalid_input", { issues: [expect.objectContaining({ path: ["graceSeconds"] })] }),
      )
    }
    expect((await rotate(30 * DAY)).apiKey.previousUntil).toEqual(new Date("2026-01-31T00:00:00Z"))
  })

  it("keeps everything but the secret, and its hint with it", async () => {
    const { rotate, tenantry, at, secret } = await keyed({ monthlyUnits: 4, lifeSeconds: DAY })
    const before = await tenantry.apiKeys.get(ada, at)
    const { apiKey, secret: next } = await rotate()
    const text = next.reveal()
    const hint = `${text.slice(0, 12)}...${text.slice(-4)}`
    expect(apiKey).toEqual({ ...before, hint, revision: before.revision + 1 })
    expect(hint).not.toBe(before.hint)
    const { data } = await tenantry.activity.list(ada, { organizationId: at.organizationId })
    expect(data[0]).toMatchObject({ action: "api_key.rotated", before: { hint: before.hint }, after: { hint } })
    for (const each of [secret, next]) expect(JSON.stringify(data)).not.toContain(each.reveal().slice(12, -4))
  })

  it("of a member's key gives its secret to that member and to the host's code, to nobody else", async () => {
    const { tenantry, organizationId, join } = await team()
    await join(bob, "member")
    const { apiKey } = await tenantry.apiKeys.create(bob, { organizationId, name: "own", holder: "member" })
    const at = { organizationId, apiKeyId: apiKey.id }
    await expect(tenantry.apiKeys.rotate(ada, at)).rejects.toMatchObject(refusal("forbidden"))
    for (const who of [bob, system("support")]) {
      const { secret } = await tenantry.apiKeys.rotate(who, at)
      expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true })
    }
  })
})

describe("a policy that drops a permission", () => {
  const ownership = { role: "owner", holders: "multiple", transfer: "off" } as const
  const roles = { owner: { grants: ["*"] }, clerk: { grants: ["apiKeys.*", "api.use"] } } as const
  const permissions = { "invoices.send": "organization" } as const
  const preset = (policy: unknown) => ({ policy, organizations: { deleteWithMembers: true } }) as Preset
  const full = preset(definePolicy({ permissions, roles, ownership }))
  const less = preset(definePolicy({ roles, ownership }))

  /** A key that may send invoices, under the policy that knows of them and under the one that does not. */
  async function deployed() {
    const store = memoryStore()
    const [before, after] = [world(full, { store }), world(less, { store })]
    const { id: organizationId } = await before.tenantry.organizations.create(ada, { name: "Acme" })
    const user = { id: bob.id, email: bob.email }
    await before.tenantry.memberships.add(system("host"), { organizationId, user, role: "clerk" })
    const scopes = ["api.use", "invoices.send"]
    const { apiKey, secret } = await before.tenantry.apiKeys.create(ada, { organizationId, name: "k", scopes })
    return { before: before.tenantry, after: after.tenantry, secret, at: { organizationId, apiKeyId: apiKey.id } }
  }

  it("leaves keys that had it good for the rest, and their owners able to change them", async () => {
    const { after, secret, at } = await deployed()
    expect(await after.apiKeys.verify(secret)).toMatchObject({ ok: true })
    expect(await after.apiKeys.verify(secret, { permission: "invoices.send" })).toMatchObject({ ok: false })
    expect((await after.apiKeys.update(ada, { ...at, monthlyUnits: 5 })).apiKey.scopes).toEqual(["api.use"])
    await after.apiKeys.disable(ada, at)
    expect((await after.apiKeys.enable(ada, at)).apiKey.state).toBe("active")
    expect(await after.apiKeys.verify((await after.apiKeys.rotate(ada, at)).secret)).toMatchObject({ ok: true })
  })

  it("is no way to a key that has it: what is changed meanwhile has lost it for good", async () => {
    const { before, after, at } = await deployed()
    await expect(before.apiKeys.rotate(bob, at)).rejects.toMatchObject(refusal("permission_escalation"))
    const { secret } = await after.apiKeys.rotate(bob, at)
    const asked = { permission: "invoices.send" }
    expect(await before.apiKeys.verify(secret, asked)).toMatchObject({ ok: false, code: "permission_denied" })
  })

  it("changes no key that is only renamed or switched off", async () => {
    const { before, after, secret, at } = await deployed()
    await after.apiKeys.update(ada, { ...at, name: "renamed" })
    await after.apiKeys.disable(ada, at)
    await before.apiKeys.enable(ada, at)
    expect(await before.apiKeys.verify(secret, { permission: "invoices.send" })).toMatchObject({ ok: true })
  })
})
