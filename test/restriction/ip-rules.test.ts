import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { inputIssues } from "../../src/kernel/input.ts"
import { type Address, type Cidr, readAddress, readBlock } from "../../src/restriction/ip.ts"
import {
  type AddressRequest,
  allowsAddress,
  compileIpRules,
  type IpRule,
  IpRules,
  locksOut,
} from "../../src/restriction/ip-rules.ts"

type Input = readonly { cidr: string; api?: string | null }[]

const allows = (input: Input, request: AddressRequest) => allowsAddress(compileIpRules(IpRules.parse(input)), request)
const office = { cidr: "203.0.113.0/24" }
const vin = { cidr: "198.51.100.7", api: "vin" }

describe("a list of IP rules", () => {
  it("keeps canonical forms in the order written, repetitions merged", () => {
    const input = [
      { cidr: "::ffff:10.0.0.0/104", api: "vin" },
      { cidr: "2001:DB8:0:0::/32" },
      { cidr: "10.0.0.0/8", api: "vin" },
      { cidr: "10.0.0.0/8" },
      { cidr: "10.0.0.0/8", api: null },
    ]
    expect(IpRules.parse(input)).toEqual([
      { cidr: "10.0.0.0/8", api: "vin" },
      { cidr: "2001:db8::/32", api: null },
      { cidr: "10.0.0.0/8", api: null },
    ])
  })

  it("says which rule is wrong, and what it may have meant", () => {
    const result = IpRules.safeParse([office, { cidr: "10.1.2.3/8" }, { cidr: "10.1" }, { cidr: "::1", api: "a b" }])
    expect(result.error && inputIssues(result.error)).toEqual([
      { path: [1, "cidr"], message: "expected an IP address or a CIDR block, did you mean `10.0.0.0/8`?" },
      {
        path: [2, "cidr"],
        message: "expected an IP address or a CIDR block, such as `203.0.113.0/24` or `2001:db8::/32`",
      },
      { path: [3, "api"], message: "expected the name of an API" },
    ])
  })

  it("refuses unknown keys, other types and more than 1,000 rules", () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => ({ cidr: `10.0.${at >> 8}.${at & 255}` }))
    expect(IpRules.safeParse(many(1000)).success).toBe(true)
    expect(IpRules.safeParse(many(1001)).success).toBe(false)
    const wrong = [[{ ...office, note: "x" }], ["10.0.0.0/8"], [{}], [null], {}, null, "10.0.0.0/8", [{ cidr: 1 }]]
    for (const input of wrong) expect(IpRules.safeParse(input).success, JSON.stringify(input)).toBe(false)
  })
})

describe("an address", () => {
  it("is allowed where nothing is restricted, known or not", () => {
    for (const ip of ["10.1.2.3", "::1", "nonsense", "", null, undefined]) {
      expect(allows([], { ip, api: "vin" })).toBe(true)
      expect(allows([], { ip })).toBe(true)
    }
  })

  it("must match one of the rules for its API or for all", () => {
    expect(allows([office, vin], { ip: "203.0.113.9", api: "vin" })).toBe(true)
    expect(allows([office, vin], { ip: "198.51.100.7", api: "vin" })).toBe(true)
    expect(allows([office, vin], { ip: "198.51.100.8", api: "vin" })).toBe(false)
    expect(allows([office, vin], { ip: "198.51.100.7", api: "plates" })).toBe(false)
    expect(allows([office, vin], { ip: "203.0.113.9", api: "plates" })).toBe(true)
  })

  it("is not bound by the rules of another API", () => {
    expect(allows([vin], { ip: "192.0.2.1", api: "plates" })).toBe(true)
    expect(allows([vin], { ip: null, api: "plates" })).toBe(true)
    expect(allows([vin], { ip: "192.0.2.1", api: "vin" })).toBe(false)
  })

  it("is refused for a request that does not name its API where a rule names one", () => {
    for (const api of [undefined, null, ""]) {
      expect(allows([vin], { ip: "198.51.100.7", api })).toBe(false)
      expect(allows([office, vin], { ip: "203.0.113.9", api })).toBe(false)
      expect(allows([office], { ip: "203.0.113.9", api })).toBe(true)
    }
  })

  it("is refused where it is missing or unreadable", () => {
    const everywhere = [{ cidr: "0.0.0.0/0" }, { cidr: "::/0" }]
    const unreadable = [
      "203.0.113.9:443",
      " 203.0.113.9",
      "203.0.113.9, 10.0.0.1",
      "[::1]",
      "fe80::1%eth0",
      "0x0a000001",
    ]
    for (const ip of [undefined, null, "", "unknown", "203.0.113.9/32", "203.0.113.09", ...unreadable]) {
      expect(allows(everywhere, { ip, api: "vin" }), String(ip)).toBe(false)
    }
    expect(allows(everywhere, { ip: "203.0.113.9", api: "vin" })).toBe(true)
  })

  it("is the same in its IPv4-mapped spellings, and of the other family in no other", () => {
    for (const ip of ["203.0.113.9", "::ffff:203.0.113.9", "::FFFF:cb00:7109", "0:0:0:0:0:ffff:203.0.113.9"]) {
      expect(allows([office], { ip })).toBe(true)
      expect(allows([{ cidr: "::ffff:203.0.113.0/120" }], { ip })).toBe(true)
      expect(allows([{ cidr: "::/0" }], { ip })).toBe(false)
    }
    expect(allows([office], { ip: "::203.0.113.9" })).toBe(false)
    expect(allows([{ cidr: "0.0.0.0/0" }], { ip: "::1" })).toBe(false)
    expect(allows([{ cidr: "::/0" }], { ip: "::1" })).toBe(true)
  })

  it("fits no rule that a store has spoilt, and the rule still restricts", () => {
    const spoilt = ["10.0.0.1/8", "10.0.0.0", "nonsense", "", "10.0.0.0/8 "].map((cidr) => ({
      cidr: cidr as Cidr,
      api: null,
    }))
    for (const rule of spoilt) expect(allowsAddress(compileIpRules([rule]), { ip: "10.0.0.2" }), rule.cidr).toBe(false)
  })
})

