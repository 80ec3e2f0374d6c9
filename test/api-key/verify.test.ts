/** Every verdict through the public API, in the order of the specification, with what a host needs to answer well. */
import { describe, expect, it } from "vitest"
import { account, type Verdict } from "../../src/index.ts"
import type { Preset } from "../../src/presets/preset.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { countCalls, intercept, type PortCall } from "../../src/testing/testing.ts"
import { person, world } from "../world.ts"
import { ada, bob, team, workshop } from "./scene.ts"

const MONTH = 31 * 86_400
const MISTYPED = "tk_live_9fYQ0m1xK4rT7bVwZ2cHs8LpN3aDgJ6e"

/** What can be wrong with bob's key or with a request, in the order in which a verdict looks at it. */
const WRONGS = [
  "revoked",
  "disabled",
  "expired",
  "organization_inactive",
  "holder_inactive",
  "subscription_inactive",
  "ip_not_allowed",
  "endpoint_not_allowed",
  "permission_denied",
  "rate_limited",
  "quota_exceeded",
] as const
type Wrong = (typeof WRONGS)[number]

const STATUS: Readonly<Record<Wrong, number>> = {
  revoked: 401,
  disabled: 401,
  expired: 401,
  organization_inactive: 401,
  holder_inactive: 401,
  subscription_inactive: 403,
  ip_not_allowed: 403,
  endpoint_not_allowed: 403,
  permission_denied: 403,
  rate_limited: 429,
  quota_exceeded: 429,
}

/** The verdict on bob's key when just those are wrong. */
async function verdictWith(wrongs: readonly Wrong[]): Promise<Verdict> {
  const { tenantry, organizationId, payer, join, clock } = await team()
  const is = (wrong: Wrong): boolean => wrongs.includes(wrong)
  await tenantry.subscriptions.put(payer, { plan: "pro", status: "active", quota: 2 })
  const { id: membershipId } = await join(bob, "maintainer")
  const { apiKey, secret } = await tenantry.apiKeys.create(bob, {
    organizationId,
    name: "bob's",
    holder: "member",
    expiresAt: new Date(clock.now().getTime() + 86_400_000),
    ipRules: [{ cidr: "192.0.2.0/24" }],
    endpointRules: ["GET /v1/cars"],
    rateLimit: { limit: 1, windowSeconds: MONTH },
  })
  const good = { ip: "192.0.2.1", method: "GET", path: "/v1/cars" }
  const other = await tenantry.apiKeys.create(ada, { organizationId, name: "other" })
  if (is("rate_limited")) expect(await tenantry.apiKeys.verify(secret, good)).toMatchObject({ ok: true })
  if (is("quota_exceeded")) {
    const units = is("rate_limited") ? 1 : 2
    expect(await tenantry.apiKeys.verify(other.secret, { units })).toMatchObject({ ok: true })
  }
  if (is("disabled")) await tenantry.apiKeys.disable(ada, { organizationId, apiKeyId: apiKey.id })
  if (is("subscription_inactive")) await tenantry.subscriptions.put(payer, { plan: "pro", status: "paused", quota: 2 })
  if (is("holder_inactive") || is("organization_inactive")) {
    await tenantry.memberships.remove(ada, { organizationId, membershipId })
  }
  if (is("organization_inactive")) await tenantry.organizations.delete(ada, { organizationId })
  if (is("expired")) clock.advance({ days: 1 })
  if (is("revoked")) await tenantry.apiKeys.revokeLeaked(secret)
  return tenantry.apiKeys.verify(secret, {
    ...good,
    ...(is("ip_not_allowed") && { ip: "198.51.100.1" }),
    ...(is("endpoint_not_allowed") && { method: "DELETE" }),
    ...(is("permission_denied") && { permission: "members.remove" }),
  })
}

describe("what is wrong first", () => {
  it.each(WRONGS)("is %s, alone and beside everything that is looked at later", async (code) => {
    const expected = { ok: false, code, status: STATUS[code], keyId: expect.stringMatching(/^key_/) }
    expect(await verdictWith([code])).toMatchObject(expected)
    expect(await verdictWith(WRONGS.slice(WRONGS.indexOf(code)))).toMatchObject(expected)
  })

  it("is nothing when nothing is", async () => {
    expect(await verdictWith([])).toMatchObject({ ok: true })
  })

  it("is the form of the secret, then whether there is such a key: those are nobody's", async () => {
    const { tenantry } = await workshop()
    const malformed = { ok: false, code: "malformed", status: 401, keyId: null }
    for (const text of ["", "nonsense", MISTYPED]) expect(await tenantry.apiKeys.verify(text)).toEqual(malformed)
    const elsewhere = await (await workshop()).tenantry.apiKeys.create(ada, { name: "laptop" })
    expect(await tenantry.apiKeys.verify(elsewhere.secret)).toEqual({
      ok: false,
      code: "not_found",
      status: 401,
      keyId: null,
    })
  })

  it("is asked of no store when the form is wrong", async () => {
    const { store, calls } = countCalls(memoryStore())
    const { tenantry } = world(customRoles as Preset, { store })
    await tenantry.apiKeys.verify(MISTYPED)
    expect(calls).toEqual([])
  })
})

