/** What a request with a key costs: one read, at most one write, and nothing for what is no secret. */
import { describe, expect, it } from "vitest"
import { account, type RateLimiter } from "../../src/index.ts"
import { countCalls, type PortCall } from "../../src/testing/testing.ts"
import { outcomeOf } from "./operations.ts"
import { type Options, type Tenant, tenants } from "./tenants.ts"

const READ: readonly PortCall[] = ["apiKeys.findBySecret"]
const COUNTED: readonly PortCall[] = ["apiKeys.findBySecret", "usage.consume"]

const KEYS: readonly (keyof Tenant["keys"])[] = ["organization", "master", "member", "own"]
const each = KEYS.map((which) => [which] as const)

/** A world whose port calls are counted. */
async function watched(options: Options = {}) {
  const at = await tenants(options)
  const { store, calls } = countCalls(at.store)
  return { ...at, calls, tenantry: at.over(store) }
}

/** Texts that are no secret: each differs from one in a character, is cut off, or is something else. */
const junk = (secret: string): readonly unknown[] => [
  ...["", " ", "tk", "tk_live_", "x".repeat(10_000), secret.toUpperCase(), ` ${secret}`, `${secret}\n`],
  ...[secret.slice(0, -1), `${secret}0`, secret.replace("tk_", "kt_"), secret.replace("_live_", "_test_")],
  ...[12, 30, secret.length - 1].map((at) => secret.slice(0, at) + other(secret.charAt(at)) + secret.slice(at + 1)),
  ...[undefined, null, 1, {}, [secret], { secret }],
]
const other = (character: string): string => (character === "0" ? "1" : "0")

describe("verify", () => {
  it.each(each)("reads once and counts once: %s", async (which) => {
    const { acme, calls, tenantry } = await watched()
    expect(await tenantry.apiKeys.verify(acme.keys[which].secret)).toMatchObject({ ok: true })
    expect(calls).toEqual(COUNTED)
  })

  it.each(each)("reads once and counts nothing where it is not to: %s", async (which) => {
    const at = await watched()
    const before = at.everything()
    expect(await at.tenantry.apiKeys.verify(at.acme.keys[which].secret, { meter: false })).toMatchObject({ ok: true })
    expect(at.calls).toEqual(READ)
    expect(at.everything()).toEqual(before)
  })

  it("writes nothing while it counts in batches, and each batch at once", async () => {
    const { acme, calls, tenantry } = await watched({ usage: { mode: "buffered", size: 50, seconds: 60 } })
    for (let count = 0; count < 20; count++) {
      expect(await tenantry.apiKeys.verify(acme.keys.organization.secret)).toMatchObject({ ok: true })
    }
    expect(calls).toEqual(Array(20).fill("apiKeys.findBySecret"))
    await tenantry.usage.flush()
    expect(calls.slice(20)).toEqual(["usage.add"])
    await tenantry.close()
    expect(calls).toHaveLength(21)
  })

  it("touches no port for what is no secret, which the checksum tells", async () => {
    const at = await watched()
    const before = at.everything()
    for (const text of junk(at.acme.keys.organization.secret)) {
      const verdict = await at.tenantry.apiKeys.verify(text as string)
      expect(verdict).toEqual({ ok: false, code: "malformed", status: 401, keyId: null })
      await at.tenantry.apiKeys.revokeLeaked(text as string)
    }
    expect(at.calls).toEqual([])
    expect(at.everything()).toEqual(before)
  })

  it("reads once and writes nothing for a secret that nobody has", async () => {
    const at = await watched()
    const unwatched = at.over(at.store)
    const { secret, apiKey } = await unwatched.apiKeys.create(at.acme.owner, { name: "gone" })
    await unwatched.apiKeys.delete(at.acme.owner, { apiKeyId: apiKey.id })
    expect(await at.tenantry.apiKeys.verify(secret)).toMatchObject({ ok: false, code: "not_found", keyId: null })
    expect(at.calls).toEqual(READ)
  })

  const refusals: readonly (readonly [
    string,
    string,
    (at: Awaited<ReturnType<typeof watched>>) => Promise<unknown>,
  ])[] = [
    ["revoked", "revoked", ({ acme, ...at }) => at.over(at.store).apiKeys.revokeLeaked(acme.keys.member.secret)],
    [
      "disabled",
      "disabled",
      ({ acme: { organizationId, keys, owner }, ...at }) =>
        at.over(at.store).apiKeys.disable(owner, { organizationId, apiKeyId: keys.member.id }),
    ],
    [
      "whose holder left",
      "holder_inactive",
      ({ acme: { organizationId, member }, ...at }) => at.over(at.store).memberships.leave(member, { organizationId }),
    ],
    [
      "whose organization pays no more",
      "subscription_inactive",
      ({ acme: { organizationId }, ...at }) =>
        at.over(at.store).subscriptions.put(account.organization(organizationId), { plan: "pro", status: "paused" }),
    ],
    [
      "that is out of its network",
      "ip_not_allowed",
      ({ acme: { organizationId, owner }, ...at }) =>
        at.over(at.store).restrictions.ipRules.set(owner, { organizationId, rules: [{ cidr: "10.0.0.0/8" }] }),
    ],
  ]
  it.each(refusals)("reads once and writes nothing for a key %s", async (_, code, prepare) => {
    const at = await watched()
    await prepare(at)
    const before = at.everything()
    expect(await at.tenantry.apiKeys.verify(at.acme.keys.member.secret)).toMatchObject({ ok: false, code })
    expect(at.calls).toEqual(READ)
    expect(at.everything()).toEqual(before)
  })

  it("writes once, and changes nothing, where there is no room or the request was counted before", async () => {
    const at = await watched()
    const { secret, id } = at.acme.keys.organization
    const request = { requestId: "request-1", units: 2 }
    expect(await at.tenantry.apiKeys.verify(secret, request)).toMatchObject({ ok: true, replayed: false })
    const before = at.everything()
    at.calls.length = 0
    expect(await at.tenantry.apiKeys.verify(secret, request)).toMatchObject({ ok: true, replayed: true })
    expect(await at.tenantry.apiKeys.verify(secret, { units: 1000 })).toMatchObject({
      ok: false,
      code: "quota_exceeded",
      status: 429,
      keyId: id,
      quota: { of: "account", limit: 1000 },
    })
    expect(at.calls).toEqual([...COUNTED, ...COUNTED])
    expect(at.everything()).toEqual(before)
  })

  it("reads and writes nothing for a request that the host puts wrongly", async () => {
    const at = await watched({ apis: ["search"] })
    const { secret } = at.acme.keys.organization
    const wrong = [
      { units: 0 },
      { units: 1.5 },
      { api: "unknown" },
      { surprise: 1 },
      { requestId: "" },
      { meter: "no" },
    ]
    for (const request of wrong) {
      const outcome = await outcomeOf(() => at.tenantry.apiKeys.verify(secret, request as never))
      expect(outcome).toMatchObject({ ok: false, error: { code: "invalid_input" } })
    }
    expect(at.calls).toEqual([])
  })
})

