/** Every bound on keys, rules and units: what stands on the edge is taken, what is past it is refused by name. */
import { describe, expect, it } from "vitest"
import { attempt } from "../../src/index.ts"
import { acme, ada, BAD_NAMES, GOOD_NAMES, refuses, takes } from "./edges.ts"

/** Acme with a key of its own and one of Ada's; `change` gives every command on such a key to both. */
async function keyed(options: Parameters<typeof acme>[0] = {}) {
  const here = await acme(options)
  const { tenantry, organizationId } = here
  const { apiKeys } = tenantry
  const inside = await apiKeys.create(ada, { organizationId, name: "ci" })
  const own = await apiKeys.create(ada, { name: "laptop" })
  const places: readonly Readonly<{ organizationId?: string; apiKeyId: string }>[] = [
    { organizationId, apiKeyId: inside.apiKey.id },
    { apiKeyId: own.apiKey.id },
  ]
  type Wish = Omit<Parameters<typeof apiKeys.update>[1], "organizationId" | "apiKeyId" | "allowLockout">
  const create = [
    (wish: Wish) => apiKeys.create(ada, { organizationId, ...wish, name: wish.name ?? "x" }),
    (wish: Wish) => apiKeys.create(ada, { ...wish, name: wish.name ?? "x" }),
  ]
  const update = places.map((place) => (wish: Wish) => apiKeys.update(ada, { ...place, ...wish }))
  return { ...here, places, secrets: [inside.secret, own.secret], create, update, all: [...create, ...update] }
}

const WHOLE = { below: [0, -1], broken: [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "5", null, true, 5n] }
const numbers = (values: readonly unknown[]) => values as readonly number[]

describe("keys", () => {
  it("are 1,000 at most in an organization, and a deleted one makes room", async () => {
    const { tenantry, organizationId } = await acme()
    const create = (name: string) => tenantry.apiKeys.create(ada, { organizationId, name })
    const { apiKey } = await create("first")
    for (let index = 1; index < 1000; index++) await create(`key ${index}`)
    const full = { code: "limit_reached", status: 409, details: { limit: "apiKeys", max: 1000 } }
    await expect(create("late")).rejects.toMatchObject(full)
    await expect(tenantry.apiKeys.create(ada, { name: "own" })).resolves.toMatchObject({ apiKey: { state: "active" } })
    await tenantry.apiKeys.delete(ada, { organizationId, apiKeyId: apiKey.id })
    await takes(["in its place"], create)
    await expect(create("late")).rejects.toMatchObject(full)
    const list = (limit?: number) =>
      tenantry.apiKeys.list(ada, { organizationId, ...(limit !== undefined && { limit }) })
    expect([(await list()).data.length, (await list(200)).data.length]).toEqual([50, 200])
    await refuses("limit", [0, 201], list)
  })

  it("are as many as the host says, on each account too", async () => {
    const { tenantry, organizationId } = await acme({ limits: { apiKeys: 2 } })
    const full = { code: "limit_reached", details: { limit: "apiKeys", max: 2 } }
    for (const place of [{ organizationId }, {}]) {
      const create = (name: string) => tenantry.apiKeys.create(ada, { ...place, name })
      await takes(["one", "two"], create)
      await expect(create("three")).rejects.toMatchObject(full)
    }
  })

  it("have names of 1 to 100 characters, none of them invisible control", async () => {
    const { all } = await keyed()
    for (const work of all) {
      await takes(GOOD_NAMES, (name) => work({ name }))
      await refuses("name", BAD_NAMES, (name) => work({ name }))
    }
  })

  it("have scopes from a list of at most 200", async () => {
    const { all } = await keyed()
    for (const work of all) {
      await takes([[], Array(200).fill("api.use")], (scopes) => work({ scopes }))
      await refuses("scopes", [Array(201).fill("api.use")], (scopes) => work({ scopes }))
      await refuses(
        "scopes.1",
        [
          ["api.use", ""],
          ["api.use", "api.used"],
        ],
        (scopes) => work({ scopes: scopes as never }),
      )
    }
  })

  it("are for environments of 2 to 16 lower-case letters and digits", async () => {
    const { tenantry, organizationId } = await acme()
    for (const place of [{ organizationId }, {}]) {
      const create = (environment: string) => tenantry.apiKeys.create(ada, { ...place, name: "x", environment })
      await takes(["te", "live", "a1", "a".repeat(16)], create)
      await refuses("environment", ["", "t", "1a", "Test", "a_b", "a-b", "a".repeat(17), "live\n", "é1"], create)
    }
  })

  it("expire at an instant to come, to the millisecond, or never", async () => {
    const { all, clock } = await keyed()
    const at = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds)
    for (const work of all) {
      await takes([null, at(1), at(1e12)], (expiresAt) => work({ expiresAt }))
      const wrong = [at(0), at(-1), new Date(Number.NaN), clock.now().toISOString() as unknown as Date]
      await refuses("expiresAt", wrong, (expiresAt) => work({ expiresAt }))
    }
  })

  it("have rate limits of 1 to 1,000,000 units in 1 second to 31 days", async () => {
    const { all } = await keyed()
    for (const work of all) {
      const limit = (limit: number) => work({ rateLimit: { limit, windowSeconds: 60 } })
      const window = (windowSeconds: number) => work({ rateLimit: { limit: 1, windowSeconds } })
      await takes([1, 1_000_000], limit)
      await takes([1, 31 * 86_400], window)
      await takes(["none"], () => work({ rateLimit: null }))
      await refuses("rateLimit.limit", numbers([...WHOLE.below, ...WHOLE.broken, 1_000_001]), limit)
      await refuses("rateLimit.windowSeconds", numbers([...WHOLE.below, ...WHOLE.broken, 31 * 86_400 + 1]), window)
    }
  })

  it("have 1 to 2^53 - 1 units a month, or as many as there are", async () => {
    const { all } = await keyed()
    for (const work of all) {
      await takes([1, Number.MAX_SAFE_INTEGER, null], (monthlyUnits) => work({ monthlyUnits }))
      const wrong = numbers([...WHOLE.below, ...WHOLE.broken.filter((value) => value !== null)])
      await refuses("monthlyUnits", wrong, (monthlyUnits) => work({ monthlyUnits }))
    }
  })
})