describe("compiled rules", () => {
  it("are disjoint blocks in ascending order", () => {
    const cidrs = [
      "10.1.0.0/16",
      "10.0.0.0/8",
      "9.0.0.0/8",
      "10.255.255.255",
      "11.0.0.0/8",
      "10.0.0.0/30",
      "10.0.0.0/8",
    ]
    const { everywhere } = compileIpRules(
      IpRules.parse([...cidrs, "2001:db8::/32", "2001:db8:1::/48"].map((cidr) => ({ cidr }))),
    )
    const [v4, v6] = everywhere ?? []
    expect([...(v4?.first ?? [])]).toEqual([9, 10, 11].map((octet) => octet * 2 ** 24))
    expect([...(v4?.last ?? [])]).toEqual([10, 11, 12].map((octet) => octet * 2 ** 24 - 1))
    expect(v6).toEqual({
      width: 4,
      first: Uint32Array.of(0x20010db8, 0, 0, 0),
      last: Uint32Array.of(0x20010db8, 0xffffffff, 0xffffffff, 0xffffffff),
    })
  })

  it("decide as every rule by itself does", () => {
    const narrow = fc.oneof(
      fc.tuple(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(3), fc.nat(32)).map(([a, d, bits]) => ({
        address: `10.${a}.0.${d}`,
        bits,
      })),
      fc.tuple(fc.constantFrom(0, 1, 0x7fff, 0x8000, 0xffff), fc.nat(3), fc.nat(128)).map(([a, d, bits]) => ({
        address: `2001:db8:${a.toString(16)}::${d.toString(16)}`,
        bits,
      })),
    )
    const api = fc.constantFrom(null, "vin", "plates")
    const rule = fc.tuple(narrow, api).map(([{ address, bits }, name]) => ({ cidr: network(address, bits), api: name }))
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), narrow, api, (input, { address: ip }, name) => {
        const rules = IpRules.parse(input)
        expect(allowsAddress(compileIpRules(rules), { ip, api: name })).toBe(oneByOne(rules, ip, name))
      }),
      { numRuns: 3000 },
    )
  })
})

/** The block of that length around an address. */
function network(address: string, bits: number): string {
  const words = readAddress(address) ?? []
  const prefix = Math.min(bits, words.length * 32)
  const binary = words.map((word) => word.toString(2).padStart(32, "0")).join("")
  const kept = binary.slice(0, prefix).padEnd(binary.length, "0")
  const parts = kept.match(words.length === 1 ? /.{8}/g : /.{16}/g) ?? []
  const numbers = parts.map((part) => Number.parseInt(part, 2))
  return `${words.length === 1 ? numbers.join(".") : numbers.map((number) => number.toString(16)).join(":")}/${prefix}`
}

/** The decision by reading the rules from first to last. */
function oneByOne(rules: readonly IpRule[], ip: string, api: string | null): boolean {
  if (api === null && rules.some((rule) => rule.api !== null)) return false
  const binding = rules.filter((rule) => rule.api === null || rule.api === api)
  const address = numberOf(readAddress(ip) ?? [])
  return (
    binding.length === 0 ||
    binding.some(({ cidr }) => {
      const block = readBlock(cidr)
      if (block === null || block.first.length !== (readAddress(ip) ?? []).length) return false
      return numberOf(block.first) <= address && address <= numberOf(block.last)
    })
  )
}

const numberOf = (address: Address): bigint => address.reduce((sum, word) => sum * 2n ** 32n + BigInt(word), 0n)

describe("a lock-out", () => {
  const rules = IpRules.parse([office, vin])

  it("is any API that would refuse the address from then on", () => {
    expect(locksOut(rules, "203.0.113.9")).toBe(false)
    expect(locksOut(rules, "198.51.100.7")).toBe(true)
    expect(locksOut(rules, "192.0.2.1")).toBe(true)
    expect(locksOut(IpRules.parse([vin]), "198.51.100.7")).toBe(false)
    expect(locksOut(IpRules.parse([vin]), "203.0.113.9")).toBe(true)
    expect(locksOut(rules, "::ffff:203.0.113.9")).toBe(false)
  })

  it("cannot happen without rules or to nobody's address, and does to an unreadable one", () => {
    expect(locksOut([], "192.0.2.1")).toBe(false)
    expect(locksOut(rules, null)).toBe(false)
    expect(locksOut(rules, "203.0.113.9:443")).toBe(true)
  })
})
