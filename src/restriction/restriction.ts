/**
 * Restrictions: from where and for what the keys of an organization, of a member, or one key may be used.
 *
 * Rules of one level are alternatives, and every level that has rules must allow. Restrictions bind keys, not sessions.
 *
 * @module
 */
import { type Decision, decided, type Fact } from "../kernel/decision.ts"
import type { EndpointRule } from "./endpoint.ts"
import { type IpRule, ipRuleText } from "./ip-rules.ts"

export type { EndpointRule } from "./endpoint.ts"
export {
  allowsEndpoint,
  type CompiledEndpointRules,
  compileEndpointRules,
  type EndpointRequest,
  EndpointRules,
} from "./endpoint-rules.ts"
export type { Cidr } from "./ip.ts"
export {
  type AddressRequest,
  allowsAddress,
  type CompiledIpRules,
  compileIpRules,
  type IpRule,
  IpRules,
} from "./ip-rules.ts"

export type IpRulesFact = Fact<"ip_rules.changed", readonly IpRule[]>
export type EndpointRulesFact = Fact<"endpoint_rules.changed", readonly EndpointRule[]>

/** Puts one list of IP rules in place of another; the same rules in another order are no change. */
export function setIpRules(before: readonly IpRule[], after: readonly IpRule[]): Decision<IpRulesFact, never> {
  const same = sameSet(before.map(ipRuleText), after.map(ipRuleText))
  return same ? decided() : decided({ action: "ip_rules.changed", before, after })
}

/** Puts one list of endpoint rules in place of another; the same rules in another order are no change. */
export function setEndpointRules(
  before: readonly EndpointRule[],
  after: readonly EndpointRule[],
): Decision<EndpointRulesFact, never> {
  return sameSet(before, after) ? decided() : decided({ action: "endpoint_rules.changed", before, after })
}

function sameSet(before: readonly string[], after: readonly string[]): boolean {
  const [was, is] = [new Set(before), new Set(after)]
  return was.size === is.size && after.every((text) => was.has(text))
}