describe("a rotation", () => {
  it("leaves the old secret 0 seconds to 30 days", async () => {
    const { tenantry, places, clock } = await keyed()
    for (const place of places) {
      const rotate = (graceSeconds: number) => tenantry.apiKeys.rotate(ada, { ...place, graceSeconds })
      await takes([0, 1, 30 * 86_400], rotate)
      await refuses("graceSeconds", numbers([-1, 30 * 86_400 + 1, ...WHOLE.broken]), rotate)
      const { apiKey } = await rotate(30 * 86_400)
      expect(apiKey.previousUntil).toEqual(new Date(clock.now().getTime() + 30 * 86_400_000))
      expect((await rotate(0)).apiKey.previousUntil).toBeNull()
    }
  })

  it("lets the old secret work until the millisecond it ends", async () => {
    const { tenantry, places, secrets, clock } = await keyed()
    const states = async () => Promise.all(secrets.map(async (secret) => (await tenantry.apiKeys.verify(secret)).ok))
    for (const place of places) await tenantry.apiKeys.rotate(ada, { ...place, graceSeconds: 60 })
    clock.advance({ milliseconds: 59_999 })
    expect(await states()).toEqual([true, true])
    clock.advance({ milliseconds: 1 })
    expect(await states()).toEqual([false, false])
  })
})

