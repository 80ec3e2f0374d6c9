/** `verify` over a cache of records: how old a record may be, and what is asked anew of each request. */
import { describe, expect, it, vi } from "vitest"
import type { RecordCache } from "../../src/api-key/record-cache.ts"
import { account, memoryCache } from "../../src/index.ts"
import { hashSecret } from "../../src/kernel/secret.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { scene } from "../usage/scene.ts"
import { apiKeys, billing, cached, codeOf, KEPT, READ, STALENESS } from "./scene.ts"

describe("a record in the cache", () => {
  it("is used until it is as old as the setting says, and not a millisecond longer", async () => {
    const { tenantry, ada, key, clock, callsOf } = await cached()
    const { secret } = await key(ada)
    const verify = () => callsOf(() => tenantry.apiKeys.verify(secret))
    clock.advance({ seconds: STALENESS })
    expect(await verify()).toEqual(READ)
    for (let count = 0; count < 3; count++) expect(await verify()).toEqual(KEPT)
    clock.advance(STALENESS * 1000 - 1)
    expect(await verify()).toEqual(KEPT)
    clock.advance(1)
    expect(await verify()).toEqual(READ)
    expect(await verify()).toEqual(KEPT)
  })

  it("is not used by a clock that was set back behind its read", async () => {
    const { tenantry, ada, key, clock, callsOf } = await cached()
    const { secret } = await key(ada)
    clock.advance(-1)
    expect(await callsOf(() => tenantry.apiKeys.verify(secret))).toEqual(READ)
  })

  it("is not looked for without a staleness, and commits are told all the same", async () => {
    const spied: RecordCache = { get: vi.fn(), mark: vi.fn(() => 0), put: vi.fn(), drop: vi.fn() }
    const store = memoryStore()
    const { tenantry, ada, key } = await cached({ store, cache: spied, apiKeys: { ...apiKeys, recordStaleness: 0 } })
    const { secret } = await key(ada)
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("ok")
    for (const method of [spied.get, spied.mark, spied.put]) expect(method).not.toHaveBeenCalled()
    expect(spied.drop).toHaveBeenCalled()
  })

  it("is none inside a host's transaction, which reads what it wrote", async () => {
    const store = memoryStore()
    const { tenantry, ada, key, inAcme } = await scene({ billing, apiKeys, cache: memoryCache(), store })
    const { secret, id } = await key(ada)
    await store.transaction(async (transaction) => {
      const within = tenantry.within(transaction)
      await within.apiKeys.disable(ada, { ...inAcme, apiKeyId: id })
      expect(codeOf(await within.apiKeys.verify(secret))).toBe("disabled")
      expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("ok")
    })
  })

  it("that a host's transaction changed is used until its time is over, or the host drops it", async () => {
    const store = memoryStore()
    const cache = memoryCache()
    const { tenantry, ada, key, inAcme, acme } = await scene({ billing, apiKeys, cache, store })
    const { secret, id } = await key(ada)
    await store.transaction((transaction) =>
      tenantry
        .within(transaction)
        .apiKeys.disable(ada, { ...inAcme, apiKeyId: id })
        .then(() => undefined),
    )
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("ok")
    cache.drop([acme.id])
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("disabled")
  })

  it("is none of a secret that is nobody's: a key works as soon as it is made", async () => {
    const cache = memoryCache()
    const puts = vi.spyOn(cache, "put")
    const { tenantry, ada, key } = await cached({ cache })
    const { secret } = await key(ada)
    puts.mockClear()
    const unknown = secret.reveal().replace("tk_live", "tk_test")
    for (const junk of ["", "tk_live_", unknown, `${secret.reveal()}x`]) await tenantry.apiKeys.verify(junk)
    expect(puts).not.toHaveBeenCalled()
  })

  it("is asked for only with what passes the checksum, as is the store, and by no secret", async () => {
    const cache = memoryCache()
    const spies = [vi.spyOn(cache, "get"), vi.spyOn(cache, "mark"), vi.spyOn(cache, "put")] as const
    const { tenantry, ada, key, callsOf } = await cached({ cache })
    const { secret } = await key(ada)
    for (const spy of spies) spy.mockClear()
    const junk = ["", "x", "tk_live_", `${secret.reveal()}x`, secret.reveal().slice(0, -1), "🔑".repeat(40)]
    for (const text of junk) expect(await callsOf(() => tenantry.apiKeys.verify(text))).toEqual([])
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
    await tenantry.apiKeys.verify(secret)
    expect(spies[0].mock.calls).toEqual([[hashSecret(secret.reveal())]])
  })

  it("of a person's own key goes with a commit of their account", async () => {
    const { tenantry, ada, key, callsOf } = await cached()
    const { secret, id } = await key(ada, {})
    expect(await callsOf(() => tenantry.apiKeys.verify(secret))).toEqual(KEPT)
    await tenantry.apiKeys.disable(ada, { apiKeyId: id })
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("disabled")
    await tenantry.apiKeys.enable(ada, { apiKeyId: id })
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("ok")
    await tenantry.subscriptions.put(account.user(ada.id), { plan: "ten", status: "cancelled" })
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("subscription_inactive")
  })

  it("shares no verdict: two are the caller's own, as without a cache", async () => {
    const { tenantry, ada, key } = await cached()
    const { secret } = await key(ada)
    const [one, two] = [await tenantry.apiKeys.verify(secret), await tenantry.apiKeys.verify(secret)]
    expect(one).toMatchObject({ ok: true, key: { scopes: ["api.use"] } })
    expect(two.ok && one.ok && two.key).toEqual(one.ok && one.key)
    expect(() => {
      ;(one as { key: { name: string } }).key.name = "changed"
    }).toThrow(TypeError)
  })
})

