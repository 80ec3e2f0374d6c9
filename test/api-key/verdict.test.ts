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
const plans = definePlans([{ id: "pro" }])
const restrictions = {
  ip: [compileIpRules(IpRules.parse([{ cidr: "10.0.0.0/8" }]))],
  endpoint: [compileEndpointRules(EndpointRules.parse(["GET /v1/**"]))],
}
const good: KeyRequest = { ip: "10.1.2.3", method: "GET", path: "/v1/vin" }
const terms = { billing: { product: "api", plans }, restrictions, isHeld: true }

const record = {
  key: {
    organizationId: "org_1",
    holder: { type: "member", userId: "u_ada" },
    projectId: "prj_1",
    secret: { hash, hint: "", expiresAt: null },
    previous: null,
    enabled: true,
    expiresAt: new Date(at.getTime() + 1),
    revokedAt: null,
    deletedAt: null,
  },
  organization: { status: "active" },
  member: { userId: "u_ada" },
  project: { id: "prj_1", isActive: true },
  subscription: { status: "active", plan: "pro" },
} as unknown as KeyRecord

const withKey = (columns: Partial<ApiKey>): Partial<KeyRecord> => ({ key: { ...record.key, ...columns } })
const inactive = (status: string) => ({ status }) as never

/** What goes wrong, from the first that is looked at to the last. */
const faults: readonly (readonly [VerdictCode, Partial<KeyRecord>, KeyRequest, Partial<typeof terms>])[] = [
  ["not_found", withKey({ secret: { ...record.key.secret, hash: "other" as SecretHash } }), {}, {}],
  ["revoked", withKey({ revokedAt: at }), {}, {}],
  ["disabled", withKey({ enabled: false }), {}, {}],
  ["expired", withKey({ expiresAt: at }), {}, {}],
  ["organization_inactive", { organization: inactive("suspended") }, {}, {}],
  ["holder_inactive", { member: null }, {}, {}],
  ["project_inactive", { project: { id: "prj_1", isActive: false } as never }, {}, {}],
  ["subscription_inactive", { subscription: inactive("cancelled") }, {}, {}],
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
    expect(judge({ ...record, subscription: null }, hash, good, { ...terms, billing: null }, at).ok).toBe(true)
    expect(judge({ ...record, subscription: null }, hash, good, terms, at)).toEqual({
      ok: false,
      code: "subscription_inactive",
    })
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
