/**
 * IP rules: from which addresses keys may be used, for one API of the product or for all.
 *
 * @module
 */
import * as z from "zod"
import type { InputIssue } from "../kernel/error.ts"
import { type Address, type Cidr, formatBlock, readAddress, readBlock } from "./ip.ts"

/** One allowed block; `api` null is every API of the product. */
export type IpRule = Readonly<{ cidr: Cidr; api: string | null }>

/** At most as many rules in one list. */
export const MAX_IP_RULES = 1000

const API = /^[A-Za-z0-9][\w.-]{0,63}$/

/** A block as input, made canonical. */
const CidrInput: z.ZodType<Cidr, string> = z.string().transform((text, context) => {
  const block = readBlock(text)
  if (block?.exact) return formatBlock(block)
  const hint =
    block === null ? "such as `203.0.113.0/24` or `2001:db8::/32`" : `did you mean \`${formatBlock(block)}\`?`
  context.addIssue({ code: "custom", message: `expected an IP address or a CIDR block, ${hint}` })
  return z.NEVER
})

const IpRule = z
  .strictObject({ cidr: CidrInput, api: z.string().regex(API, "expected the name of an API").nullish() })
  .transform(({ cidr, api }): IpRule => ({ cidr, api: api ?? null }))

/** A list of rules as input, in the order written, repetitions merged. An empty list restricts nothing. */
export const IpRules: z.ZodType<readonly IpRule[], readonly { cidr: string; api?: string | null | undefined }[]> = z
  .array(IpRule)
  .max(MAX_IP_RULES)
  .transform((rules) => [...new Map(rules.map((rule) => [ipRuleText(rule), rule])).values()])

/** A rule in one line, equal for equal rules. */
export const ipRuleText = ({ cidr, api }: IpRule): string => (api === null ? cidr : `${cidr} ${api}`)

/** Disjoint blocks of one family in ascending order, `width` words to an address. */
type Ranges = Readonly<{ width: number; first: Uint32Array; last: Uint32Array }>

/** Those of IPv4 and those of IPv6. */
type Families = readonly [Ranges, Ranges]

/** A list of rules made ready for matching: those for every API, and those for one. */
export type CompiledIpRules = Readonly<{ everywhere: Families | null; byApi: ReadonlyMap<string, Families> }>

/** What a request says of itself. */
export type AddressRequest = Readonly<{ ip?: string | null | undefined; api?: string | null | undefined }>

/** Made once for a list, then kept with it. */
export function compileIpRules(rules: readonly IpRule[]): CompiledIpRules {
  const apis = new Set(rules.map(({ api }) => api))
  const rangesFor = (api: string | null): Families => {
    const cidrs = rules.filter((rule) => rule.api === api).map(({ cidr }) => cidr)
    return [rangesOf(cidrs, 1), rangesOf(cidrs, 4)]
  }
  return {
    everywhere: apis.has(null) ? rangesFor(null) : null,
    byApi: new Map([...apis].flatMap((api) => (api === null ? [] : [[api, rangesFor(api)]]))),
  }
}

function rangesOf(cidrs: readonly Cidr[], width: number): Ranges {
  const sorted = cidrs
    .flatMap((cidr) => readBlock(cidr) ?? [])
    .filter(({ first, exact }) => exact && first.length === width)
    .sort((a, b) => compare(a.first, 0, b.first) || a.prefix - b.prefix)
  const outer: typeof sorted = []
  for (const block of sorted) {
    // Two CIDR blocks are apart or one holds the other, and the holder sorts first.
    const before = outer.at(-1)
    if (before === undefined || compare(before.last, 0, block.first) < 0) outer.push(block)
  }
  const words = (end: "first" | "last") => Uint32Array.from(outer.flatMap((block) => block[end]))
  return { width, first: words("first"), last: words("last") }
}

/** Negative, zero or positive, as the address at `from` in `words` is below, at or above `address`. */
function compare(words: ArrayLike<number>, from: number, address: Address): number {
  for (let at = 0; at < address.length; at++) {
    const difference = (words[from + at] ?? 0) - (address[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function holds({ width, first, last }: Ranges, address: Address): boolean {
  let low = 0
  let high = first.length / width
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(last, middle * width, address) < 0) low = middle + 1
    else high = middle
  }
  return low * width < first.length && compare(first, low * width, address) <= 0
}

/**
 * Whether the rules of one level admit the request: the rules for its API and those for every API allow together. An
 * address that is missing or unreadable fits no rule, and where some rule names an API the request must name its own.
 * IPv4 addresses fit IPv4 rules alone: `::/0` is every IPv6 address and nothing else.
 */
export function allowsAddress(rules: CompiledIpRules, { ip, api }: AddressRequest): boolean {
  return rules.byApi.size > 0 && !api ? false : admits(rules, ip ?? "", api ?? null)
}

function admits({ everywhere, byApi }: CompiledIpRules, ip: string, api: string | null): boolean {
  const own = api === null || byApi.size === 0 ? undefined : byApi.get(api)
  if (everywhere === null && own === undefined) return true
  const address = readAddress(ip)
  if (address === null) return false
  const family = address.length === 1 ? 0 : 1
  return (
    (own !== undefined && holds(own[family], address)) || (everywhere !== null && holds(everywhere[family], address))
  )
}

/** Whether some API that the rules bind would refuse this address. An unknown one (null) has nothing to lose. */
export function locksOut(rules: readonly IpRule[], ip: string | null): boolean {
  const compiled = compileIpRules(rules)
  return ip !== null && [null, ...compiled.byApi.keys()].some((api) => !admits(compiled, ip, api))
}

/** Every rule for an API that the configuration does not declare: it would bind nothing. */
export const undeclaredApis = (
  rules: readonly IpRule[],
  apis: readonly string[] | null,
  path: InputIssue["path"],
): readonly InputIssue[] =>
  rules.flatMap(({ api }, index) =>
    api === null || apis?.includes(api)
      ? []
      : [{ path: [...path, index, "api"], message: "not among the declared `apis`" }],
  )
