/**
 * The reader and the matcher against two libraries and Node's own, on a hundred thousand cases.
 *
 * Where the others differ from each other or from us, the difference is named here, and nothing else may differ.
 *
 * @module
 */
import { isIP } from "node:net"
import { Address4, Address6 } from "ip-address"
import ipaddr from "ipaddr.js"
import { expect, it } from "vitest"
import { readAddress, readBlock } from "../../src/restriction/ip.ts"
import { allowsAddress, compileIpRules, IpRules } from "../../src/restriction/ip-rules.ts"
import { randomFrom } from "../policy/random-policy.ts"
import { below, clearHostBits, mutate, type Random, randomIpv4, randomIpv6, spell } from "./random-addresses.ts"

const SPELLINGS = 50_000
const BLOCKS = 20_000
const LISTS = 1_500
const QUESTIONS = 20

type Peer = Readonly<{
  name: string
  reads: (text: string) => boolean
  /** What this peer accepts and we refuse, on purpose. */
  lenient: (text: string) => boolean
}>

const hasZone = (text: string) => text.includes("%")
/** IPv4, alone or as a tail, in anything but four decimal numbers without leading zeros. */
const oddIpv4 = (text: string) => {
  const tail = text.slice(text.lastIndexOf(":") + 1)
  return (tail.includes(".") || !text.includes(":")) && !/^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){3}$/.test(tail)
}
const isMapped = (groups: readonly number[]) =>
  groups.length === 8 && groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
const plain = (address: readonly number[]): readonly number[] =>
  isMapped(address) ? address.slice(6).flatMap((group) => [group >> 8, group & 255]) : address
const plainText = (address: readonly number[]): string =>
  address.length === 4 ? address.join(".") : address.map((group) => group.toString(16)).join(":")

const PEERS: readonly Peer[] = [
  { name: "net.isIP", reads: (text) => isIP(text) !== 0, lenient: hasZone },
  // ipaddr.js also reads `0x0a000001`, `010.1.2.3` and `10.1`.
  { name: "ipaddr.js", reads: (text) => ipaddr.isValid(text), lenient: (text) => hasZone(text) || oddIpv4(text) },
  // ip-address reads a prefix with the address.
  {
    name: "ip-address",
    reads: (text) => Address4.isValid(text) || Address6.isValid(text),
    lenient: (text) => hasZone(text) || text.includes("/"),
  },
]

const randomAddress = (random: Random) => (random() < 0.5 ? randomIpv4(random) : randomIpv6(random))
const numberOf = (words: readonly number[]) => words.reduce((sum, word) => sum * 2n ** 32n + BigInt(word), 0n)
/** The number of a mapped address as its IPv4 form, else as it is. */
const plainNumber = (value: bigint) => (value >> 32n === 0xffffn ? value & 0xffffffffn : value)
const parsedBy = (text: string) => (text.includes(":") ? new Address6(text) : new Address4(text))

it("reads the addresses that two libraries and Node read, but for what they should not", () => {
  const random = randomFrom(1)
  const tally = { read: 0, refused: 0, lenient: 0 }
  const differences: string[] = []
  for (let asked = 0; asked < SPELLINGS; asked++) {
    const spelled = spell(random, randomAddress(random))
    const text = random() < 0.5 ? spelled : mutate(random, spelled)
    const ours = readAddress(text)
    tally[ours === null ? "refused" : "read"]++
    for (const { name, reads, lenient } of PEERS) {
      const theirs = reads(text)
      if (theirs && lenient(text)) tally.lenient++
      if ((ours !== null) !== (theirs && !lenient(text))) differences.push(`${name}: ${JSON.stringify(text)}`)
    }
    if (ours === null) continue
    if (numberOf(ours) !== plainNumber(parsedBy(text).bigInt())) differences.push(`value of ${text}`)
    // ipaddr.js takes the IPv4-compatible `::10.1.2.3` for the mapped `::ffff:10.1.2.3`.
    if (/^::\d+\./.test(text)) continue
    const bytes = ipaddr.process(text).toByteArray()
    if (numberOf(ours) !== bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n))
      differences.push(`value of ${text}`)
  }
  expect(differences.slice(0, 10)).toEqual([])
  expect(tally.read).toBeGreaterThan(20_000)
  expect(tally.refused).toBeGreaterThan(10_000)
  expect(tally.lenient).toBeGreaterThan(500)
})

