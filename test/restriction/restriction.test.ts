import { describe, expect, it } from "vitest"
import { EndpointRules, IpRules, setEndpointRules, setIpRules } from "../../src/restriction/restriction.ts"

describe("replacing a list of IP rules", () => {
  const before = IpRules.parse([{ cidr: "10.0.0.0/8" }, { cidr: "10.0.0.0/8", api: "vin" }])

  it("is one fact with the list before and after", () => {
    const after = IpRules.parse([{ cidr: "10.0.0.0/8" }])
    const fact = { action: "ip_rules.changed", before, after }
    expect(setIpRules(before, after)).toEqual({ ok: true, facts: [fact] })
    expect(setIpRules(after, before)).toEqual({ ok: true, facts: [{ ...fact, before: after, after: before }] })
    expect(setIpRules(before, [])).toMatchObject({ facts: [{ after: [] }] })
  })

  it("is a change where only the API differs", () => {
    const after = IpRules.parse([{ cidr: "10.0.0.0/8" }, { cidr: "10.0.0.0/8", api: "plates" }])
    expect(setIpRules(before, after)).toMatchObject({ facts: [{ after }] })
  })

  it("is no change where the rules are the same, in whatever order and spelling", () => {
    const same = IpRules.parse([{ cidr: "::ffff:10.0.0.0/104", api: "vin" }, { cidr: "10.0.0.0/8" }])
    expect(setIpRules(before, same)).toEqual({ ok: true, facts: [] })
    expect(setIpRules([], [])).toEqual({ ok: true, facts: [] })
  })
})

describe("replacing a list of endpoint rules", () => {
  const before = EndpointRules.parse(["GET /a", "POST /b"])

  it("is one fact with the list before and after, or none where they are the same", () => {
    const after = EndpointRules.parse(["GET /a", "GET /b"])
    const fact = { action: "endpoint_rules.changed", before, after }
    expect(setEndpointRules(before, after)).toEqual({ ok: true, facts: [fact] })
    expect(setEndpointRules(before, EndpointRules.parse(["POST /b", "GET /a"]))).toEqual({ ok: true, facts: [] })
  })
})