describe("rules", () => {
  const cidrs = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ cidr: `10.${index >> 8}.${index & 255}.0/24` }))
  const paths = (count: number) => Array.from({ length: count }, (_, index) => `GET /v1/items/${index}`)

  it("of addresses are 1,000 at most, for an organization and for a key", async () => {
    const { tenantry, organizationId, all } = await keyed()
    const set = (count: number) => tenantry.restrictions.ipRules.set(ada, { organizationId, rules: cidrs(count) })
    await takes([1, 1000, 0], set)
    await refuses("rules", [1001], set)
    for (const work of all) {
      await takes([1000, 0], (count) => work({ ipRules: cidrs(count) }))
      await refuses("ipRules", [1001], (count) => work({ ipRules: cidrs(count) }))
    }
  })

  it("of addresses are strict, and name APIs that the host declared", async () => {
    const { tenantry, organizationId } = await acme({ apis: ["search"] })
    const set = (cidr: string, api?: string) =>
      tenantry.restrictions.ipRules.set(ada, { organizationId, rules: [{ cidr, ...(api !== undefined && { api }) }] })
    await takes(["0.0.0.0/0", "203.0.113.7", "203.0.113.7/32", "::/0", "2001:db8::/32"], (cidr) => set(cidr))
    const wrong = ["", "10.0.0.1/8", "10.0.0.0/33", "010.0.0.1", "10.0.0", "::/129", "2001:db8::1/32", "example.org"]
    await refuses("rules.0.cidr", wrong, (cidr) => set(cidr))
    await takes(["search"], (api) => set("10.0.0.0/8", api))
    await refuses("rules.0.api", ["searches", "", "a b", "x".repeat(65)], (api) => set("10.0.0.0/8", api))
  })

  it("of endpoints are 500 at most, each of at most 512 characters", async () => {
    const { tenantry, organizationId, all } = await keyed()
    const set = (rules: readonly string[]) =>
      tenantry.restrictions.endpointRules.set(ada, { organizationId, rules: [...rules] })
    const long = (length: number) => `GET /${"a".repeat(length - 5)}`
    await takes([[], paths(1), paths(500), [long(512)]], set)
    await refuses("rules", [paths(501)], set)
    await refuses("rules.0", [[long(513)], [""], ["GET"], ["GET v1"], ["get /v1"], ["FETCH /v1"]], set)
    for (const work of all) {
      await takes([paths(500), []], (endpointRules) => work({ endpointRules }))
      await refuses("endpointRules", [paths(501)], (endpointRules) => work({ endpointRules }))
    }
  })
})

describe("units", () => {
  const EDGES = [1, Number.MAX_SAFE_INTEGER]
  const WRONG = numbers([...WHOLE.below, ...WHOLE.broken])

  it("are 1 to 2^53 - 1, however they are counted", async () => {
    const { tenantry, organizationId, secrets, clock } = await keyed()
    for (const place of [{ organizationId }, {}]) {
      const record = (units: number) => tenantry.usage.record(ada, { ...place, units })
      const reserve = (units: number) => tenantry.usage.reserve(ada, { ...place, units })
      const commit = async (units: number) => {
        const { holdId } = await reserve(Number.MAX_SAFE_INTEGER)
        return tenantry.usage.commit(ada, { ...place, holdId: holdId ?? "", units })
      }
      for (const work of [record, reserve, commit]) {
        await takes(EDGES, work)
        await refuses("units", WRONG, work)
        // What was counted so far stays in another month.
        clock.advance({ days: 31 })
      }
    }
    for (const secret of secrets) {
      const verify = (units: number) => tenantry.apiKeys.verify(secret, { units })
      await takes(EDGES, verify)
      await refuses("units", WRONG, verify)
    }
  })

  it("are kept aside 1 to 86,400 seconds, to the millisecond", async () => {
    const { tenantry, organizationId, clock } = await acme()
    for (const place of [{ organizationId }, {}]) {
      const reserve = (expiresInSeconds: number) =>
        tenantry.usage.reserve(ada, { ...place, units: 1, expiresInSeconds })
      await takes([1, 86_400], reserve)
      await refuses("expiresInSeconds", numbers([...WHOLE.below, ...WHOLE.broken, 86_401]), reserve)
      const [first, second] = [await reserve(60), await reserve(60)]
      const commit = async (holdId: string | null) => {
        const settled = await attempt(tenantry.usage.commit(ada, { ...place, holdId: holdId ?? "" }))
        return settled.ok ? settled.value.units : settled.error.code
      }
      clock.advance({ milliseconds: 59_999 })
      expect(await commit(first.holdId)).toBe(1)
      clock.advance({ milliseconds: 1 })
      expect([await commit(second.holdId), await commit(first.holdId)]).toEqual(["not_found", 1])
    }
  })

  it("are for requests of 1 to 200 characters, APIs of 1 to 64, and months of this calendar", async () => {
    const { tenantry, organizationId } = await acme()
    const request = (requestId: string) => tenantry.usage.record(ada, { organizationId, requestId })
    await takes(["x", "x".repeat(200), "é"], request)
    await refuses("requestId", ["", "x".repeat(201)], request)
    const api = (api: string) => tenantry.usage.record(ada, { organizationId, api })
    await takes(["a", "A-b_c.1", "x".repeat(64)], api)
    await refuses("api", ["", "-a", "a b", "x".repeat(65), "a\n"], api)
    const month = (month: string) => tenantry.usage.ofOrganization(ada, { organizationId, month })
    await takes(["2026-01", "1970-12", "9999-01"], month)
    await refuses("month", ["", "2026", "2026-00", "2026-13", "2026-1", "2026-01-01", "26-01"], month)
  })
})
