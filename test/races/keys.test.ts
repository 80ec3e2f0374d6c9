/** Keys at once: one that changes under its use, and the last ones there may be. */
import { describe, expect, it } from "vitest"
import { account, type Secret, system, type Tenantry } from "../../src/index.ts"
import { customRoles, type Preset, paidTeam, workspace } from "../../src/presets/presets.ts"
import { person } from "../world.ts"
import { countOf, raceKeys } from "./key-race.ts"

const [ada, bob] = [person("ada"), person("bob")]
const host = system("host")
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))

/** An owner whose subscription is active, and a key of their workspace. */
async function shop({ tenantry }: Readonly<{ tenantry: Tenantry }>) {
  await tenantry.subscriptions.put(account.user(ada.id), { plan: "pro", status: "active" })
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
  const { apiKey, secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k" })
  return { secret, at: { organizationId, apiKeyId: apiKey.id } }
}

const used = async (tenantry: Tenantry) => (await tenantry.usage.ofAccount(ada, {})).total

describe("a key that changes under its use", () => {
  it("works with the old secret or is not found, and works with the new one ever after", async () => {
    await raceKeys({
      preset: workspace as Preset,
      prepare: shop,
      callers: ({ secret, at }) => [({ apiKeys }) => apiKeys.rotate(ada, at), ({ apiKeys }) => apiKeys.verify(secret)],
      check: async ({ values, found, tenantry }) => {
        const { secret } = values[0] as { secret: Secret }
        expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ ok: true, secret: "current" })
        expect(await tenantry.apiKeys.verify(found.secret)).toMatchObject({ code: "not_found" })
      },
      sees: ["done,ok", "done,not_found"],
    })
  })

  it("has two secrets at most after two rotations at once, and both callers' own unless one is already old", async () => {
    await raceKeys({
      preset: workspace as Preset,
      prepare: shop,
      callers: ({ at }) =>
        times(
          2,
          () =>
            ({ apiKeys }) =>
              apiKeys.rotate(ada, { ...at, graceSeconds: 60 }),
        ),
      check: async ({ codes, values, found, tenantry }) => {
        expect(codes).toEqual(["done", "done"])
        const secrets = [found.secret, ...(values as { secret: Secret }[]).map(({ secret }) => secret)]
        const verdicts = await Promise.all(secrets.map((secret) => tenantry.apiKeys.verify(secret)))
        const which = verdicts.map((verdict) => (verdict.ok ? verdict.secret : verdict.code))
        expect(which[0]).toBe("not_found")
        expect(which.slice(1).sort()).toEqual(["current", "previous"])
      },
    })
  })

  it("works or is disabled, and is disabled ever after", async () => {
    await raceKeys({
      preset: workspace as Preset,
      prepare: shop,
      callers: ({ secret, at }) => [({ apiKeys }) => apiKeys.disable(ada, at), ({ apiKeys }) => apiKeys.verify(secret)],
      check: async ({ codes, found, tenantry }) => {
        expect(await tenantry.apiKeys.verify(found.secret)).toMatchObject({ code: "disabled" })
        expect(await used(tenantry)).toBe(codes[1] === "ok" ? 1 : 0)
      },
      sees: ["done,ok", "done,disabled"],
    })
  })

  it("stays revoked, whatever is done to it at once", async () => {
    await raceKeys({
      preset: workspace as Preset,
      prepare: shop,
      callers: ({ secret, at }) => [
        ({ apiKeys }) => apiKeys.revokeLeaked(secret),
        ({ apiKeys }) => apiKeys.rotate(ada, { ...at, graceSeconds: 60 }),
        ({ apiKeys }) => apiKeys.disable(ada, at),
      ],
      check: async ({ codes, values, found, tenantry }) => {
        expect(codes[0]).toBe("done")
        const rotated = (values[1] as { secret?: Secret }).secret
        const verdicts = [await tenantry.apiKeys.verify(found.secret)]
        if (rotated !== undefined) verdicts.push(await tenantry.apiKeys.verify(rotated))
        for (const verdict of verdicts) expect(["revoked", "not_found"]).toContain(verdict.ok || verdict.code)
        expect((await tenantry.apiKeys.get(ada, found.at)).state).toBe("revoked")
        expect(await tenantry.activity.verify(ada, { organizationId: found.at.organizationId })).toMatchObject({
          ok: true,
        })
      },
    })
  })

  it("of a member never works after that member is removed", async () => {
    await raceKeys({
      preset: paidTeam as Preset,
      prepare: async ({ tenantry }) => {
        const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
        for (const product of ["organization", "api"]) {
          const terms = { product, plan: product === "api" ? "pro" : "team", status: "active" } as const
          await tenantry.subscriptions.put(account.organization(organizationId), terms)
        }
        const user = { id: bob.id, email: bob.email }
        const { id: membershipId } = await tenantry.memberships.add(host, { organizationId, user, role: "member" })
        const { secret } = await tenantry.apiKeys.create(bob, { organizationId, name: "k", holder: "member" })
        return { organizationId, membershipId, secret }
      },
      callers: ({ organizationId, membershipId, secret }) => [
        ({ memberships }) => memberships.remove(ada, { organizationId, membershipId }),
        ({ apiKeys }) => apiKeys.create(bob, { organizationId, name: "late", holder: "member" }),
        ({ apiKeys }) => apiKeys.verify(secret),
      ],
      check: async ({ codes, values, found, tenantry }) => {
        expect(codes[0]).toBe("done")
        const late = (values[1] as { secret?: Secret }).secret
        for (const secret of late === undefined ? [found.secret] : [found.secret, late]) {
          expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ code: "holder_inactive" })
        }
      },
      sees: ["done,not_found,holder_inactive", "done,done,ok"],
    })
  })
})

