/** IP and endpoint rules as keys meet them: of the organization, of a member, of the key. */
import { describe, expect, it } from "vitest"
import { system, type VerifyRequest } from "../../src/index.ts"
import type { Preset } from "../../src/presets/preset.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { refusal, world } from "../world.ts"
import { ada, bob, team, workshop } from "./scene.ts"

type Rules = Readonly<{ cidr: string; api?: string }>[]

describe("IP rules", () => {
  /** A workspace with a key, whose answers are told by address and API. */
  async function guarded(organization: Rules, own: Rules) {
    const made = await workshop({ apis: ["search", "maps"] })
    const { tenantry, organizationId } = made
    const { apiKey, secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "k", ipRules: own })
    const set = (rules: Rules) => tenantry.restrictions.ipRules.set(ada, { organizationId, rules })
    await set(organization)
    const from = async (ip: string | undefined, api?: string) => {
      const verdict = await tenantry.apiKeys.verify(secret, { ...(ip && { ip }), ...(api && { api }) })
      return verdict.ok ? "ok" : verdict.code
    }
    return { ...made, at: { organizationId, apiKeyId: apiKey.id }, set, from }
  }

  it("of the organization and of the key must both match", async () => {
    const { from } = await guarded([{ cidr: "10.0.0.0/8" }], [{ cidr: "10.1.0.0/16" }, { cidr: "192.0.2.1" }])
    expect(await from("10.1.2.3")).toBe("ok")
    for (const ip of ["10.2.0.1", "192.0.2.1", "11.1.0.1", undefined]) expect(await from(ip)).toBe("ip_not_allowed")
  })

  it("bind for their API alone, and where any names one the request must name its own", async () => {
    const { from } = await guarded([{ cidr: "10.0.0.0/8", api: "search" }], [])
    expect(await from("192.0.2.1", "maps")).toBe("ok")
    expect([await from("10.0.0.1", "search"), await from("192.0.2.1", "search")]).toEqual(["ok", "ip_not_allowed"])
    expect([await from("10.0.0.1"), await from(undefined, "maps")]).toEqual(["ip_not_allowed", "ok"])
  })

  it("for one API and for all of them allow together", async () => {
    const { from } = await guarded([], [{ cidr: "10.0.0.0/8" }, { cidr: "192.0.2.0/24", api: "maps" }])
    expect([await from("192.0.2.1", "maps"), await from("10.0.0.1", "maps")]).toEqual(["ok", "ok"])
    expect([await from("192.0.2.1", "search"), await from("10.0.0.1", "search")]).toEqual(["ip_not_allowed", "ok"])
  })

  it("take effect at the next verification, set, changed or taken away", async () => {
    const { from, set, at, tenantry } = await guarded([], [])
    expect(await from("192.0.2.1")).toBe("ok")
    await set([{ cidr: "10.0.0.0/8" }])
    expect([await from("192.0.2.1"), await from("10.0.0.1")]).toEqual(["ip_not_allowed", "ok"])
    await set([{ cidr: "192.0.2.0/24" }])
    expect([await from("192.0.2.1"), await from("10.0.0.1")]).toEqual(["ok", "ip_not_allowed"])
    await tenantry.apiKeys.update(ada, { ...at, ipRules: [{ cidr: "192.0.2.7" }] })
    expect([await from("192.0.2.1"), await from("192.0.2.7")]).toEqual(["ip_not_allowed", "ok"])
    await set([])
    await tenantry.apiKeys.update(ada, { ...at, ipRules: [] })
    expect([await from("192.0.2.1"), await from(undefined)]).toEqual(["ok", "ok"])
  })

  it("survive a new secret, and are refused for an API that is not declared", async () => {
    const { from, at, tenantry, organizationId } = await guarded([], [{ cidr: "10.0.0.0/8" }])
    const { secret } = await tenantry.apiKeys.rotate(ada, { ...at, graceSeconds: 60 })
    expect(await tenantry.apiKeys.verify(secret, { ip: "192.0.2.1" })).toMatchObject({ code: "ip_not_allowed" })
    expect([await from("192.0.2.1"), await from("10.0.0.1")]).toEqual(["ip_not_allowed", "ok"])
    const undeclared = [{ cidr: "10.0.0.0/8", api: "mail" }]
    const wrong = tenantry.restrictions.ipRules.set(ada, { organizationId, rules: undeclared })
    await expect(wrong).rejects.toMatchObject(refusal("invalid_input"))
    const made = tenantry.apiKeys.create(ada, { organizationId, name: "x", ipRules: undeclared })
    await expect(made).rejects.toMatchObject(refusal("invalid_input"))
  })
})

