/** Units at once: the last of a quota, and one request many times. */
import { describe, expect, it } from "vitest"
import { account, type Secret, type Tenantry, type Verdict } from "../../src/index.ts"
import { type Preset, workspace } from "../../src/presets/presets.ts"
import { person } from "../world.ts"
import { type Caller, countOf, raceKeys } from "./key-race.ts"

const ada = person("ada")
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))

/** An owner who pays for `quota` units, and a key in each of some organizations of theirs. */
const shop =
  (quota: number | null, organizations = 1, more: Readonly<{ monthlyUnits?: number }> = {}) =>
  async ({ tenantry }: Readonly<{ tenantry: Tenantry }>) => {
    await tenantry.subscriptions.put(account.user(ada.id), { plan: "pro", status: "active", quota })
    const keys: { organizationId: string; apiKeyId: string; secret: Secret }[] = []
    for (let at = 0; at < organizations; at++) {
      const { id: organizationId } = await tenantry.organizations.create(ada, { name: `Acme ${at}` })
      const { apiKey, secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k", ...more })
      keys.push({ organizationId, apiKeyId: apiKey.id, secret })
    }
    const [key] = keys
    if (key === undefined) throw new Error("expected an organization")
    return { keys, key, at: { organizationId: key.organizationId, apiKeyId: key.apiKeyId } }
  }

const used = async (tenantry: Tenantry) => (await tenantry.usage.ofAccount(ada, {})).total

describe("the last units of a quota", () => {
  it.each([
    ["one process", 1],
    ["ten processes", 10],
  ])(
    "go to exactly ten of a hundred verifications in %s, of two organizations that one owner pays for",
    async (_, processes) => {
      await raceKeys({
        preset: workspace as Preset,
        prepare: shop(10, 2),
        callers: ({ keys }) =>
          times(
            100,
            (at) =>
              ({ apiKeys }) =>
                apiKeys.verify(keys[at % 2]?.secret ?? ""),
          ),
        processes,
        seeds: 20,
        check: async ({ codes, tenantry }) => {
          expect([countOf(codes, "ok"), countOf(codes, "quota_exceeded")]).toEqual([10, 90])
          expect(await used(tenantry)).toBe(10)
        },
      })
    },
  )

  it("are never overdrawn by what does not fit, and go to what does", async () => {
    await raceKeys({
      preset: workspace as Preset,
      prepare: shop(10, 2),
      callers: ({ keys }) =>
        [7, 5, 4, 3].map(
          (units, at) =>
            ({ apiKeys }) =>
              apiKeys.verify(keys[at % 2]?.secret ?? "", { units }),
        ),
      check: async ({ codes, tenantry }) => {
        const taken = [7, 5, 4, 3].filter((_, at) => codes[at] === "ok")
        const total = taken.reduce((sum, units) => sum + units, 0)
        expect(await used(tenantry)).toBe(total)
        // Whoever was refused did not fit beside those who were granted before.
        expect(total).toBeLessThanOrEqual(10)
        expect(total).toBeGreaterThanOrEqual(7)
      },
      sees: ["ok,quota_exceeded,quota_exceeded,ok", "quota_exceeded,ok,ok,quota_exceeded"],
    })
  })

  it("are kept aside for one of two that hold seven of ten, and told to a verification beside them", async () => {
    await raceKeys({
      preset: workspace as Preset,
      prepare: shop(10),
      callers: ({ key, at: { organizationId } }) => [
        ({ usage }) => usage.reserve(ada, { organizationId, units: 7 }),
        ({ usage }) => usage.reserve(ada, { organizationId, units: 7 }),
        ({ apiKeys }) => apiKeys.verify(key.secret, { units: 4 }),
      ],
      check: ({ codes }) => {
        const [first, second, verified] = codes
        const holds = countOf([first ?? "", second ?? ""], "done")
        expect(holds).toBe(verified === "ok" ? 0 : 1)
        expect([first, second].filter((code) => code !== "done")).toEqual(times(2 - holds, () => "quota_exceeded"))
      },
      sees: ["done,quota_exceeded,quota_exceeded", "quota_exceeded,quota_exceeded,ok"],
    })
  })

  it("of a key's own month go to exactly as many", async () => {
    await raceKeys({
      preset: workspace as Preset,
      prepare: shop(100, 1, { monthlyUnits: 3 }),
      callers: ({ key }) =>
        times(
          8,
          () =>
            ({ apiKeys }) =>
              apiKeys.verify(key.secret),
        ),
      check: ({ codes }) => expect([countOf(codes, "ok"), countOf(codes, "quota_exceeded")]).toEqual([3, 5]),
    })
  })

  it("are as many as the larger of two plans, whichever change is told first", async () => {
    await raceKeys({
      preset: workspace as Preset,
      prepare: shop(2),
      callers: ({ key }) => [
        ({ subscriptions }) => subscriptions.put(account.user(ada.id), { plan: "pro", status: "active", quota: 3 }),
        ...times(
          4,
          (): Caller =>
            ({ apiKeys }) =>
              apiKeys.verify(key.secret),
        ),
      ],
      check: ({ codes }) => {
        const granted = countOf(codes, "ok")
        expect([2, 3]).toContain(granted)
        expect(countOf(codes, "quota_exceeded")).toBe(4 - granted)
      },
    })
  })
})

describe("one request", () => {
  it("counts once of fifty times at once", async () => {
    await raceKeys({
      preset: workspace as Preset,
      prepare: shop(10),
      callers: ({ key }) =>
        times(
          50,
          () =>
            ({ apiKeys }) =>
              apiKeys.verify(key.secret, { requestId: "r", units: 3 }),
        ),
      processes: 10,
      seeds: 50,
      check: async ({ codes, tenantry, values }) => {
        expect([countOf(codes, "ok"), countOf(codes, "replayed")]).toEqual([1, 49])
        expect(await used(tenantry)).toBe(3)
        for (const verdict of values as Verdict[])
          expect(verdict).toMatchObject({ quotas: [{ used: 3, remaining: 7 }] })
      },
    })
  })

  it("counts for each of two keys", async () => {
    await raceKeys({
      preset: workspace as Preset,
      prepare: shop(10, 2),
      callers: ({ keys }) =>
        times(
          6,
          (at) =>
            ({ apiKeys }) =>
              apiKeys.verify(keys[at % 2]?.secret ?? "", { requestId: "r" }),
        ),
      check: async ({ codes, tenantry }) => {
        expect([countOf(codes, "ok"), countOf(codes, "replayed"), await used(tenantry)]).toEqual([2, 4, 2])
      },
    })
  })
})