describe("beside its code a refusal says", () => {
  it("since when the key is expired", async () => {
    expect(await verdictWith(["expired"])).toMatchObject({ expiredAt: new Date("2026-01-02T00:00:00Z") })
  })

  it("the permission that it lacks, as it was asked", async () => {
    expect(await verdictWith(["permission_denied"])).toMatchObject({ permission: "members.remove" })
  })

  it("when to come back, and how the limit stands", async () => {
    const back = new Date("2026-02-01T00:00:00Z")
    const rateLimit = { ok: false, limit: 1, remaining: 0, resetAt: back, retryAt: back }
    expect(await verdictWith(["rate_limited"])).toMatchObject({ rateLimit })
  })

  it("what remains of the quota, and when it begins anew", async () => {
    const resetAt = new Date("2026-02-01T00:00:00Z")
    const quota = { of: "account", limit: 2, used: 2, held: 0, remaining: 0, resetAt }
    expect(await verdictWith(["quota_exceeded"])).toMatchObject({ quota })
  })
})

describe("the answer for a key that works", () => {
  it("is the key, the actor it is, its organization and how its limits stand", async () => {
    const { tenantry, organizationId, payer, clock } = await team()
    await tenantry.subscriptions.put(payer, { plan: "pro", status: "active", quota: 100 })
    const { apiKey, secret } = await tenantry.apiKeys.create(ada, {
      organizationId,
      name: "production",
      environment: "test",
      rateLimit: { limit: 10, windowSeconds: 60 },
      monthlyUnits: 50,
    })
    const request = { units: 7, ip: "192.0.2.1", userAgent: "curl", requestId: "r1" }
    const resetAt = new Date("2026-02-01T00:00:00Z")
    const { id } = apiKey
    const { ownershipOffer: _, ...organization } = await tenantry.organizations.get(ada, { organizationId })
    expect(await tenantry.apiKeys.verify(secret, request)).toEqual({
      ok: true,
      key: {
        id,
        name: "production",
        organizationId,
        projectId: null,
        holder: { type: "organization" },
        environment: "test",
        scopes: ["api.use"],
        expiresAt: null,
        metadata: {},
        createdBy: { type: "user", id: ada.id },
      },
      actor: expect.objectContaining({ type: "apiKey", id, ip: "192.0.2.1", userAgent: "curl", requestId: "r1" }),
      organization,
      secret: "current",
      rateLimit: {
        ok: true,
        limit: 10,
        remaining: 9,
        resetAt: new Date(clock.now().getTime() + 6000),
        windowSeconds: 60,
      },
      quotas: [
        { of: "account", limit: 100, used: 7, held: 0, remaining: 93, resetAt },
        { of: "key", limit: 50, used: 7, held: 0, remaining: 43, resetAt },
      ],
      replayed: false,
    })
  })

  it("is the same for a secret and for its text, and without a request", async () => {
    const { tenantry, organizationId } = await workshop()
    const { secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k" })
    for (const given of [secret, secret.reveal()]) {
      expect(await tenantry.apiKeys.verify(given)).toMatchObject({ ok: true, quotas: [{ limit: null }] })
    }
  })

  it("asks for no subscription and no quota where nobody pays", async () => {
    const { tenantry } = world(customRoles as Preset)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const { secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k" })
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true, quotas: [], rateLimit: null })
  })

  it("takes a permission by either of its names", async () => {
    const { tenantry } = world(customRoles as Preset)
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const scopes = ["users.invite", "members.read"]
    const { apiKey, secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k", scopes })
    expect(apiKey.scopes).toEqual(["members.invite", "members.read"])
    for (const permission of ["users.invite", "members.invite", "users.read", "members.read"]) {
      expect(await tenantry.apiKeys.verify(secret, { permission })).toMatchObject({ ok: true })
    }
    for (const permission of ["users.update", "api.use", "no.such", "", "__proto__", "constructor"]) {
      const denied = { code: "permission_denied", permission }
      expect(await tenantry.apiKeys.verify(secret, { permission })).toMatchObject(denied)
    }
  })

  it("is a refusal where a host's rule forbids it now", async () => {
    const asked: unknown[] = []
    let isFrozen = false
    const rule = {
      name: "freeze",
      forbids: ({ actor, permission }: { actor: unknown; permission: string }) => {
        asked.push([(actor as { type: string }).type, permission])
        return isFrozen
      },
    }
    const { tenantry, organizationId } = await workshop({ rules: [rule] })
    const { secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k" })
    asked.length = 0
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true })
    expect(asked).toEqual([["apiKey", "api.use"]])
    isFrozen = true
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ code: "permission_denied", permission: "api.use" })
  })

  it("holds nothing that is shared with the store: what a host does to it changes no key", async () => {
    const { tenantry, organizationId, clock } = await workshop()
    const expiresAt = new Date(clock.now().getTime() + 60_000)
    const { apiKey, secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k", expiresAt })
    const at = { organizationId, apiKeyId: apiKey.id }
    const before = [await tenantry.apiKeys.get(ada, at), await tenantry.organizations.get(ada, { organizationId })]
    const verdict = await tenantry.apiKeys.verify(secret, { meter: false })
    if (!verdict.ok) throw new Error(verdict.code)
    const { key, actor, organization } = verdict
    Reflect.set(key.scopes, key.scopes.length, "members.remove")
    Reflect.set(key.holder, "type", "member")
    Reflect.set(actor.holder, "type", "member")
    Reflect.set(key.createdBy, "id", "u_eve")
    Reflect.set(organization?.metadata ?? {}, "plan", "gold")
    for (const date of [key.expiresAt, organization?.createdAt]) date?.setUTCFullYear(2099)
    const after = [await tenantry.apiKeys.get(ada, at), await tenantry.organizations.get(ada, { organizationId })]
    expect(after).toEqual(before)
    expect(await tenantry.apiKeys.verify(secret, { permission: "members.remove" })).toMatchObject({ ok: false })
    clock.advance({ minutes: 1 })
    const expired = await tenantry.apiKeys.verify(secret)
    if (expired.ok || expired.code !== "expired") throw new Error("expected an expired key")
    expired.expiredAt?.setUTCFullYear(2099)
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ code: "expired" })
  })
})