describe("endpoint rules", () => {
  /** A team in which ada, the admin, bob, a maintainer, and the organization each hold a key. */
  async function guarded() {
    const made = await team()
    const { tenantry, organizationId, join } = made
    const { id: bobs } = await join(bob, "maintainer")
    const adas = (await tenantry.memberships.find(ada, { organizationId, userId: ada.id }))?.id ?? ""
    const base = { organizationId, name: "k" }
    const endpointRules = ["GET /v1/**"]
    const keys = {
      ada: await tenantry.apiKeys.create(ada, { ...base, holder: "member" }),
      bob: await tenantry.apiKeys.create(bob, { ...base, holder: "member", endpointRules }),
      shared: await tenantry.apiKeys.create(ada, { ...base, holder: "organization" }),
    }
    const set = (rules: string[], membershipId?: string) =>
      tenantry.restrictions.endpointRules.set(ada, { organizationId, rules, ...(membershipId && { membershipId }) })
    const may = async (whose: keyof typeof keys, endpoint?: string) => {
      const [method, path] = endpoint?.split(" ") ?? []
      const request: VerifyRequest = { ...(method && { method }), ...(path && { path }) }
      const verdict = await tenantry.apiKeys.verify(keys[whose].secret, request)
      return verdict.ok || verdict.code
    }
    return { ...made, keys, adas, bobs, set, may }
  }
  const NO = "endpoint_not_allowed"

  it("of the organization bind everybody's keys and its own, but not those that its owner holds", async () => {
    const { set, may } = await guarded()
    await set(["GET /v1/cars/:vin"])
    expect([await may("ada", "POST /x"), await may("ada")]).toEqual([true, true])
    expect([await may("shared", "GET /v1/cars/1"), await may("shared", "POST /x"), await may("shared")]).toEqual([
      true,
      NO,
      NO,
    ])
    expect([await may("bob", "GET /v1/cars/1"), await may("bob", "GET /v1/bikes")]).toEqual([true, NO])
  })

  it("of organization, member and key must all allow", async () => {
    const { set, may, bobs } = await guarded()
    await set(["GET /v1/a", "GET /v1/b", "POST /v1/a"])
    await set(["* /v1/a", "GET /v1/c"], bobs)
    expect(await may("bob", "GET /v1/a")).toBe(true)
    for (const endpoint of ["POST /v1/a", "GET /v1/b", "GET /v1/c"]) expect(await may("bob", endpoint)).toBe(NO)
    expect(await may("shared", "GET /v1/b")).toBe(true)
    await set([])
    expect([await may("bob", "GET /v1/c"), await may("bob", "GET /v1/b")]).toEqual([true, NO])
    await set([], bobs)
    expect([await may("bob", "GET /v1/b"), await may("bob", "POST /v1/a")]).toEqual([true, NO])
  })

  it("of the owner as a member do bind the owner", async () => {
    const { set, may, adas } = await guarded()
    await set(["GET /v1/a"], adas)
    expect([await may("ada", "GET /v1/a"), await may("ada", "GET /v1/b")]).toEqual([true, NO])
  })

  it("are not set on the owner by who does not manage that role, nor on a stranger", async () => {
    const { tenantry, organizationId, adas, bobs, may } = await guarded()
    const by = (rules: string[], membershipId: string) =>
      tenantry.restrictions.endpointRules.set(bob, { organizationId, membershipId, rules })
    await expect(by(["GET /x"], adas)).rejects.toMatchObject(refusal("role_not_manageable", { role: "admin" }))
    await expect(by(["GET /x"], `mem_${"0".repeat(15)}`)).rejects.toMatchObject(refusal("not_found"))
    expect(await may("ada", "POST /y")).toBe(true)
    expect((await by(["GET /v1/x"], bobs)).rules).toEqual(["GET /v1/x"])
    expect(await may("bob", "GET /v1/y")).toBe(NO)
  })

  it("bind an owner's keys from the moment that the owner is none", async () => {
    const { tenantry } = world(customRoles as Preset, { apiKeys: { holders: ["organization", "member", "person"] } })
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const user = { id: bob.id, email: bob.email }
    const host = system("host")
    const { id: membershipId } = await tenantry.memberships.add(host, { organizationId, user, role: "owner" })
    const { secret } = await tenantry.apiKeys.create(bob, { organizationId, name: "k", holder: "member" })
    await tenantry.restrictions.endpointRules.set(ada, { organizationId, rules: ["GET /a"] })
    const verify = () => tenantry.apiKeys.verify(secret, { method: "GET", path: "/b" })
    expect(await verify()).toMatchObject({ ok: true })
    await tenantry.memberships.changeRole(ada, { organizationId, membershipId, role: "admin" })
    expect(await verify()).toMatchObject({ code: NO })
    await tenantry.memberships.changeRole(ada, { organizationId, membershipId, role: "owner" })
    expect(await verify()).toMatchObject({ ok: true })
  })
})
