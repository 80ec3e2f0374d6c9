import { describe, expect, it } from "vitest"
import type { OrganizationId } from "../../src/kernel/id.ts"
import {
  EndpointRules,
  IpRules,
  type Restriction,
  setEndpointRules,
  setIpRules,
  undeclaredApis,
  unrestricted,
} from "../../src/restriction/restriction.ts"

const organizationId = "org_1" as OrganizationId
const none = unrestricted({ id: organizationId, organizationId })
const written = (rules: Partial<Restriction>): Restriction => ({ ...none, revision: 4, ...rules })

describe("replacing a list of IP rules", () => {
  const ipRules = IpRules.parse([{ cidr: "10.0.0.0/8" }, { cidr: "10.0.0.0/8", api: "vin" }])
  const before = written({ ipRules })

  it("is one fact with the rules before and after; endpoint rules stay", () => {
    const after = IpRules.parse([{ cidr: "10.0.0.0/8" }])
    const fact = { action: "ip_rules.changed", before, after: { ...before, ipRules: after } }
    expect(setIpRules(before, after)).toEqual({ ok: true, facts: [fact] })
    expect(setIpRules(before, [])).toMatchObject({ facts: [{ before, after: { ipRules: [] } }] })
  })

  it("begins a level that had no rules", () => {
    expect(setIpRules(none, ipRules)).toMatchObject({
      facts: [{ before: null, after: { id: organizationId, ipRules } }],
    })
  })

  it("is a change where only the API differs", () => {
    const after = IpRules.parse([{ cidr: "10.0.0.0/8" }, { cidr: "10.0.0.0/8", api: "plates" }])
    expect(setIpRules(before, after)).toMatchObject({ facts: [{ after: { ipRules: after } }] })
  })

  it("is no change where the rules are the same, in whatever order and spelling", () => {
    const same = IpRules.parse([{ cidr: "::ffff:10.0.0.0/104", api: "vin" }, { cidr: "10.0.0.0/8" }])
    expect(setIpRules(before, same)).toEqual({ ok: true, facts: [] })
    expect(setIpRules(none, [])).toEqual({ ok: true, facts: [] })
  })
})

describe("replacing a list of endpoint rules", () => {
  const before = written({ endpointRules: EndpointRules.parse(["GET /a", "POST /b"]) })

  it("is one fact with the rules before and after, or none where they are the same", () => {
    const endpointRules = EndpointRules.parse(["GET /a", "GET /b"])
    const fact = { action: "endpoint_rules.changed", before, after: { ...before, endpointRules } }
    expect(setEndpointRules(before, endpointRules)).toEqual({ ok: true, facts: [fact] })
    expect(setEndpointRules(before, EndpointRules.parse(["POST /b", "GET /a"]))).toEqual({ ok: true, facts: [] })
  })
})

describe("a rule for an API that is not declared", () => {
  it("is named, by its place in the list", () => {
    const rules = IpRules.parse([{ cidr: "10.0.0.1" }, { cidr: "10.0.0.1", api: "vin" }])
    const issue = { path: ["rules", 1, "api"], message: "not among the declared `apis`" }
    expect(undeclaredApis(rules, ["plates"], ["rules"])).toEqual([issue])
    expect(undeclaredApis(rules, null, ["rules"])).toEqual([issue])
    expect(undeclaredApis(rules, ["vin"], ["rules"])).toEqual([])
  })
})
