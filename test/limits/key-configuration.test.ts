/** What a host may say of keys, billing and usage, and what is refused by name. */
import { describe, expect, it } from "vitest"
import { type Configuration, createTenantry, isTenantryError } from "../../src/index.ts"
import { customRoles, paidTeam, projects, workspace } from "../../src/presets/presets.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { inbox, sequentialIds } from "../../src/testing/testing.ts"

const acceptUrl = (token: string) => `https://app.example/join/${token}`
const right = { preset: workspace, store: memoryStore(), mailer: inbox(), acceptUrl }

/** The paths of what is wrong with it, each once. */
function wrong(more: object): readonly string[] {
  try {
    createTenantry({ ...right, ...more } as unknown as Configuration)
  } catch (error) {
    if (!isTenantryError(error) || error.code !== "invalid_input") throw error
    return [...new Set(error.details.issues.map(({ path }) => path.join(".")))]
  }
  return []
}

const BROKEN = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10", null]

describe("a configuration of keys", () => {
  it("has a prefix of 2 to 16 lower-case letters and digits", () => {
    for (const prefix of ["tk", "acme", "a1", "a".repeat(16)]) expect(wrong({ apiKeys: { prefix } })).toEqual([])
    for (const prefix of ["", "t", "TK", "1a", "t_k", "t-k", "a".repeat(17), "tk\n", "tk_", 1, null]) {
      expect([prefix, wrong({ apiKeys: { prefix } })]).toEqual([prefix, ["apiKeys.prefix"]])
    }
  })

  it("names holders that there are, and one at least", () => {
    for (const holders of [["organization"], ["member"], ["member", "organization"]]) {
      expect(wrong({ apiKeys: { holders } })).toEqual([])
    }
    expect(wrong({ apiKeys: { holders: [] } })).toEqual(["apiKeys.holders"])
    expect(wrong({ apiKeys: { holders: ["organization", "team"] } })).toEqual(["apiKeys.holders.1"])
    expect(wrong({ apiKeys: { holders: "member" } })).toEqual(["apiKeys.holders"])
    expect(wrong({ apiKeys: { revokeOnRemoval: "yes" } })).toEqual(["apiKeys.revokeOnRemoval"])
    expect(wrong({ apiKeys: { prefixes: ["tk"] } })).toEqual(["apiKeys.prefixes"])
  })

  it("takes ids, limiters, sources and providers that have every method", () => {
    const { keySecret: _, ...without } = sequentialIds()
    expect(wrong({ ids: without })).toEqual(["ids"])
    const take = () => undefined
    expect(wrong({ rateLimiter: { take, giveBack: take } })).toEqual([])
    for (const rateLimiter of [{}, { take }, { giveBack: take }, null, take]) {
      expect(wrong({ rateLimiter })).toEqual(["rateLimiter"])
    }
    for (const payments of [{}, { cancel: take }, { changePlan: take }])
      expect(wrong({ payments })).toEqual(["payments"])
    for (const subscriptions of [{}, take, "stripe"]) expect(wrong({ subscriptions })).toEqual(["subscriptions"])
    for (const signal of [{}, null, true]) expect(wrong({ signal })).toEqual(["signal"])
    expect(wrong({ signal: new AbortController().signal })).toEqual([])
  })
})

