/** Key secrets that can be told from anything else: they are in what `create` and `rotate` answer, and nowhere else. */
import { inspect } from "node:util"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Secret, type Tenantry } from "../../src/index.ts"
import { hashSecret } from "../../src/kernel/secret.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import type { Store } from "../../src/store/store.ts"
import { countCalls, intercept, sequentialIds, withFaults } from "../../src/testing/testing.ts"
import { type Aviary, ada, aviary, bob, expectClean, readEverything } from "./key-aviary.ts"
import { CANARY, WRITERS } from "./shown.ts"

let written: unknown[][] = []
beforeEach(() => {
  written = []
  for (const name of WRITERS)
    vi.spyOn(console, name).mockImplementation((...given: unknown[]) => void written.push(given))
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => written.push([text]) > 0)
  }
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe("a key's secret", () => {
  it("is in no list, verdict, activity or error, all along its life, while two of them live too", async () => {
    const at = await aviary()
    const { tenantry, organizationId, issued, see, clock, member } = at
    const rateLimit = { limit: 100, windowSeconds: 60 }
    const ci = await issued(tenantry.apiKeys.create(ada, { organizationId, name: "ci", rateLimit, monthlyUnits: 9 }))
    const laptop = await issued(tenantry.apiKeys.create(bob, { organizationId, name: "laptop", holder: "member" }))
    const own = await issued(tenantry.apiKeys.create(ada, { name: "personal" }))
    await readEverything(at)
    for (const { secret } of [ci, laptop, own]) {
      for (const request of [{}, { permission: "members.read" }, { units: 50 }, { meter: false }]) {
        await see(() => tenantry.apiKeys.verify(secret, request))
        await see(() => tenantry.apiKeys.verify(secret.reveal(), request))
      }
      await see(() => tenantry.apiKeys.verify(`${secret.reveal()}x`))
    }
    const key = { organizationId, apiKeyId: ci.apiKey.id }
    await issued(tenantry.apiKeys.rotate(ada, { ...key, graceSeconds: 60 }))
    await issued(tenantry.apiKeys.rotate(bob, { organizationId, apiKeyId: laptop.apiKey.id, graceSeconds: 60 }))
    await issued(tenantry.apiKeys.rotate(ada, { apiKeyId: own.apiKey.id, graceSeconds: 60 }))
    expect(at.secrets).toHaveLength(6)
    for (const secret of at.secrets) await see(() => tenantry.apiKeys.verify(secret, { units: 1 }))
    await readEverything(at)
    await see(() => tenantry.apiKeys.update(ada, { ...key, name: "renamed", scopes: [] }))
    await see(() => tenantry.apiKeys.disable(ada, key))
    for (const secret of at.secrets) await see(() => tenantry.apiKeys.verify(secret))
    await see(() => tenantry.apiKeys.enable(ada, key))
    clock.advance({ minutes: 2 })
    for (const secret of at.secrets) await see(() => tenantry.apiKeys.verify(secret))
    await see(() => tenantry.memberships.remove(ada, { organizationId, membershipId: member.id }))
    await see(() => tenantry.apiKeys.revokeLeaked(at.secrets[3] ?? ""))
    await see(() => tenantry.apiKeys.delete(ada, key))
    await see(() => tenantry.apiKeys.delete(ada, { apiKeyId: own.apiKey.id }))
    for (const secret of at.secrets) await see(() => tenantry.apiKeys.verify(secret))
    await readEverything(at)
    expectClean(at, written)
    expect(written).toEqual([])
  })

  it("is given out by `reveal` alone: templates, JSON and `inspect` show none of it", async () => {
    const { tenantry, organizationId } = await aviary()
    const made = await tenantry.apiKeys.create(ada, { organizationId, name: "ci" })
    const rotated = await tenantry.apiKeys.rotate(ada, { organizationId, apiKeyId: made.apiKey.id })
    for (const answer of [made, rotated]) {
      const { secret } = answer
      expect(secret).toBeInstanceOf(Secret)
      expect(secret.reveal()).toContain(CANARY)
      expect([`${secret}`, String(secret), `${[secret]}`]).toEqual(["[secret]", "[secret]", "[secret]"])
      expect(JSON.parse(JSON.stringify(answer))).toMatchObject({ secret: "[secret]" })
      expect(inspect(answer, { depth: 20, showHidden: true, getters: true })).toContain("secret: [secret]")
      expect(Object.keys(secret)).toEqual([])
      expect(structuredClone({ ...secret })).toEqual({})
      expect(answer.apiKey.hint).toBe(`${secret.reveal().slice(0, 12)}...${secret.reveal().slice(-4)}`)
      expect(answer.apiKey.hint).not.toContain(CANARY)
    }
  })

  it("is in no answer to wrong input that holds one", async () => {
    const at = await aviary()
    const { tenantry, organizationId, issued } = at
    const { secret } = await issued(tenantry.apiKeys.create(ada, { organizationId, name: "ci" }))
    const text = secret.reveal()
    const anyhow = tenantry.apiKeys as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>
    const before = at.seen.length
    for (const name of ["get", "update", "enable", "disable", "rotate", "delete"]) {
      for (const input of [
        { apiKeyId: text },
        { organizationId, apiKeyId: text },
        text,
        [text],
        { apiKeyId: [text] },
      ]) {
        await at.see(async () => anyhow[name]?.(ada, input))
      }
    }
    await at.see(async () => anyhow["create"]?.(ada, { organizationId, name: "x", scopes: [text] }))
    await at.see(async () => anyhow["create"]?.(ada, { organizationId, name: "x", environment: text }))
    await at.see(async () => anyhow["list"]?.(text, { organizationId }))
    await at.see(async () => anyhow["verify"]?.(text, { units: text }))
    await at.see(async () => anyhow["verify"]?.(text, { permission: [text] }))
    await at.see(async () => anyhow["verify"]?.(text, text))
    const outcomes = at.seen.slice(before) as readonly Readonly<{ ok: boolean }>[]
    expect([outcomes.length, outcomes.filter(({ ok }) => ok)]).toEqual([36, []])
    expectClean(at)
  })

  it("is in no error of a store that fails, nor of a source that is no good", async () => {
    type Work = (tenantry: Tenantry, at: Aviary, key: Readonly<{ id: string; secret: Secret }>) => Promise<unknown>
    const works: readonly Work[] = [
      ({ apiKeys }, { organizationId }) => apiKeys.create(ada, { organizationId, name: "x" }),
      ({ apiKeys }, { organizationId }, { id }) =>
        apiKeys.rotate(ada, { organizationId, apiKeyId: id, graceSeconds: 9 }),
      ({ apiKeys }, _, { secret }) => apiKeys.verify(secret),
      ({ apiKeys }, _, { secret }) => apiKeys.revokeLeaked(secret),
    ]
    for (const work of works) {
      const prepared = async () => {
        const at = await aviary()
        const { organizationId } = at
        const made = await at.issued(at.tenantry.apiKeys.create(ada, { organizationId, name: "ci" }))
        return [at, { id: made.apiKey.id, secret: made.secret }] as const
      }
      const [clean, key] = await prepared()
      const { store, calls } = countCalls(clean.store)
      await work(clean.over(store), clean, key)
      expect(calls.length).toBeGreaterThan(1)
      for (const moment of ["before", "after"] as const) {
        for (const failAt of calls.keys()) {
          const [at, key] = await prepared()
          await at.see(() => work(at.over(withFaults(at.store, failAt + 1, moment)), at, key))
          expect(JSON.stringify(at.seen.at(-1))).toContain('"unavailable"')
          await readEverything(at)
          expectClean(at)
        }
      }
    }
    const short = await aviary({ ids: { ...sequentialIds(), keySecret: () => `${CANARY}_short` } })
    const { organizationId } = short
    await short.see(() => short.tenantry.apiKeys.create(ada, { organizationId, name: "x" }))
    expect(short.seen).toMatchObject([{ ok: false, error: { code: "unavailable" } }])
    await readEverything(short)
    expectClean(short)
  })

  it("is told to no subscriber, rule, rate limiter, provider or source", async () => {
    const told: unknown[] = []
    const listen = (value: unknown): null => {
      told.push(structuredClone(value))
      return null
    }
    const standing = { ok: true, limit: 5, remaining: 5, resetAt: new Date(0) } as const
    const at = await aviary({
      subscribers: { "*": (event) => void told.push(event) },
      rules: [{ name: "listening", forbids: (question) => listen(question) !== null }],
      rateLimiter: { take: (...given) => listen(given) ?? standing, giveBack: (...given) => void listen(given) },
      payments: {
        changePlan: async (change) => listen(change),
        cancel: async (change) => listen(change),
      },
    })
    const { tenantry, organizationId, issued, see } = at
    const rateLimit = { limit: 5, windowSeconds: 60 }
    const { apiKey } = await issued(tenantry.apiKeys.create(ada, { organizationId, name: "ci", rateLimit }))
    await issued(tenantry.apiKeys.rotate(ada, { organizationId, apiKeyId: apiKey.id, graceSeconds: 60 }))
    for (const secret of at.secrets)
      for (const units of [1, 50]) await see(() => tenantry.apiKeys.verify(secret, { units }))
    await see(() => tenantry.billing.changePlan(ada, { organizationId, plan: "max" }))
    await see(() => tenantry.apiKeys.revokeLeaked(at.secrets[0] ?? ""))
    await see(() => tenantry.outbox.deliver())
    const actions = told.map((event) => (event as { action?: unknown }).action).filter((action) => action !== undefined)
    expect(actions).toEqual(expect.arrayContaining(["api_key.created", "api_key.rotated", "api_key.revoked"]))
    expect(told.length).toBeGreaterThan(15)
    at.seen.push(...told)
    expectClean(at)
  })
})

