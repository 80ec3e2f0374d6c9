/** Whatever fails while a key is verified: it is never let through on a guess, and nothing is counted by halves. */
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { account, type RateLimiter, type Store, type Tenantry } from "../../src/index.ts"
import { countCalls, type FaultMoment, withFaults } from "../../src/testing/testing.ts"
import { codeOf, type Outcome, outcomeOf } from "../generated/operations.ts"
import { type Options, type Tenant, type Tenants, tenants } from "../generated/tenants.ts"

const MOMENTS: readonly FaultMoment[] = ["before", "after"]
const KEYS: readonly (keyof Tenant["keys"])[] = ["organization", "master", "member", "own"]
const rateLimit = { limit: 3, windowSeconds: 60 }

/** A world in which every key has a rate limit. */
async function limited(options: Options = {}) {
  const at = await tenants(options)
  const { organizationId, owner, keys } = at.acme
  for (const which of KEYS) {
    const place = which === "own" ? {} : { organizationId }
    await at.tenantry.apiKeys.update(owner, { ...place, apiKeyId: keys[which].id, rateLimit })
  }
  return at
}

const UNAVAILABLE = { ok: false, code: "unavailable", status: 503, keyId: null }
/** Units that were counted, in the books of whoever pays; those of an organization show them once more. */
const unitsIn = ({ everything }: Tenants) =>
  everything()
    .counters.filter(({ home, account }) => home === account)
    .reduce((sum, { units }) => sum + units, 0)

const expectSilent = (shown: unknown): void =>
  expect(inspect(shown, { depth: 20, showHidden: true })).not.toMatch(/connection|lost|vault/)

describe("verify, over a store that fails", () => {
  const table = KEYS.flatMap((which) => MOMENTS.map((moment) => [which, moment] as const))

  it.each(table)(
    "answers unavailable for a key (%s) %s any call took effect, and then works",
    async (which, moment) => {
      const clean = await limited()
      const counted = countCalls(clean.store)
      const { secret } = clean.acme.keys[which]
      expect(await clean.over(counted.store).apiKeys.verify(secret)).toMatchObject({ ok: true })
      const units = unitsIn(clean)
      expect(counted.calls).toEqual(["apiKeys.findBySecret", "usage.consume"])
      for (const [index, failing] of counted.calls.entries()) {
        const at = await limited()
        const before = at.everything()
        const tenantry = at.over(withFaults(at.store, index + 1, moment))
        const request = { requestId: "request-1" }
        const verdict = await tenantry.apiKeys.verify(secret, request)
        expect(verdict, failing).toEqual(UNAVAILABLE)
        expectSilent(verdict)
        const tookEffect = failing === "usage.consume" && moment === "after"
        if (!tookEffect) expect(at.everything()).toEqual(before)
        const again = await tenantry.apiKeys.verify(secret, request)
        expect(again, failing).toMatchObject({ ok: true, replayed: tookEffect, rateLimit: { remaining: 2 } })
        expect(unitsIn(at)).toBe(units)
      }
    },
  )

  it.each(MOMENTS)("gives the rate limit back when counting fails, %s it took effect", async (moment) => {
    const at = await limited()
    const { secret } = at.acme.keys.organization
    for (let count = 0; count < 10; count++) {
      const failing = at.over(withFaults(at.store, 2, moment), { rateLimiter: limiterOf(at) })
      expect(await failing.apiKeys.verify(secret)).toEqual(UNAVAILABLE)
    }
    const working = at.over(at.store, { rateLimiter: limiterOf(at) })
    const verdicts = [1, 2, 3, 4].map(() => working.apiKeys.verify(secret))
    expect((await Promise.all(verdicts)).map((verdict) => (verdict.ok ? "ok" : verdict.code))).toEqual([
      ...["ok", "ok", "ok"],
      "rate_limited",
    ])
  })

  it.each(MOMENTS)("lets a key through whose quota is nearly used up, whom nobody could tell, %s", async (moment) => {
    const clean = await tenants()
    const counted = countCalls(clean.store)
    const verify = (tenantry: Tenantry) => tenantry.apiKeys.verify(clean.acme.keys.organization.secret, { units: 900 })
    await verify(clean.over(counted.store))
    expect(counted.calls).toEqual(["apiKeys.findBySecret", "usage.consume", "load", "commit"])
    for (const failAt of [3, 4]) {
      const at = await tenants()
      const verdict = await verify(at.over(withFaults(at.store, failAt, moment)))
      expect(verdict).toMatchObject({ ok: true, quotas: [{ of: "account" }] })
      expect(unitsIn(at)).toBe(unitsIn(clean))
      const told = at.everything().entries.filter(({ action }) => action === "quota.threshold_reached")
      expect(told).toHaveLength(failAt === 4 && moment === "after" ? 1 : 0)
    }
  })

  it("asks without counting as long as it can read", async () => {
    const at = await tenants()
    const { secret } = at.acme.keys.organization
    const failing = at.over(withFaults(at.store, 1))
    expect(await failing.apiKeys.verify(secret, { meter: false })).toEqual(UNAVAILABLE)
    expect(await failing.apiKeys.verify(secret, { meter: false })).toMatchObject({ ok: true })
  })
})

