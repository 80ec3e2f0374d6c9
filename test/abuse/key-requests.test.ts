/** What a client puts into a request, as a host hands it to `verify` unread. */
import { describe, expect, it } from "vitest"
import type { Verdict } from "../../src/index.ts"
import { ada, workshop } from "../api-key/scene.ts"
import { refusal } from "../world.ts"

/** A key that may be used from `10.0.0.0/8` and `2001:db8::/32`, for `GET /v1/cars/:vin`, and a second without rules. */
async function guarded() {
  const made = await workshop()
  const { tenantry, organizationId } = made
  const base = { organizationId, name: "k" }
  const at = await tenantry.apiKeys.create(ada, {
    ...base,
    ipRules: [{ cidr: "10.0.0.0/8" }, { cidr: "2001:db8::/32" }],
  })
  const to = await tenantry.apiKeys.create(ada, {
    ...base,
    endpointRules: ["GET /v1/cars/:vin", "POST /v1/reports/**"],
  })
  const free = await tenantry.apiKeys.create(ada, base)
  const brief = (verdict: Verdict) => verdict.ok || verdict.code
  return {
    ...made,
    from: async (ip: string) => brief(await tenantry.apiKeys.verify(at.secret, { ip })),
    calling: async (method: string, path: string) => brief(await tenantry.apiKeys.verify(to.secret, { method, path })),
    ask: (request: unknown) => tenantry.apiKeys.verify(free.secret, request as never),
    used: async () => (await tenantry.usage.ofKey(ada, { organizationId, apiKeyId: free.apiKey.id })).lifetime,
  }
}

describe("an address", () => {
  it.each([
    "10.0.0.1",
    "::ffff:10.0.0.1",
    "::FFFF:10.0.0.1",
    "::ffff:0a00:0001",
    "0:0:0:0:0:ffff:10.0.0.1",
    "2001:db8::1",
    "2001:0DB8:0:0:0:0:0:1",
  ])("is the same in every spelling: %s", async (ip) => {
    expect(await (await guarded()).from(ip)).toBe(true)
  })

  it.each([
    "::ffff:11.0.0.1",
    "::10.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:0a00:0001::",
    "010.0.0.1",
    "0xa.0.0.1",
    "012.0.0.1",
    "10.1",
    "167772161",
    "10.0.0.1.",
    "10.0.0.256",
    "10.0.0.1:443",
    "[2001:db8::1]",
    "[2001:db8::1]:443",
    "2001:db8::1%eth0",
    "fe80::1%10.0.0.1",
    "10.0.0.1/8",
    " 10.0.0.1",
    "10.0.0.1 ",
    "10.0.0.1, 192.0.2.1",
    "192.0.2.1, 10.0.0.1",
    "10.0.0.1\0",
    "10.0.0.1\n",
    "\uff11\uff10.0.0.1",
    "10\u30020.0.1",
    "localhost",
    "unknown",
    "",
    "__proto__",
  ])("that is none of those that are allowed, or unreadable, fits no rule: %j", async (ip) => {
    expect(await (await guarded()).from(ip)).toBe("ip_not_allowed")
  })

  it.each([
    ["digits", "1".repeat(1_000_000)],
    ["colons", `${":".repeat(1_000_000)}1`],
  ])("of a million %s fits no rule", async (_, ip) => {
    expect(await (await guarded()).from(ip)).toBe("ip_not_allowed")
  })

  it("is looked at by rules alone: without any, whatever it is, the key works", async () => {
    const { ask } = await guarded()
    for (const ip of ["", "nonsense", "10.0.0.1%eth0"])
      expect(await ask({ ip })).toMatchObject({ ok: true, actor: { ip } })
  })
})

describe("a path", () => {
  it.each([
    ["GET", "/v1/cars/1"],
    ["HEAD", "/v1/cars/1"],
    ["GET", "/v1/cars/1?x=/../../admin"],
    ["GET", "/v1/cars/%41"],
    ["POST", "/v1/reports"],
    ["POST", "/v1/reports/a/b/c"],
  ])("that is allowed: %j %j", async (method, path) => {
    expect(await (await guarded()).calling(method, path)).toBe(true)
  })

  it.each([
    ["GET", "/v1/bikes"],
    ["GET", "/v1/cars"],
    ["GET", "/v1/cars/"],
    ["GET", "/v1/cars/1/"],
    ["GET", "//v1/cars/1"],
    ["GET", "/v1//cars/1"],
    ["GET", "/v1/cars/../cars/1"],
    ["GET", "/v1/cars/.."],
    ["GET", "/v1/cars/%2e%2e"],
    ["GET", "/v1/cars/1%2fadmin"],
    ["GET", "/v1/cars/1%5cadmin"],
    ["GET", "/v1/cars/1%252fadmin"],
    ["GET", "/v1/cars/1;admin=true"],
    ["GET", "/v1/cars/1%3badmin"],
    ["GET", "/v1/cars/1\0"],
    ["GET", "/v1/cars/1%00"],
    ["GET", "/v1/cars/1\n"],
    ["GET", "/v1/cars/1#x"],
    ["GET", "/v1/cars/\\admin"],
    ["GET", "/v1/cars/%ff"],
    ["GET", "/v1/cars/%"],
    ["GET", "/V1/cars/1"],
    ["GET", "/v1/c%61rs/1"],
    ["GET", "v1/cars/1"],
    ["GET", "https://evil.example/v1/cars/1"],
    ["GET", "*"],
    ["GET", ""],
    ["get", "/v1/cars/1"],
    ["GET ", "/v1/cars/1"],
    ["", "/v1/cars/1"],
    ["*", "/v1/cars/1"],
    ["__proto__", "/v1/cars/1"],
    ["DELETE", "/v1/cars/1"],
    ["POST", "/v1/reportsx"],
    ["POST", "/v1/reports/../cars"],
  ])("that is allowed in no reading of it: %j %j", async (method, path) => {
    expect(await (await guarded()).calling(method, path)).toBe("endpoint_not_allowed")
  })

  it.each([
    ["letters", `/v1/cars/${"a".repeat(1_000_000)}`],
    ["escapes", `/v1/cars/${"%41".repeat(1_000_000)}`],
    ["segments", `/v1/reports${"/a".repeat(1_000_000)}`],
    ["slashes", "/".repeat(1_000_000)],
  ])("of a million %s is too long", async (_, path) => {
    const { calling } = await guarded()
    for (const method of ["GET", "POST"]) expect(await calling(method, path)).toBe("endpoint_not_allowed")
  })
})

