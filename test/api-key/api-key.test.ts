import { addSeconds } from "date-fns/addSeconds"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type ApiKey,
  apiKeyFields,
  neededScopes,
  remove,
  revoke,
  rotate,
  secretAt,
  setEnabled,
  update,
} from "../../src/api-key/api-key.ts"
import type { SecretHash } from "../../src/kernel/secret.ts"

const at = new Date("2026-03-01T12:00:00.000Z")
const hash = (name: string) => name as SecretHash
const key = {
  id: "key_1",
  organizationId: "org_1",
  holder: { type: "organization" },
  name: "production",
  projectId: null,
  scopes: ["api.use", "usage.read"],
  environment: "live",
  secret: { hash: hash("first"), hint: "tk_live_abcd...wxyz", expiresAt: null },
  previous: null,
  enabled: true,
  expiresAt: null,
  revokedAt: null,
  deletedAt: null,
  ipRules: [],
  endpointRules: [],
  rateLimit: null,
  monthlyUnits: null,
  createdBy: { type: "user", id: "u_ada" },
  shownTo: [],
  createdAt: at,
  revision: 1,
} as unknown as ApiKey

/** The key after a decision that changed it. */
const after = (decision: ReturnType<typeof update>): ApiKey => {
  const next = decision.ok ? decision.facts[0]?.after : null
  if (next == null) throw new Error("nothing changed")
  return next
}
const rotated = (from: ApiKey, name: string, graceSeconds: number, when = at) =>
  after(rotate(from, { hash: hash(name), hint: name }, graceSeconds, when))

describe("a rotated key", () => {
  it("keeps its id, limits and name, and its old secret dies at once unless told otherwise", () => {
    const next = rotated(key, "second", 0)
    expect({ ...next, secret: key.secret }).toEqual(key)
    expect([secretAt(next, hash("first"), at), secretAt(next, hash("second"), at)]).toEqual([null, "current"])
  })

  it("lets the old secret live for the grace period, to the millisecond", () => {
    const next = rotated(key, "second", 60)
    expect(secretAt(next, hash("first"), new Date(at.getTime() + 59_999))).toBe("previous")
    expect(secretAt(next, hash("first"), addSeconds(at, 60))).toBeNull()
  })

  it("never lets a grace period outlast the key itself", () => {
    const expiresAt = addSeconds(at, 30)
    expect(rotated({ ...key, expiresAt }, "second", 3600).previous?.expiresAt).toEqual(expiresAt)
  })

  it("has at most two live secrets, whatever is rotated when", () => {
    const steps = fc.array(fc.record({ grace: fc.nat(100), wait: fc.nat(60) }), { minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(steps, (series) => {
        let [now, next] = [at, key]
        const names = ["first"]
        for (const { grace, wait } of series) {
          now = addSeconds(now, wait)
          names.push(`secret ${names.length}`)
          next = rotated(next, names.at(-1) ?? "", grace, now)
          const live = names.filter((name) => secretAt(next, hash(name), now) !== null)
          expect(live.length).toBeLessThanOrEqual(2)
          expect(live).toContain(names.at(-1))
        }
      }),
    )
  })

  it("stays disabled if it was, and dead if it was revoked", () => {
    const off = after(setEnabled(key, false))
    expect(rotated(off, "second", 0).enabled).toBe(false)
    const dead = after(revoke(key, at))
    expect(rotate(dead, { hash: hash("second"), hint: "" }, 0, at)).toMatchObject({
      ok: false,
      refusal: { code: "not_found" },
    })
  })
})

describe("a key that is over", () => {
  it.each([
    ["revoked", after(revoke(key, at))],
    ["deleted", after(remove(key, at))],
  ])("%s, is neither enabled, changed, rotated nor ended again", (_, over) => {
    for (const decision of [setEnabled(over, false), update(over, { name: "x" }), rotate(over, key.secret, 0, at)]) {
      expect(decision).toMatchObject({ ok: false, refusal: { code: "not_found" } })
    }
    expect(revoke(over, at)).toEqual({ ok: true, facts: [] })
  })

  it("has no secret once deleted", () => {
    const gone = after(remove(rotated(key, "second", 3600), at))
    for (const name of ["first", "second", ""]) expect(secretAt(gone, hash(name), at)).toBeNull()
    expect(remove(gone, at)).toEqual({ ok: true, facts: [] })
  })
})

describe("changing a key", () => {
  it("records what differs and nothing else", () => {
    expect(update(key, { name: "staging" })).toMatchObject({
      facts: [{ action: "api_key.updated", after: { name: "staging" } }],
    })
    expect(update(key, { name: "production", scopes: ["api.use", "usage.read"] })).toEqual({ ok: true, facts: [] })
    expect(setEnabled(key, true)).toEqual({ ok: true, facts: [] })
    expect(setEnabled(key, false)).toMatchObject({ facts: [{ action: "api_key.disabled" }] })
  })

  it.each([
    [{ name: "staging" }, []],
    [{ scopes: ["members.read"] }, ["api.use", "usage.read", "members.read"]],
    [{ scopes: [] }, ["api.use", "usage.read"]],
    [{ expiresAt: null }, ["api.use", "usage.read"]],
    [{ name: "staging", ipRules: [] }, ["api.use", "usage.read"]],
  ])("by %j takes the scopes %j", (changes, scopes) => {
    expect(neededScopes(key, changes)).toEqual(scopes)
  })
})

it("leaves its hashes out of what activity records", () => {
  expect(JSON.stringify(apiKeyFields(rotated(key, "second", 60)))).not.toMatch(/first|"hash"/)
})