describe("a port that fails", () => {
  it.each(["apiKeys.findBySecret", "usage.consume"] as const)(
    "at %s makes it unavailable, and counts nothing",
    async (at) => {
      let failing: PortCall | null = null
      const store = intercept(memoryStore(), (call, proceed) =>
        call === failing ? Promise.reject(new Error("password=hunter2")) : proceed(),
      )
      const { tenantry, organizationId } = await workshop({ store })
      const rateLimit = { limit: 1, windowSeconds: MONTH }
      const { secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k", rateLimit })
      failing = at
      const unavailable = { ok: false, code: "unavailable", status: 503, keyId: null }
      expect(await tenantry.apiKeys.verify(secret)).toEqual(unavailable)
      failing = null
      expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true, quotas: [{ used: 1 }] })
    },
  )

  it("is a limiter or a source of subscriptions too", async () => {
    const down = () => Promise.reject(new Error("redis"))
    const limited = await workshop({ rateLimiter: { take: down, giveBack: down } })
    const one = await limited.tenantry.apiKeys.create(ada, {
      organizationId: limited.organizationId,
      name: "k",
      rateLimit: { limit: 1, windowSeconds: 1 },
    })
    expect(await limited.tenantry.apiKeys.verify(one.secret)).toMatchObject({ code: "unavailable" })
    let isDown = false
    const current = async () => (isDown ? down() : { plan: "pro", status: "active" as const })
    const sourced = await workshop({ subscriptions: { current } })
    const other = await sourced.tenantry.apiKeys.create(ada, { organizationId: sourced.organizationId, name: "k" })
    isDown = true
    expect(await sourced.tenantry.apiKeys.verify(other.secret)).toMatchObject({ code: "unavailable" })
  })
})

describe("a personal key", () => {
  it("works on what its person pays for, whatever became of seats", async () => {
    const { tenantry } = await team()
    const cyd = person("cyd")
    const { apiKey, secret } = await tenantry.apiKeys.create(cyd, { name: "laptop" })
    const inactive = { code: "subscription_inactive", status: 403 }
    expect([apiKey.state, await tenantry.apiKeys.verify(secret)]).toMatchObject(["inactive", inactive])
    await tenantry.subscriptions.put(account.user(cyd.id), { plan: "pro", status: "active", quota: 1 })
    const seats = { product: "organization", plan: "team", status: "cancelled" } as const
    await tenantry.subscriptions.put(account.user(cyd.id), seats)
    expect((await tenantry.apiKeys.get(cyd, { apiKeyId: apiKey.id })).state).toBe("active")
    const verdicts = [await tenantry.apiKeys.verify(secret), await tenantry.apiKeys.verify(secret)]
    expect(verdicts).toMatchObject([{ ok: true }, { code: "quota_exceeded" }])
  })
})
