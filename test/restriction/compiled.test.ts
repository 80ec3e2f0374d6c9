import { describe, expect, it } from "vitest"
import { ruleBook } from "../../src/restriction/compiled.ts"
import { EndpointRules, IpRules } from "../../src/restriction/restriction.ts"

const ipRules = IpRules.parse([{ cidr: "10.0.0.0/8" }])
const endpointRules = EndpointRules.parse(["GET /a"])
const row = (id: string, revision = 1) => ({ id, revision, ipRules, endpointRules })

describe("compiled rules", () => {
  it("are kept until their row changes", () => {
    const book = ruleBook()
    const first = book(row("org_1"))
    expect(book(row("org_1"))).toBe(first)
    const changed = book({ ...row("org_1", 2), endpointRules: [] })
    expect(changed).not.toBe(first)
    expect([first.endpoint.size, changed.endpoint.size]).toEqual([1, 0])
    expect(book(row("org_1", 3))).not.toBe(changed)
  })

  it("are the same for every row that has none", () => {
    const book = ruleBook()
    const bare = { revision: 1, ipRules: [], endpointRules: [] }
    expect(book({ id: "org_1", ...bare })).toBe(book({ id: "org_2", ...bare }))
  })

  it("make room by the rules in all, those kept longest first", () => {
    const book = ruleBook(6)
    const [a, b, c] = ["a", "b", "c"].map((id) => book(row(id)))
    expect([book(row("a")), book(row("b")), book(row("c"))]).toEqual([a, b, c])
    expect(book(row("a"))).toBe(a)
    const d = book(row("d"))
    expect([book(row("b")), book(row("c")), book(row("d"))].map((rules, at) => rules === [b, c, d][at])).toEqual([
      true,
      true,
      true,
    ])
    expect(book(row("a"))).not.toBe(a)
  })
})