/** Nobody pays, and people may hold keys outside any organization. */
const withPeoplesKeys: Preset = { ...(customRoles as Preset), apiKeys: { holders: ["organization", "person"] } }

describe("the last keys there may be", () => {
  it("are made, and no more, by eight at once in an organization", async () => {
    await raceKeys({
      preset: customRoles as Preset,
      settings: { limits: { apiKeys: 3 } },
      prepare: async ({ tenantry }) => ({ ...(await tenantry.organizations.create(ada, { name: "Acme" })) }),
      callers: ({ id: organizationId }) =>
        times(
          8,
          (at) =>
            ({ apiKeys }) =>
              apiKeys.create(ada, { organizationId, name: `k${at}` }),
        ),
      seeds: 100,
      check: async ({ codes, found, tenantry }) => {
        expect([countOf(codes, "done"), countOf(codes, "limit_reached")]).toEqual([3, 5])
        expect((await tenantry.apiKeys.list(ada, { organizationId: found.id })).data).toHaveLength(3)
      },
    })
  })

  it.each([
    ["one process", 1],
    ["a process each", 4],
  ])("are made, and no more, of a person's own, in %s", async (_, processes) => {
    await raceKeys({
      preset: withPeoplesKeys,
      settings: { limits: { apiKeys: 2 } },
      prepare: async () => null,
      callers: () =>
        times(
          4,
          (at) =>
            ({ apiKeys }) =>
              apiKeys.create(ada, { name: `k${at}` }),
        ),
      processes,
      check: async ({ codes, tenantry }) => {
        expect([countOf(codes, "done"), countOf(codes, "limit_reached")]).toEqual([2, 2])
        expect((await tenantry.apiKeys.list(ada, {})).data).toHaveLength(2)
      },
    })
  })
})

it("commands on a person's own keys come one after another: none is lost, and none undone", async () => {
  await raceKeys({
    preset: withPeoplesKeys,
    prepare: async ({ tenantry }) => tenantry.apiKeys.create(ada, { name: "k" }),
    callers: ({ apiKey: { id: apiKeyId }, secret }) => [
      ({ apiKeys }) => apiKeys.update(ada, { apiKeyId, name: "renamed" }),
      ({ apiKeys }) => apiKeys.rotate(ada, { apiKeyId }),
      ({ apiKeys }) => apiKeys.revokeLeaked(secret),
      ({ subscriptions }) => subscriptions.put(account.user(ada.id), { plan: "pro", status: "active" }),
    ],
    check: async ({ codes, found: { apiKey }, tenantry }) => {
      const [renamed, rotated, revoked, put] = codes
      expect([revoked, put]).toEqual(["done", "done"])
      const { name, state } = await tenantry.apiKeys.get(ada, { apiKeyId: apiKey.id })
      expect(name).toBe(renamed === "done" ? "renamed" : "k")
      for (const code of [renamed, rotated]) expect(["done", "not_found"]).toContain(code)
      // A secret that was rotated away in time is no proof of a leak.
      expect(state).toMatch(rotated === "done" ? /active|revoked/ : /revoked/)
    },
  })
})