/** One limiter a world, for several tenantries. */
const limiters = new WeakMap<object, RateLimiter>()
function limiterOf(at: Tenants): RateLimiter {
  const known = limiters.get(at)
  if (known !== undefined) return known
  let left = rateLimit.limit
  const standing = () => ({ limit: rateLimit.limit, remaining: left, resetAt: new Date(0) })
  const made: RateLimiter = {
    take: (_, units) => {
      if (left < units) return { ok: false, ...standing(), retryAt: new Date(0) }
      left -= units
      return { ok: true, ...standing() }
    },
    giveBack: (_, units) => {
      left += units
    },
  }
  limiters.set(at, made)
  return made
}

describe("verify, over another port that fails", () => {
  const fail = (): never => {
    throw new Error("the vault is sealed")
  }
  const broken: readonly (readonly [string, Options])[] = [
    ["a rate limiter that throws", { rateLimiter: { take: fail, giveBack: fail } }],
    ["a rate limiter that rejects", { rateLimiter: { take: async () => fail(), giveBack: fail } }],
    ["a source of subscriptions that throws", { subscriptions: { current: fail } }],
    ["a source of subscriptions that rejects", { subscriptions: { current: async () => fail() } }],
    ["a source out of form", { subscriptions: { current: async () => ({ plan: "PRO", status: "active" }) } }],
  ]
  it.each(broken)("%s answers unavailable, and counts nothing", async (_, options) => {
    const at = await limited()
    const before = at.everything()
    for (const which of KEYS) {
      const verdict = await at.over(at.store, options).apiKeys.verify(at.acme.keys[which].secret)
      expect(verdict).toEqual(UNAVAILABLE)
      expectSilent(verdict)
    }
    expect(at.everything()).toEqual(before)
    expect(await at.tenantry.apiKeys.verify(at.acme.keys.organization.secret)).toMatchObject({ ok: true })
  })

  it("a rule of the host's that throws forbids, and counts nothing", async () => {
    const at = await tenants()
    const before = at.everything()
    const tenantry = at.over(at.store, { rules: [{ name: "broken", forbids: fail }] })
    for (const which of ["organization", "member"] as const) {
      const verdict = await tenantry.apiKeys.verify(at.acme.keys[which].secret)
      expect(verdict.ok).toBe(false)
      expectSilent(verdict)
    }
    expect(at.everything()).toEqual(before)
  })

  it("a limiter that cannot give back leaves the refusal unavailable, not granted", async () => {
    const at = await limited()
    const take = async () => ({ ok: true, limit: 3, remaining: 2, resetAt: new Date(0) }) as const
    const tenantry = at.over(at.store, { rateLimiter: { take, giveBack: fail } })
    const verdict = await tenantry.apiKeys.verify(at.acme.keys.organization.secret, { units: 5000 })
    expect(verdict).toEqual(UNAVAILABLE)
  })
})

describe("a payment provider that fails", () => {
  const fail = async (): Promise<never> => {
    throw new Error("the vault is sealed: sk_live_123")
  }
  const asks: readonly (readonly [string, (tenantry: Tenantry, at: Tenants) => Promise<unknown>])[] = [
    ["changePlan", ({ billing }, { acme }) => billing.changePlan(acme.owner, { ...inside(acme), plan: "max" })],
    ["cancel", ({ billing }, { acme }) => billing.cancel(acme.owner, inside(acme))],
    ["changePlan of one's own", ({ billing }, { acme }) => billing.changePlan(acme.owner, { plan: "max" })],
    ["cancel of one's own", ({ billing }, { acme }) => billing.cancel(acme.owner, {})],
  ]
  const inside = ({ organizationId }: Tenant) => ({ organizationId })
  it.each(asks)("leaves everything as it was: %s", async (_, ask) => {
    const at = await tenants()
    const before = at.everything()
    const outOfForm = async () => ({ plan: "max", status: "paid" }) as never
    for (const payments of [
      { changePlan: fail, cancel: fail },
      { changePlan: outOfForm, cancel: outOfForm },
    ]) {
      const outcome = await outcomeOf(() => ask(at.over(at.store, { payments }), at))
      expect(codeOf(outcome)).toBe("unavailable")
      expectSilent(outcome)
      expect(at.everything()).toEqual(before)
    }
    expect(codeOf(await outcomeOf(() => ask(at.tenantry, at)))).toBe("ok")
    expect(at.everything()).not.toEqual(before)
  })
})

