import { describe, expect, it } from "vitest"
import type { ApiKey } from "../../src/api-key/api-key.ts"
import {
  effectiveState,
  judge,
  type KeyRecord,
  type KeyRequest,
  standing,
  VERDICT_STATUS,
  type VerdictCode,
} from "../../src/api-key/verdict.ts"
import { definePlans } from "../../src/billing/plan.ts"
import type { SecretHash } from "../../src/kernel/secret.ts"
import { compileEndpointRules, compileIpRules, EndpointRules, IpRules } from "../../src/restriction/restriction.ts"

const at = new Date("2026-03-01T12:00:00.000Z")
const hash = "hash" as SecretHash
const plans = definePlans([{ id: "pro" }, { id: "team", product: "organization" }])
const restrictions = {
  ip: [compileIpRules(IpRules.parse([{ cidr: "10.0.0.0/8" }]))],
  endpoint: [compileEndpointRules(EndpointRules.parse(["GET /v1/**"]))],
}
const good: KeyRequest = { ip: "10.1.2.3", method: "GET", path: "/v1/vin" }
const terms = { billing: { plans, ownerRole: "owner" }, restrictions, isHeld: true }

const record = {
  key: {
    organizationId: "org_1",
    holder: { type: "member", userId: "u_ada", membershipId: "mem_1" },
    projectId: "prj_1",
    secret: { hash, hint: "", expiresAt: null },
    previous: null,
    enabled: true,
    expiresAt: new Date(at.getTime() + 1),
    revokedAt: null,
    deletedAt: null,
  },
  organization: { status: "active" },
  member: { id: "mem_1", role: "editor" },
  project: { id: "prj_1", status: "active" },
  isAlone: false,
  billed: { subscriptions: [{ product: "api", status: "active", plan: "pro" }], meters: [] },
} as unknown as KeyRecord

const withKey = (columns: Partial<ApiKey>): Partial<KeyRecord> => ({ key: { ...record.key, ...columns } })
/** Subscribed to those products, in that status each. */
const billed = (products: Readonly<Record<string, string>>) =>
  ({ subscriptions: Object.entries(products).map(([product, status]) => ({ product, status, plan: "pro" })) }) as never
const inactive = (status: string) => ({ status }) as never

/** What goes wrong, from the first that is looked at to the last. */
const faults: readonly (readonly [VerdictCode, Partial<KeyRecord>, KeyRequest, Partial<typeof terms>])[] = [
  ["not_found", withKey({ secret: { ...record.key.secret, hash: "other" as SecretHash } }), {}, {}],
  ["revoked", withKey({ revokedAt: at }), {}, {}],
  ["disabled", withKey({ enabled: false }), {}, {}],
  ["expired", withKey({ expiresAt: at }), {}, {}],
  ["organization_inactive", { organization: inactive("suspended") }, {}, {}],
  ["holder_inactive", { member: null }, {}, {}],
  ["project_inactive", { project: { id: "prj_1", status: "archived" } as never }, {}, {}],
  ["subscription_inactive", { billed: billed({ api: "cancelled" }) }, {}, {}],
  ["ip_not_allowed", {}, { ip: "11.1.2.3" }, {}],
  ["endpoint_not_allowed", {}, { method: "POST" }, {}],
  ["permission_denied", {}, {}, { isHeld: false }],
]

describe("a verdict", () => {
  it("is good where nothing is wrong, and says which secret it was", () => {
    expect(judge(record, hash, good, terms, at)).toEqual({ ok: true, secret: "current" })
  })

  it.each(faults)("is %s", (code, columns, request, others) => {
    expect(judge({ ...record, ...columns }, hash, { ...good, ...request }, { ...terms, ...others }, at)).toEqual({
      ok: false,
      code,
    })
  })

  it("names the first of several faults, in the stated order", () => {
    for (const [index, [code]] of faults.entries()) {
      let [all, asked, given] = [record, good, terms]
      for (const [, columns, request, others] of faults.slice(index)) {
        all = { ...all, ...columns, key: { ...all.key, ...columns.key, ...keyFault(all, columns) } }
        asked = { ...asked, ...request }
        given = { ...given, ...others }
      }
      expect(judge(all, hash, asked, given, at)).toEqual({ ok: false, code })
    }
    expect(Object.keys(VERDICT_STATUS).filter((code) => faults.some(([fault]) => fault === code))).toEqual(
      faults.map(([code]) => code),
    )
  })

  /** The key's columns that this fault changes, over those changed before. */
  function keyFault(all: KeyRecord, columns: Partial<KeyRecord>): Partial<ApiKey> {
    const changed = Object.entries(columns.key ?? {}).filter(
      ([name, value]) => value !== record.key[name as keyof ApiKey],
    )
    return { ...all.key, ...Object.fromEntries(changed) }
  }

  it.each([
    ["another project", "prj_2", false],
    ["its own project", "prj_1", true],
    ["no project in particular", undefined, true],
  ])("of a key bound to a project, for %s", (_, projectId, ok) => {
    const request = projectId === undefined ? good : { ...good, projectId }
    expect(judge(record, hash, request, terms, at).ok).toBe(ok)
  })

  it("asks for no subscription where nobody bills", () => {
    expect(judge({ ...record, billed: billed({}) }, hash, good, { ...terms, billing: null }, at).ok).toBe(true)
    expect(judge({ ...record, billed: billed({}) }, hash, good, terms, at)).toEqual({
      ok: false,
      code: "subscription_inactive",
    })
  })

  it("is for the owner's own keys alone once seats are cancelled and nobody else is left", () => {
    const closed = { ...record, isAlone: true, billed: billed({ api: "active", organization: "cancelled" }) }
    const code = (columns: Partial<KeyRecord>) => standing({ ...closed, ...columns }, terms.billing, at)
    const owner = { member: { ...record.member, role: "owner" } as never }
    const shared = { ...withKey({ holder: { type: "organization" } }), member: null }
    expect([code(owner), code({}), code(shared)]).toEqual([null, "subscription_inactive", "subscription_inactive"])
    expect([code({ isAlone: false }), code({ ...shared, isAlone: false })]).toEqual([null, null])
    const paused = billed({ api: "active", organization: "paused" })
    expect([code({ billed: paused }), code({ ...shared, billed: paused })]).toEqual([null, null])
    expect(code({ ...owner, billed: billed({ api: "paused", organization: "cancelled" }) })).toBe(
      "subscription_inactive",
    )
  })

  it("follows what it hangs on with no write to the key: what revives it revives the key", () => {
    const suspended = { ...record, organization: inactive("suspended") }
    expect([standing(suspended, null, at), standing(record, null, at)]).toEqual(["organization_inactive", null])
  })

  it("shows in lists as the state that verifying finds", () => {
    const states = faults
      .slice(1, 8)
      .map(([, columns]) => effectiveState(standing({ ...record, ...columns }, terms.billing, at)))
    expect(states).toEqual(["revoked", "disabled", "expired", "inactive", "inactive", "inactive", "inactive"])
    expect(effectiveState(null)).toBe("active")
  })
})
