/** What a verification takes: from the rate limit, from quotas, into counters, and from none of them when it is refused. */
import { describe, expect, it } from "vitest"
import { account, rateLimitHeaders, type Verdict, type VerifyRequest } from "../../src/index.ts"
import type { Preset } from "../../src/presets/preset.ts"
import { workspace } from "../../src/presets/presets.ts"
import { world } from "../world.ts"
import { ada, bob, team, workshop } from "./scene.ts"

const PER_MINUTE = { limit: 2, windowSeconds: 60 }

/** A workspace with a key on a quota, and short ways to ask. */
async function metered(
  quota: number | null,
  key: Readonly<{ rateLimit?: typeof PER_MINUTE; monthlyUnits?: number; scopes?: [] }> = {},
  options: Parameters<typeof workshop>[0] = {},
) {
  const made = await workshop(options)
  const { tenantry, organizationId } = made
  await tenantry.subscriptions.put(account.user(ada.id), { plan: "pro", status: "active", quota })
  const { apiKey, secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k", ...key })
  const at = { organizationId, apiKeyId: apiKey.id }
  const verify = (request: VerifyRequest = {}) => tenantry.apiKeys.verify(secret, request)
  const used = async () => (await tenantry.usage.ofKey(ada, at)).lifetime
  return { ...made, at, secret, verify, used }
}

const brief = (verdict: Verdict): string => (verdict.ok ? (verdict.replayed ? "replayed" : "ok") : verdict.code)
const remaining = (verdict: Verdict) => (verdict.ok ? verdict.quotas.map((quota) => quota.remaining) : verdict.code)

describe("a refused verification", () => {
  it("gives back the rate limit when the quota refuses", async () => {
    const { verify, used } = await metered(1, { rateLimit: PER_MINUTE })
    expect(await verify()).toMatchObject({ ok: true, rateLimit: { remaining: 1 } })
    for (let again = 0; again < 5; again++) expect(brief(await verify())).toBe("quota_exceeded")
    expect(await verify({ units: 2 })).toMatchObject({ code: "quota_exceeded", quota: { used: 1, remaining: 0 } })
    expect(await used()).toBe(1)
  })

  it("takes from no quota when the rate limit refuses", async () => {
    const { verify, used, clock } = await metered(10, { rateLimit: PER_MINUTE, monthlyUnits: 10 })
    const asked = [await verify(), await verify(), await verify(), await verify({ requestId: "r" })]
    expect(asked.map(brief)).toEqual(["ok", "ok", "rate_limited", "rate_limited"])
    expect(await used()).toBe(2)
    clock.advance({ minutes: 1 })
    const granted = await verify({ requestId: "r" })
    expect([brief(granted), remaining(granted)]).toEqual(["ok", [7, 7]])
  })

  it("takes from nothing when the request is refused, and leaves no trace of use", async () => {
    const { tenantry, verify, used, at } = await metered(10, { rateLimit: PER_MINUTE, monthlyUnits: 10 })
    for (let again = 0; again < 3; again++) {
      expect(brief(await verify({ permission: "members.read", requestId: "r" }))).toBe("permission_denied")
    }
    expect(await used()).toBe(0)
    expect((await tenantry.apiKeys.get(ada, at)).lastUsedAt).toBeNull()
    expect(await verify({ requestId: "r" })).toMatchObject({ replayed: false, rateLimit: { remaining: 1 } })
  })

  it("takes from neither of two quotas when one has no room", async () => {
    const { tenantry, verify, at } = await metered(5, { monthlyUnits: 3 })
    expect(await verify({ units: 4 })).toMatchObject({ code: "quota_exceeded", quota: { of: "key", used: 0 } })
    expect(remaining(await verify({ units: 3 }))).toEqual([2, 0])
    await tenantry.apiKeys.update(ada, { ...at, monthlyUnits: 100 })
    expect(await verify({ units: 3 })).toMatchObject({ code: "quota_exceeded", quota: { of: "account", remaining: 2 } })
    expect(remaining(await verify({ units: 2 }))).toEqual([0, 95])
  })
})

describe("asking without counting", () => {
  it("says what counting would, and takes nothing", async () => {
    const { verify, used } = await metered(2, { rateLimit: PER_MINUTE })
    const ask = { meter: false }
    for (let again = 0; again < 5; again++) {
      expect(await verify(ask)).toMatchObject({ ok: true, rateLimit: { remaining: 2 }, quotas: [{ used: 0 }] })
    }
    expect(await verify({ ...ask, units: 3 })).toMatchObject({ code: "quota_exceeded", quota: { remaining: 2 } })
    expect(brief(await verify())).toBe("ok")
    expect(await verify(ask)).toMatchObject({ ok: true, rateLimit: { remaining: 1 }, quotas: [{ remaining: 1 }] })
    expect(brief(await verify({ ...ask, units: 2 }))).toBe("quota_exceeded")
    expect(await used()).toBe(1)
  })

  it("is refused by a rate limit that is used up, which says when to come back", async () => {
    const { verify, clock } = await metered(null, { rateLimit: PER_MINUTE })
    await verify()
    await verify()
    const counted = await verify()
    expect(counted).toMatchObject({ code: "rate_limited", rateLimit: { ok: false, retryAt: expect.any(Date) } })
    for (let again = 0; again < 3; again++) expect(await verify({ meter: false })).toEqual(counted)
    clock.advance({ seconds: 30 })
    expect(brief(await verify({ meter: false }))).toBe("ok")
    expect([brief(await verify()), brief(await verify())]).toEqual(["ok", "rate_limited"])
  })
})

describe("asking of the rate limit alone", () => {
  it("takes from it, and nothing from a quota that may be used up", async () => {
    const { verify, used } = await metered(1, { rateLimit: PER_MINUTE })
    const ask = { meter: "rateLimit", permission: null } as const
    await verify()
    expect(await verify(ask)).toMatchObject({ ok: true, rateLimit: { remaining: 0, windowSeconds: 60 }, quotas: [] })
    expect(brief(await verify(ask))).toBe("rate_limited")
    expect(await used()).toBe(1)
  })

  it("asks for no permission where none is named", async () => {
    const { verify } = await metered(null, { scopes: [] })
    expect(brief(await verify())).toBe("permission_denied")
    expect(brief(await verify({ permission: null }))).toBe("ok")
  })
})

describe("a rate limit", () => {
  it("is each key's own, and survives a new secret", async () => {
    const { tenantry, verify, at, organizationId } = await metered(null, { rateLimit: PER_MINUTE })
    expect([brief(await verify()), brief(await verify())]).toEqual(["ok", "ok"])
    const other = await tenantry.apiKeys.create(ada, { organizationId, name: "other", rateLimit: PER_MINUTE })
    expect(brief(await tenantry.apiKeys.verify(other.secret))).toBe("ok")
    const rotated = await tenantry.apiKeys.rotate(ada, at)
    expect(brief(await tenantry.apiKeys.verify(rotated.secret))).toBe("rate_limited")
  })

  it("counts requests, not units, and comes back evenly", async () => {
    const { verify, clock } = await metered(null, { rateLimit: PER_MINUTE })
    const asked = [await verify({ units: 1000 }), await verify(), await verify()]
    clock.advance({ seconds: 30 })
    asked.push(await verify(), await verify())
    expect(asked.map(brief)).toEqual(["ok", "ok", "rate_limited", "ok", "rate_limited"])
  })

  it("makes the headers of the response, granted or not", async () => {
    const { verify, clock } = await metered(null, { rateLimit: PER_MINUTE })
    const headersOf = (verdict: Verdict) => {
      if (!("rateLimit" in verdict) || verdict.rateLimit === null) throw new Error("expected a limit")
      return rateLimitHeaders(verdict.rateLimit, PER_MINUTE.windowSeconds, clock.now())
    }
    const policy = { "RateLimit-Policy": '"default";q=2;w=60' }
    expect(headersOf(await verify())).toEqual({ RateLimit: '"default";r=1;t=30', ...policy })
    expect(headersOf(await verify())).toEqual({ RateLimit: '"default";r=0;t=60', ...policy })
    const refused = { RateLimit: '"default";r=0;t=30', ...policy, "Retry-After": "30" }
    expect(headersOf(await verify())).toEqual(refused)
    expect(headersOf(await verify({ meter: false }))).toEqual(refused)
  })
})

describe("a request id", () => {
  it("counts once within 24 hours, and again after; for another cost it is another request", async () => {
    const { verify, used, clock } = await metered(10)
    expect(brief(await verify({ requestId: "r", units: 11 }))).toBe("quota_exceeded")
    const asked = [await verify({ requestId: "r", units: 4 }), await verify({ requestId: "r", units: 4 })]
    expect(brief(await verify({ requestId: "r", units: 9 }))).toBe("quota_exceeded")
    clock.advance({ hours: 23, minutes: 59, seconds: 59 })
    asked.push(await verify({ requestId: "r", units: 4 }))
    expect(asked.map(brief)).toEqual(["ok", "replayed", "replayed"])
    expect(asked.map(remaining)).toEqual([[6], [6], [6]])
    clock.advance({ seconds: 1 })
    expect(brief(await verify({ requestId: "r", units: 4 }))).toBe("ok")
    expect(await used()).toBe(8)
  })

  it("is good though nothing is left by now, and still no way around a rate limit", async () => {
    const { verify } = await metered(1, { rateLimit: { limit: 3, windowSeconds: 60 } })
    const asked = [{ requestId: "r" }, { requestId: "r" }, { requestId: "s" }, { requestId: "r" }, { requestId: "r" }]
    const came: string[] = []
    for (const request of asked) came.push(brief(await verify(request)))
    expect(came).toEqual(["ok", "replayed", "quota_exceeded", "replayed", "rate_limited"])
  })

  it("is not used up by a refusal", async () => {
    const { tenantry, verify } = await metered(1)
    expect(brief(await verify({ requestId: "r", units: 2 }))).toBe("quota_exceeded")
    await tenantry.subscriptions.put(account.user(ada.id), { plan: "pro", status: "active", quota: 2 })
    expect(brief(await verify({ requestId: "r", units: 2 }))).toBe("ok")
  })

  it("of two keys is two requests, though one account pays", async () => {
    const { tenantry, verify, organizationId } = await metered(10)
    const other = await tenantry.apiKeys.create(ada, { organizationId, name: "other" })
    const personal = await tenantry.apiKeys.create(ada, { name: "laptop" })
    const asked = [await verify({ requestId: "r" })]
    for (const { secret } of [other, personal]) asked.push(await tenantry.apiKeys.verify(secret, { requestId: "r" }))
    expect(asked.map(brief)).toEqual(["ok", "ok", "ok"])
    expect(asked.map(remaining)).toEqual([[9], [8], [7]])
  })
})

describe("a key's own month", () => {
  it("begins in the organization's time zone", async () => {
    const { verify, clock } = await metered(null, { monthlyUnits: 2 })
    clock.set(new Date("2026-01-31T22:59:59Z"))
    expect(await verify({ units: 2 })).toMatchObject({
      quotas: [{ of: "account" }, { of: "key", remaining: 0, resetAt: new Date("2026-01-31T23:00:00Z") }],
    })
    expect(brief(await verify())).toBe("quota_exceeded")
    clock.advance({ seconds: 1 })
    expect(await verify()).toMatchObject({ quotas: [{}, { used: 1, resetAt: new Date("2026-02-28T23:00:00Z") }] })
  })

  it("begins by UTC for a personal key", async () => {
    const { tenantry, clock } = await metered(null)
    const { secret } = await tenantry.apiKeys.create(ada, { name: "laptop", monthlyUnits: 1 })
    clock.set(new Date("2026-01-31T23:59:59Z"))
    const asked = [await tenantry.apiKeys.verify(secret), await tenantry.apiKeys.verify(secret)]
    clock.advance({ seconds: 1 })
    asked.push(await tenantry.apiKeys.verify(secret))
    expect(asked.map(brief)).toEqual(["ok", "quota_exceeded", "ok"])
  })
})

describe("plans", () => {
  it("give their quota, none at all, or a default to who has no subscription", async () => {
    const plans = [
      { id: "free", quota: 1, default: true },
      { id: "unlimited", quota: null },
    ]
    const { tenantry } = world(workspace as Preset, { billing: { plans } })
    const { secret } = await tenantry.apiKeys.create(bob, { name: "laptop" })
    const verify = () => tenantry.apiKeys.verify(secret)
    expect([await verify(), await verify()].map(remaining)).toEqual([[0], "quota_exceeded"])
    await tenantry.subscriptions.put(account.user(bob.id), { plan: "unlimited", status: "active" })
    expect([await verify(), await verify()].map(remaining)).toEqual([[null], [null]])
    await tenantry.subscriptions.put(account.user(bob.id), { plan: "unlimited", status: "cancelled" })
    expect(brief(await verify())).toBe("subscription_inactive")
    await tenantry.subscriptions.put(account.user(bob.id), { plan: "free", status: "past_due", quota: 5 })
    expect(remaining(await verify())).toEqual([1])
  })
})

describe("an API", () => {
  it("must be declared where any is, by whoever writes the host; a key learns nothing of it", async () => {
    const { verify } = await metered(null, {}, { apis: ["search", "maps"] })
    expect(brief(await verify({ api: "maps" }))).toBe("ok")
    expect(brief(await verify())).toBe("ok")
    await expect(verify({ api: "mail" })).rejects.toMatchObject({
      code: "invalid_input",
      details: { issues: [{ path: ["api"], message: "not among the declared `apis`" }] },
    })
    const open = await metered(null)
    expect(brief(await open.verify({ api: "mail" }))).toBe("ok")
  })

  it("is told apart in what a key used, by month", async () => {
    const { tenantry, verify, at, clock } = await metered(null)
    await verify({ api: "maps", units: 2 })
    await verify({ units: 3 })
    clock.set(new Date("2026-02-01T00:00:00Z"))
    await verify({ api: "maps", units: 4 })
    expect(await tenantry.usage.ofKey(ada, at)).toEqual({
      lifetime: 9,
      months: [
        { month: "2026-01", api: "maps", units: 2 },
        { month: "2026-01", api: null, units: 3 },
        { month: "2026-02", api: "maps", units: 4 },
      ],
    })
  })
})

describe("buffered counting", () => {
  it("refuses what waits already, and writes it in one call", async () => {
    const usage = { mode: "buffered", size: 100, seconds: 3600 } as const
    const { tenantry, verify, used } = await metered(3, {}, { usage })
    const asked = [await verify({ units: 2 }), await verify({ units: 2 }), await verify(), await verify()]
    expect(asked.map(brief)).toEqual(["ok", "quota_exceeded", "ok", "quota_exceeded"])
    expect(await used()).toBe(0)
    await tenantry.usage.flush()
    expect(await used()).toBe(3)
    expect(brief(await verify({ meter: false }))).toBe("quota_exceeded")
  })

  it("counts a request id once, when it is written", async () => {
    const usage = { mode: "buffered", size: 100, seconds: 3600 } as const
    const { tenantry, verify, used } = await metered(null, {}, { usage })
    const asked = [await verify({ requestId: "r" }), await verify({ requestId: "r" })]
    await tenantry.close()
    asked.push(await verify({ requestId: "r" }))
    await tenantry.usage.flush()
    expect([asked.map(brief), await used()]).toEqual([["ok", "ok", "ok"], 1])
  })
})

it("counts for the member who holds the key, and for nobody when the organization does", async () => {
  const { tenantry, organizationId, join } = await team()
  const { id: membershipId } = await join(bob, "member")
  const own = await tenantry.apiKeys.create(bob, { organizationId, name: "own", holder: "member" })
  const shared = await tenantry.apiKeys.create(ada, { organizationId, name: "shared" })
  await tenantry.apiKeys.verify(own.secret, { units: 3 })
  await tenantry.apiKeys.verify(shared.secret, { units: 4 })
  expect((await tenantry.usage.ofMember(ada, { organizationId, membershipId })).total).toBe(3)
  expect((await tenantry.usage.ofOrganization(ada, { organizationId })).byMember).toEqual([
    { userId: bob.id, units: 3 },
    { userId: null, units: 4 },
  ])
})