describe("a rate limit", () => {
  it("is asked after the read and before the count, and given back what is not counted", async () => {
    const seen: string[] = []
    const standing = { ok: true, limit: 5, remaining: 4, resetAt: new Date(0) } as const
    const rateLimiter: RateLimiter = {
      take: (_, units) => {
        seen.push(`take ${units}`)
        return standing
      },
      giveBack: (_, units) => void seen.push(`give back ${units}`),
    }
    const at = await watched({ rateLimiter })
    const { organizationId, owner, keys } = at.acme
    const rateLimit = { limit: 5, windowSeconds: 60 }
    await at.over(at.store).apiKeys.update(owner, { organizationId, apiKeyId: keys.organization.id, rateLimit })
    const verify = (request: object) => at.tenantry.apiKeys.verify(keys.organization.secret, request)
    expect(await verify({ units: 7 })).toMatchObject({ ok: true, rateLimit: standing })
    expect(await verify({ meter: false })).toMatchObject({ ok: true })
    expect(await verify({ units: 5000 })).toMatchObject({ ok: false, code: "quota_exceeded" })
    expect(await verify({ permission: "members.read" })).toMatchObject({ ok: false, code: "permission_denied" })
    expect(seen).toEqual(["take 1", "take 0", "take 1", "give back 1"])
    expect(at.calls).toEqual([...COUNTED, ...READ, ...COUNTED, ...READ])
  })
})

describe("a report of a leak", () => {
  it("reads, and writes what it revokes, once", async () => {
    const { acme, calls, tenantry } = await watched()
    await tenantry.apiKeys.revokeLeaked(acme.keys.organization.secret)
    expect(calls.splice(0)).toEqual(["apiKeys.findBySecret", "load", "commit"])
    await tenantry.apiKeys.revokeLeaked(acme.keys.organization.secret)
    expect(calls.splice(0)).toEqual(["apiKeys.findBySecret", "load"])
    await tenantry.apiKeys.revokeLeaked(acme.keys.own.secret)
    expect(calls).toEqual(["apiKeys.findBySecret", "accounts.load", "accounts.commit"])
  })
})

describe("what a payment provider says", () => {
  it("takes one load and one commit, and no commit where it is known", async () => {
    const { acme, calls, tenantry } = await watched()
    const [inside, own] = [account.organization(acme.organizationId), account.user(acme.owner.id)]
    const terms = { plan: "max", status: "active" } as const
    await tenantry.subscriptions.put(inside, terms)
    await tenantry.subscriptions.put(inside, terms)
    expect(calls.splice(0)).toEqual(["load", "commit", "load"])
    await tenantry.subscriptions.put(own, terms)
    await tenantry.subscriptions.put(own, terms)
    expect(calls).toEqual(["accounts.load", "accounts.commit", "accounts.load"])
  })
})

describe("a quota that nears its end", () => {
  it("takes a load and a commit more, once", async () => {
    const { acme, calls, tenantry } = await watched()
    const { secret } = acme.keys.organization
    expect(await tenantry.apiKeys.verify(secret, { units: 800 })).toMatchObject({ ok: true })
    expect(calls.splice(0)).toEqual([...COUNTED, "load", "commit"])
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true })
    expect(calls).toEqual(COUNTED)
  })
})
