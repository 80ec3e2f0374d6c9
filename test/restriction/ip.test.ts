import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatBlock, readAddress, readBlock } from "../../src/restriction/ip.ts"

const canonical = (text: string): string | null => {
  const block = readBlock(text)
  return block?.exact ? formatBlock(block) : null
}

describe("an address or a block", () => {
  it.each([
    ["10.1.2.3", "10.1.2.3/32"],
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["255.255.255.255/32", "255.255.255.255/32"],
    ["::", "::/128"],
    ["::/0", "::/0"],
    ["::1", "::1/128"],
    ["2001:DB8::/32", "2001:db8::/32"],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1/128"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1/128"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1/128"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1/128"],
    ["0:0:1:0:0:1:1:1", "::1:0:0:1:1:1/128"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0/128"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8/128"],
    ["10:0:0:100::", "10:0:0:100::/128"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221/128"],
    ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304/128"],
    ["::10.1.2.3", "::a01:203/128"],
    ["fe80::/10", "fe80::/10"],
  ])("reads %s as %s", (text, form) => {
    expect(canonical(text)).toBe(form)
  })

  it.each([
    ["::ffff:10.1.2.3", "10.1.2.3/32"],
    ["::FFFF:a01:203", "10.1.2.3/32"],
    ["0:0:0:0:0:ffff:10.1.2.3", "10.1.2.3/32"],
    ["0000:0000:0000:0000:0000:ffff:0a01:0203", "10.1.2.3/32"],
    ["0::0:ffff:10.1.2.3", "10.1.2.3/32"],
    ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
    ["::ffff:a00:0/104", "10.0.0.0/8"],
    ["::ffff:0:0/96", "0.0.0.0/0"],
    ["::ffff:10.1.2.3/128", "10.1.2.3/32"],
  ])("reads the IPv4-mapped %s as %s", (text, form) => {
    expect(canonical(text)).toBe(form)
  })

  it("takes for mapped what lies in `::ffff:0:0/96` alone", () => {
    for (const text of ["::fffe:10.1.2.3", "::ffff:0:10.1.2.3", "1::ffff:10.1.2.3", "::1:ffff:10.1.2.3", "::/80"]) {
      expect(readBlock(text)?.first).toHaveLength(4)
    }
  })

  it.each([
    ["nothing", [""]],
    ["short forms", ["10.1", "10.1.2", "10", "167838211", "10.1.2.", ".10.1.2", "10..2.3", "10.1.2.3.4", "10.1.2.3."]],
    ["octal and leading zeros", ["010.1.2.3", "10.01.2.3", "10.1.2.00", "00.0.0.0", "::ffff:010.1.2.3", "::1.2.3.04"]],
    ["hexadecimal", ["0x0a.1.2.3", "0x0a000001", "0xa.0x1.0x2.0x3", "a.1.2.3", "::0x1", "::ffff:0xa.1.2.3"]],
    ["octets out of range", ["10.1.2.256", "10.1.2.1000", "999.1.1.1", "10.1.2.-1", "::256.1.1.1", "1e1.1.1.1"]],
    ["zones", ["fe80::1%eth0", "fe80::1%25eth0", "fe80::%1/64", "fe80::/64%1", "10.1.2.3%0"]],
    ["ports and brackets", ["10.1.2.3:80", "[::1]", "[::1]:80", "[10.1.2.3]", "::ffff:10.1.2.3:80", "http://10.1.2.3"]],
    ["spaces", [" 10.1.2.3", "10.1.2.3 ", "10. 1.2.3", "::1\n", "\t::1", "10.0.0.0 /8", "10.0.0.0/ 8", "10.1.2.3\0"]],
    ["lists and ranges", ["10.1.2.3,10.1.2.4", "10.1.2.3-10.1.2.9", "10.1.2.*", "10.0.0.0/255.0.0.0"]],
    ["other digits", ["１０.1.2.3", "٣.1.2.3", "10。1。2。3", "：：1"]],
    [
      "wrong numbers of groups",
      ["1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4", "1"],
    ],
    ["`::` for no group", ["1:2:3:4::5:6:7:8", "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", "1:2:3:4:5:6::1.2.3.4"]],
    [
      "colons in the wrong place",
      [":", ":::", "::1::", "1::2::3", ":1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:", "1:::2", ":1", "1:"],
    ],
    ["groups in the wrong place", ["12345::", "::00001", "::g", "1.2.3.4::", "1.2.3.4:5::", "::1.2.3.4:5", "::.1.2.3"]],
    [
      "odd prefixes",
      ["10.0.0.0/", "10.0.0.0/08", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "/8", "/"],
    ],
    ["more odd prefixes", ["::/129", "::/0128", "::/1e1", "10.0.0.0/8.0", "10.0.0.0/0x8", "10.0.0.0/999", "::/1000"]],
    [
      "mapped prefixes out of range",
      ["::ffff:10.1.2.3/32", "::ffff:0:0/95", "::ffff:10.0.0.0/8", "::ffff:10.0.0.0/129"],
    ],
    [
      "host bits",
      ["10.1.2.3/8", "10.0.0.1/0", "10.0.0.128/24", "2001:db8::1/32", "::1/0", "::ffff:10.1.0.0/104", "8000::/0"],
    ],
  ])("refuses %s", (_, texts) => {
    expect(texts.filter((text) => canonical(text) !== null)).toEqual([])
  })

  it("is short: no text is read at more than its own length", () => {
    expect(readAddress("1:".repeat(100_000))).toBeNull()
    expect(readAddress("1.".repeat(100_000))).toBeNull()
    expect(readAddress("0".repeat(100_000))).toBeNull()
    expect(canonical(`10.0.0.0/${"1".repeat(100_000)}`)).toBeNull()
  })

  it("has one canonical form, which reads as itself", () => {
    const v4 = fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, prefix]) => `${address}/${prefix}`)
    const v6 = fc.tuple(fc.ipV6(), fc.nat(128)).map(([address, prefix]) => `${address}/${prefix}`)
    fc.assert(
      fc.property(fc.oneof(v4, v6, fc.ipV4(), fc.ipV6()), (text) => {
        const block = readBlock(text)
        fc.pre(block !== null)
        const form = formatBlock(block)
        const again = readBlock(form)
        expect(again).toEqual({ ...block, exact: true })
        expect(canonical(form)).toBe(form)
        expect(form).toMatch(/^(?:\d+\.\d+\.\d+\.\d+|[0-9a-f:]+)\/\d+$/)
      }),
      { numRuns: 2000 },
    )
  })
})