it("reads the blocks that two libraries read, save mapped ones that would hold more than IPv4", () => {
  const random = randomFrom(2)
  const tally = { exact: 0, wide: 0, mapped: 0, refused: 0 }
  const differences: string[] = []
  for (let asked = 0; asked < BLOCKS; asked++) {
    const address = randomAddress(random)
    const prefix = below(random, (address.length === 4 ? 32 : 128) + 3)
    const spelled = `${spell(random, random() < 0.6 ? clearHostBits(address, prefix) : address)}/${prefix}`
    const text = random() < 0.8 ? spelled : mutate(random, spelled)
    if (!text.includes("/")) continue
    const lenient = hasZone(text) || oddIpv4(text.slice(0, text.indexOf("/"))) || /\/0\d/.test(text)
    const first = ipaddr.isValidCIDR(text) && !lenient
    const second = (Address4.isValid(text) || Address6.isValid(text)) && !lenient
    const block = readBlock(text)
    if (first !== second) differences.push(`the libraries differ: ${JSON.stringify(text)}`)
    if (!second) {
      tally.refused++
      if (block !== null) differences.push(text)
      continue
    }
    const parsed = parsedBy(text)
    const mapped = parsed instanceof Address6 && parsed.bigInt() >> 32n === 0xffffn
    if (mapped && parsed.subnetMask < 96) {
      if (block !== null) differences.push(text)
      continue
    }
    const [lowest, highest] = [parsed.startAddress().bigInt(), parsed.endAddress().bigInt()]
    const [start, end] = mapped ? [plainNumber(lowest), plainNumber(highest)] : [lowest, highest]
    const same = block !== null && numberOf(block.first) === start && numberOf(block.last) === end
    if (!same || block.exact !== (parsed.bigInt() === lowest)) differences.push(`bounds of ${text}`)
    tally[mapped ? "mapped" : block?.exact ? "exact" : "wide"]++
  }
  expect(differences.slice(0, 10)).toEqual([])
  for (const count of Object.values(tally)) expect(count).toBeGreaterThan(500)
})

it("decides membership as two libraries do, once mapped addresses are IPv4 to them too", () => {
  const random = randomFrom(3)
  const tally = { inside: 0, outside: 0 }
  const differences: string[] = []
  for (let list = 0; list < LISTS; list++) {
    const blocks = Array.from({ length: 1 + below(random, 12) }, () => {
      const address = randomAddress(random)
      const least = isMapped(address) ? 96 : 0
      const prefix = least + below(random, (address.length === 4 ? 32 : 128) - least + 1)
      return { address: clearHostBits(address, prefix), prefix }
    })
    const compiled = compileIpRules(
      IpRules.parse(blocks.map(({ address, prefix }) => ({ cidr: `${spell(random, address)}/${prefix}` }))),
    )
    const peers = blocks.map(({ address, prefix }) => {
      const text = `${plainText(plain(address))}/${isMapped(address) ? prefix - 96 : prefix}`
      const version = plain(address).length === 4 ? 4 : 6
      return { version, range: ipaddr.parseCIDR(text), subnet: version === 4 ? new Address4(text) : new Address6(text) }
    })
    for (let question = 0; question < QUESTIONS; question++) {
      const near = random() < 0.5 ? blocks[below(random, blocks.length)] : undefined
      const address = near === undefined ? randomAddress(random) : nearby(random, near.address, near.prefix)
      const text = plainText(plain(address))
      const parsed = ipaddr.parse(text)
      const version = plain(address).length === 4 ? 4 : 6
      const other = version === 4 ? new Address4(text) : new Address6(text)
      const first = peers.some(({ range }) => parsed.kind() === range[0].kind() && parsed.match(range))
      const second = peers.some((peer) => peer.version === version && other.isInSubnet(peer.subnet))
      const ours = allowsAddress(compiled, { ip: spell(random, address) })
      if (ours !== first || ours !== second) differences.push(`${text}: ${ours}, ${first}, ${second}`)
      tally[ours ? "inside" : "outside"]++
    }
  }
  expect(differences.slice(0, 10)).toEqual([])
  expect(tally.inside + tally.outside).toBe(LISTS * QUESTIONS)
  expect(tally.inside).toBeGreaterThan(5_000)
  expect(tally.outside).toBeGreaterThan(5_000)
})

/** An address in the block, at its edge, or just beyond. */
function nearby(random: Random, network: readonly number[], prefix: number): readonly number[] {
  const width = network.length === 4 ? 8 : 16
  const flipped = Math.max(0, prefix - 1 + below(random, 3))
  return network.map((part, at) => {
    const kept = Math.min(width, Math.max(0, prefix - at * width))
    const host = 2 ** (width - kept)
    const filled = part + (random() < 0.3 ? host - 1 : below(random, host))
    const bit = flipped - at * width
    return random() < 0.5 && bit >= 0 && bit < width ? filled ^ (1 << (width - 1 - bit)) : filled
  })
}