describe("what the store holds of a key's secret", () => {
  it("is its SHA-256 and the hint, in every commit and look-up", async () => {
    const given: string[] = []
    const store = memoryStore()
    const commits = {
      commit: (changes: Parameters<Store["commit"]>[0]) => {
        given.push(JSON.stringify(changes))
        return store.commit(changes)
      },
      accounts: {
        ...store.accounts,
        commit: (changes: Parameters<Store["accounts"]["commit"]>[0]) => {
          given.push(JSON.stringify(changes))
          return store.accounts.commit(changes)
        },
      },
      apiKeys: {
        findBySecret: (...by: Parameters<Store["apiKeys"]["findBySecret"]>) => {
          given.push(JSON.stringify(by))
          return store.apiKeys.findBySecret(...by)
        },
      },
      usage: {
        ...store.usage,
        consume: (consumption: Parameters<Store["usage"]["consume"]>[0]) => {
          given.push(JSON.stringify(consumption))
          return store.usage.consume(consumption)
        },
      },
    }
    const at = await aviary({ store: { ...intercept(store, (_, proceed) => proceed()), ...commits } })
    const { tenantry, organizationId, issued } = at
    const made = await issued(tenantry.apiKeys.create(ada, { organizationId, name: "ci" }))
    const own = await issued(tenantry.apiKeys.create(ada, { name: "personal" }))
    await issued(tenantry.apiKeys.rotate(ada, { organizationId, apiKeyId: made.apiKey.id, graceSeconds: 60 }))
    await issued(tenantry.apiKeys.rotate(ada, { apiKeyId: own.apiKey.id, graceSeconds: 60 }))
    for (const secret of at.secrets) expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true })
    const all = given.join("\n")
    expect(all).not.toContain(CANARY)
    for (const secret of at.secrets) {
      const rows = given.filter((text) => text.includes(hashSecret(secret)))
      // Made, still there after the rotation or made by it, and looked up.
      expect(rows.length).toBeGreaterThan(1)
      expect(all).toContain(`"hint":"${secret.slice(0, 12)}...${secret.slice(-4)}"`)
    }
    await tenantry.apiKeys.delete(ada, { organizationId, apiKeyId: made.apiKey.id })
    const deleted = JSON.parse(given.at(-1) ?? "null") as { rows: { apiKeys: { update: readonly object[] } } }
    expect(deleted.rows.apiKeys.update).toMatchObject([{ secret: { hash: "" }, previous: null }])
  })
})

it("the canary is found where it is", async () => {
  const at = await aviary()
  const { secret } = await at.tenantry.apiKeys.create(ada, { organizationId: at.organizationId, name: "ci" })
  at.secrets.push(secret.reveal())
  at.seen.push({ deep: new Map([["at", secret.reveal()]]) }, "padding".repeat(100))
  expect(() => expectClean(at)).toThrow()
  at.seen.splice(0, 1, { hash: hashSecret(secret.reveal()) })
  expect(() => expectClean(at)).toThrow()
  at.seen.splice(0, 1, { secret })
  expect(() => expectClean(at)).not.toThrow()
})