describe("each request over a kept record", () => {
  it("is judged by the present instant: expiry, and the end of a rotated secret", async () => {
    const { tenantry, ada, inAcme, clock, callsOf } = await cached()
    const expiresAt = new Date(clock.now().getTime() + 5000)
    const expiring = await tenantry.apiKeys.create(ada, { ...inAcme, name: "short", expiresAt })
    const rotated = await tenantry.apiKeys.create(ada, { ...inAcme, name: "rotated" })
    await tenantry.apiKeys.rotate(ada, { ...inAcme, apiKeyId: rotated.apiKey.id, graceSeconds: 5 })
    const verdicts = async () => [
      codeOf(await tenantry.apiKeys.verify(expiring.secret)),
      codeOf(await tenantry.apiKeys.verify(rotated.secret)),
    ]
    expect(await verdicts()).toEqual(["ok", "ok"])
    clock.advance(4999)
    expect(await verdicts()).toEqual(["ok", "ok"])
    clock.advance(1)
    expect(await callsOf(async () => expect(await verdicts()).toEqual(["expired", "not_found"]))).toEqual([])
  })

  it("is asked for its address, its path, its permission and what the host's rules say", async () => {
    let isNight = false
    const rules = [{ name: "hours", forbids: () => isNight }]
    const { tenantry, ada, inAcme, callsOf } = await cached({ rules })
    const { secret } = await tenantry.apiKeys.create(ada, {
      ...inAcme,
      name: "k",
      ipRules: [{ cidr: "203.0.113.0/24" }],
      endpointRules: ["GET /v1/*"],
    })
    const good = { ip: "203.0.113.7", method: "GET", path: "/v1/cars" }
    expect(codeOf(await tenantry.apiKeys.verify(secret, good))).toBe("ok")
    const codes: string[] = []
    const ask = async (request: object) => codes.push(codeOf(await tenantry.apiKeys.verify(secret, request)))
    const calls = await callsOf(async () => {
      for (const other of [{ ip: "198.51.100.1" }, { path: "/v2/cars" }, { permission: "members.read" }]) {
        await ask({ ...good, ...other })
      }
      isNight = true
      await ask(good)
    })
    expect(codes).toEqual(["ip_not_allowed", "endpoint_not_allowed", "permission_denied", "permission_denied"])
    expect(calls).toEqual([])
  })

  it("is limited by rate, each by itself", async () => {
    const { tenantry, ada, inAcme, callsOf } = await cached()
    const rateLimit = { limit: 2, windowSeconds: 60 }
    const { secret } = await tenantry.apiKeys.create(ada, { ...inAcme, name: "k", rateLimit })
    const codes: string[] = []
    const calls = await callsOf(async () => {
      for (let count = 0; count < 4; count++) codes.push(codeOf(await tenantry.apiKeys.verify(secret)))
    })
    expect(codes).toEqual(["ok", "ok", "rate_limited", "rate_limited"])
    expect(calls).toEqual([...READ, ...KEPT])
  })

  it("is paid for as the host's own source says at that moment", async () => {
    let status: "active" | "cancelled" = "active"
    const current = vi.fn(async () => ({ plan: "ten", status }))
    const { tenantry, ada, key } = await cached({ subscriptions: { current } })
    const { secret } = await key(ada)
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("ok")
    status = "cancelled"
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("subscription_inactive")
  })

  it("that asks without counting is told how the quota stands now", async () => {
    const { tenantry, ada, key, through, callsOf } = await cached()
    const { secret } = await key(ada)
    await through().apiKeys.verify(secret, { units: 990 })
    const calls = await callsOf(async () => {
      expect(await tenantry.apiKeys.verify(secret, { meter: false })).toMatchObject({ quotas: [{ used: 990 }] })
      const refused = await tenantry.apiKeys.verify(secret, { meter: false, units: 11 })
      expect(refused).toMatchObject({ ok: false, code: "quota_exceeded", quota: { used: 990 } })
    })
    expect(calls).toEqual(["apiKeys.findBySecret", "apiKeys.findBySecret"])
  })

  it("is counted: quotas, months of keys, counters and when a key was last used, and replays told", async () => {
    const { tenantry, ada, inAcme, clock } = await cached()
    const { secret, apiKey } = await tenantry.apiKeys.create(ada, { ...inAcme, name: "k", monthlyUnits: 50 })
    for (let count = 0; count < 10; count++) {
      const requestId = `r${count % 5}`
      expect(await tenantry.apiKeys.verify(secret, { requestId })).toMatchObject({ ok: true, replayed: count > 4 })
    }
    clock.advance({ minutes: 3 })
    await tenantry.apiKeys.verify(secret)
    clock.advance(1000)
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ quotas: [{ used: 7 }, { of: "key", used: 7 }] })
    const shown = await tenantry.apiKeys.get(ada, { ...inAcme, apiKeyId: apiKey.id })
    expect(shown.lastUsedAt).toEqual(new Date("2026-01-01T00:03:00.000Z"))
  })

  it("tells of a threshold once", async () => {
    const { tenantry, ada, key, told } = await cached()
    const { secret } = await key(ada)
    for (const units of [700, 150, 1, 149]) {
      expect(codeOf(await tenantry.apiKeys.verify(secret, { units }))).toBe("ok")
    }
    expect(await told()).toMatchObject([{ percent: 100 }, { percent: 80 }])
    expect(codeOf(await tenantry.apiKeys.verify(secret))).toBe("quota_exceeded")
  })
})

describe("two processes that cache", () => {
  it.each([1, 2])(
    "spend ten units that are left exactly once, of a hundred requests at once, each of %d",
    async (units) => {
      const store = memoryStore()
      const at = await cached({ store })
      const { secret } = await at.key(at.ada)
      await at.tenantry.apiKeys.verify(secret, { units: 990 })
      const second = at.through({ cache: memoryCache(), apiKeys })
      await second.apiKeys.verify(secret, { meter: false })
      const processes = [at.tenantry, second] as const
      const all = Array.from({ length: 100 }, (_, n) =>
        processes[n % 2 === 0 ? 0 : 1].apiKeys.verify(secret, { units }),
      )
      const codes = (await Promise.all(all)).map(codeOf)
      expect(codes.filter((code) => code === "ok")).toHaveLength(10 / units)
      expect(new Set(codes)).toEqual(new Set(["ok", "quota_exceeded"]))
      expect((await at.tenantry.usage.ofAccount(at.ada, {})).quota).toMatchObject({ used: 1000, remaining: 0 })
    },
  )
})