describe("a configuration of billing", () => {
  it("charges an owner only where there is one", () => {
    for (const preset of [workspace, paidTeam]) expect(wrong({ preset, billing: { account: "owner" } })).toEqual([])
    for (const preset of [customRoles, projects]) {
      expect(wrong({ preset, billing: { account: "owner" } })).toEqual(["billing.account"])
      for (const account of ["none", "organization"]) expect(wrong({ preset, billing: { account } })).toEqual([])
    }
    expect(wrong({ preset: undefined, policy: customRoles.policy, billing: { account: "owner" } })).toEqual([
      "billing.account",
    ])
    expect(wrong({ billing: { account: "user" } })).toEqual(["billing.account"])
  })

  const plans = (...plans: readonly object[]) => wrong({ billing: { plans } })

  it("has each plan of a product once, and one default of each", () => {
    expect(plans({ id: "pro" }, { id: "pro", product: "organization" }, { id: "max", default: true })).toEqual([])
    expect(plans({ id: "pro" }, { id: "pro" })).toEqual(["billing.plans.1.id"])
    expect(plans({ id: "pro" }, { id: "pro", product: "api" })).toEqual(["billing.plans.1.id"])
    expect(plans({ id: "a", default: true }, { id: "b" }, { id: "c", default: true })).toEqual([
      "billing.plans.2.default",
    ])
    expect(plans({ id: "a", default: true }, { id: "b", product: "organization", default: true })).toEqual([])
  })

  it("has plans with names, whole quotas, seats and prices", () => {
    const price = { currency: "EUR", base: 0, includedSeats: 0, perSeat: 0 }
    expect(plans({ id: "a", quota: 0, seats: 1, price, features: ["x"] })).toEqual([])
    expect(plans({ id: "a", quota: Number.MAX_SAFE_INTEGER, seats: 1_000_000 })).toEqual([])
    for (const id of ["", "Pro", "1a", "a b", "a".repeat(49), 1]) expect(plans({ id })).toEqual(["billing.plans.0.id"])
    for (const quota of [-1, 1.5, 2 ** 53, "10"]) expect(plans({ id: "a", quota })).toEqual(["billing.plans.0.quota"])
    for (const seats of [0, -1, 1.5, 1_000_001]) expect(plans({ id: "a", seats })).toEqual(["billing.plans.0.seats"])
    for (const currency of ["eur", "EURO", "€", ""]) {
      expect(plans({ id: "a", price: { ...price, currency } })).toEqual(["billing.plans.0.price.currency"])
    }
    for (const field of ["base", "includedSeats", "perSeat"]) {
      for (const value of [-1, 0.5, 2 ** 53]) {
        expect(plans({ id: "a", price: { ...price, [field]: value } })).toEqual([`billing.plans.0.price.${field}`])
      }
    }
    expect(plans({ id: "a", features: [""] })).toEqual(["billing.plans.0.features.0"])
    expect(plans({ id: "a", name: "A" }, {})).toEqual(["billing.plans.0.name", "billing.plans.1.id"])
  })
})

describe("a configuration of usage", () => {
  it("counts exactly, or in batches of a size and an age that can hold", () => {
    const usage = (usage: object) => wrong({ usage })
    expect(usage({ mode: "exact" })).toEqual([])
    expect(usage({ mode: "buffered", size: 1, seconds: 1 })).toEqual([])
    expect(usage({ mode: "buffered", size: 100_000, seconds: 3600 })).toEqual([])
    for (const size of [...BROKEN, 100_001]) expect(usage({ mode: "buffered", size })).toEqual(["usage.size"])
    for (const seconds of [...BROKEN, 3601]) expect(usage({ mode: "buffered", seconds })).toEqual(["usage.seconds"])
    expect(usage({ mode: "lazy" })).toEqual(["usage.mode"])
    expect(usage({ sizes: 1 })).toEqual(["usage.sizes"])
  })

  it("declares APIs by names of 1 to 64 characters, 1,000 at most", () => {
    const named = (count: number) => Array.from({ length: count }, (_, index) => `api-${index}`)
    for (const apis of [null, [], ["search"], ["A-b_c.1"], ["x".repeat(64)], named(1000)]) {
      expect(wrong({ apis })).toEqual([])
    }
    expect(wrong({ apis: named(1001) })).toEqual(["apis"])
    expect(wrong({ apis: "search" })).toEqual(["apis"])
    for (const api of ["", "-a", "a b", "x".repeat(65), "a\n", 1])
      expect(wrong({ apis: ["ok", api] })).toEqual(["apis.1"])
  })

  it("lists all that is wrong with keys, billing and usage at once", () => {
    const paths = wrong({
      apiKeys: { prefix: "" },
      billing: { account: 1 },
      usage: { mode: 1 },
      apis: 1,
      limits: { apiKeys: 0 },
    })
    expect([...paths].sort()).toEqual(["apiKeys.prefix", "apis", "billing.account", "limits.apiKeys", "usage.mode"])
  })
})