describe("units", () => {
  const wrongs = [
    -1,
    0,
    -0,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    "5",
    1n,
    null,
    [1],
    { valueOf: () => 1 },
  ]

  it.each(wrongs)("that are none are refused, and count nothing: %s", async (units) => {
    const { ask, used } = await guarded()
    for (const request of [{ units }, { units, meter: false }]) {
      const issues = expect.arrayContaining([expect.objectContaining({ path: ["units"] })])
      await expect(ask(request)).rejects.toMatchObject(refusal("invalid_input", { issues }))
    }
    expect(await used()).toBe(0)
  })

  it("are added up without losing one, however many", async () => {
    const { ask, used } = await guarded()
    const most = Number.MAX_SAFE_INTEGER
    expect(await ask({ units: most })).toMatchObject({ ok: true, quotas: [{ used: most }] })
    expect(await used()).toBe(most)
  })
})

describe("a request", () => {
  it("of another form is the host's mistake, and is told as such, whatever the key", async () => {
    const { ask, tenantry, used } = await guarded()
    const wrongs = [
      null,
      "GET /",
      42,
      { ip: ["10.0.0.1"] },
      { path: { toString: () => "/" } },
      { method: null },
      { api: "__proto__" },
      { api: "a b" },
      { permission: ["api.use"] },
      { permission: "x".repeat(101) },
      { requestId: "" },
      { requestId: "x".repeat(201) },
      { meter: "false" },
      { meter: 0 },
      { unit: 5 },
      { ok: true },
      JSON.parse('{ "__proto__": { "meter": false } }'),
      { constructor: 1 },
    ]
    for (const request of wrongs) {
      await expect(ask(request)).rejects.toMatchObject({ code: "invalid_input" })
      await expect(tenantry.apiKeys.verify("nonsense", request as never)).rejects.toMatchObject({
        code: "invalid_input",
      })
    }
    expect(await used()).toBe(0)
  })

  it("is read once: what was judged is what is counted", async () => {
    const { ask, used } = await guarded()
    let reads = 0
    const shifty = {
      get units() {
        return ++reads === 1 ? 2 : 2_000_000
      },
    }
    expect(await ask(shifty)).toMatchObject({ ok: true, quotas: [{ used: 2 }] })
    expect([reads, await used()]).toEqual([1, 2])
  })

  it("is shown in activity, cut to size and without what no text column takes", async () => {
    const { tenantry, organizationId } = await guarded()
    const made = await tenantry.apiKeys.create(ada, { organizationId, name: "maker", scopes: ["apiKeys.create"] })
    const long = `\ud800\0\r\n=${"x".repeat(100_000)}\u{1f600}`
    const request = { ip: long, userAgent: long, requestId: `\0\ud800\n${"\u{1f600}".repeat(98)}` }
    const verdict = await tenantry.apiKeys.verify(made.secret, { ...request, permission: "apiKeys.create" })
    if (!verdict.ok) throw new Error(verdict.code)
    await tenantry.apiKeys.create(verdict.actor, { organizationId, name: "made", scopes: [] })
    const { data } = await tenantry.activity.list(ada, { organizationId, limit: 1 })
    const { ip, userAgent, requestId } = data[0]?.actor ?? {}
    expect([ip?.length, userAgent?.length, requestId?.length]).toEqual([100, 400, 199])
    for (const text of [ip, userAgent, requestId]) expect(text).toMatch(/^[^\p{Cc}\p{Cs}]+$/u)
  })

  it("says what it likes of itself: it is shown and never believed", async () => {
    const { ask, tenantry, organizationId } = await guarded()
    const request = { userAgent: "<script>", requestId: "'; DROP TABLE keys; --", projectId: "../../other" }
    expect(await ask(request)).toMatchObject({ ok: true, actor: { userAgent: "<script>" } })
    expect(await ask({ ...request, requestId: '["org_1",null,null,"r"]' })).toMatchObject({ replayed: false })
    expect(await tenantry.activity.verify(ada, { organizationId })).toMatchObject({ ok: true })
  })
})