describe("what is no operation of an actor's, over a store that fails", () => {
  type Work = (tenantry: Tenantry, at: Tenants) => Promise<unknown>
  const terms = { plan: "max", status: "active" } as const
  const works: readonly (readonly [string, Work])[] = [
    ["a leak of an organization's key", ({ apiKeys }, { acme }) => apiKeys.revokeLeaked(acme.keys.organization.secret)],
    ["a leak of a personal key", ({ apiKeys }, { acme }) => apiKeys.revokeLeaked(acme.keys.own.secret)],
    [
      "a subscription of an organization",
      ({ subscriptions }, { acme }) => subscriptions.put(account.organization(acme.organizationId), terms),
    ],
    ["a person's subscription", ({ subscriptions }, { acme }) => subscriptions.put(account.user(acme.owner.id), terms)],
  ]
  it.each(works)("leaves all of %s or nothing, and can be given again", async (_, work) => {
    const run = async (at: Tenants, store: Store): Promise<Outcome> => outcomeOf(() => work(at.over(store), at))
    const clean = await tenants()
    const before = clean.everything()
    const { store, calls } = countCalls(clean.store)
    expect(codeOf(await run(clean, store))).toBe("ok")
    const after = clean.everything()
    expect(calls.length).toBeGreaterThan(1)
    for (const index of calls.keys()) {
      for (const moment of MOMENTS) {
        const at = await tenants()
        const outcome = await run(at, withFaults(at.store, index + 1, moment))
        expect(codeOf(outcome)).toBe("unavailable")
        expectSilent(outcome)
        const isLast = index === calls.length - 1 && moment === "after"
        expect(at.everything()).toEqual(isLast ? after : before)
        expect(codeOf(await run(at, at.store))).toBe("ok")
        expect(at.everything().subscriptions.length).toBe(after.subscriptions.length)
        expect(at.everything().secrets).toEqual(after.secrets)
      }
    }
  })
})

describe("usage that waits, over a store that fails", () => {
  const buffered: Options = { usage: { mode: "buffered", size: 3, seconds: 60 } }

  it.each(MOMENTS)("is written later, or was: the flush failed %s it took effect", async (moment) => {
    const at = await tenants()
    const { secret } = at.acme.keys.organization
    const units = unitsIn(at)
    const tenantry = at.over(withFaults(at.store, 3, moment), buffered)
    for (const requestId of ["one", "two"]) {
      expect(await tenantry.apiKeys.verify(secret, { requestId })).toMatchObject({ ok: true })
    }
    expect(unitsIn(at)).toBe(units)
    const flushed = await outcomeOf(() => tenantry.usage.flush())
    expect(codeOf(flushed)).toBe("unavailable")
    expectSilent(flushed)
    expect(unitsIn(at)).toBe(units + (moment === "after" ? 2 : 0))
    await tenantry.close()
    expect(unitsIn(at)).toBe(units + 2)
  })

  it("refuses a key, uncounted, when there is no more room for it to wait", async () => {
    const at = await tenants()
    const { secret } = at.acme.keys.organization
    const units = unitsIn(at)
    const broken: Store["usage"]["add"] = async () => {
      throw new Error("connection lost")
    }
    const store: Store = { ...at.store, usage: { ...at.store.usage, add: broken } }
    const tenantry = at.over(store, buffered)
    const codes: string[] = []
    for (let count = 0; count < 5; count++) {
      const verdict = await tenantry.apiKeys.verify(secret)
      codes.push(verdict.ok ? "ok" : verdict.code)
    }
    expect(codes).toEqual(["ok", "ok", "ok", "unavailable", "unavailable"])
    expect(unitsIn(at)).toBe(units)
  })
})
