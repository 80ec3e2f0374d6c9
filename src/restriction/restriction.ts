/**
 * Restrictions: from where and for what the keys of an organization, of a member, or one key may be used.
 *
 * Rules of one level are alternatives, and every level that has rules must allow. Restrictions bind keys, not sessions.
 *
 * @module
 */
import { type Decision, decided, type Fact } from "../kernel/decision.ts"
import type { MembershipId, OrganizationId } from "../kernel/id.ts"
import type { JsonObject } from "../kernel/json.ts"
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
  undeclaredApis,
} from "./ip-rules.ts"

/** The rules of one level, a whole organization or one of its members. Keys carry their own. */
export type Restriction = Readonly<{
  /** Whom it binds. */
  id: OrganizationId | MembershipId
  organizationId: OrganizationId
  /** None for a member. */
  ipRules: readonly IpRule[]
  endpointRules: readonly EndpointRule[]
  revision: number
}>

export type RestrictionFact = Fact<"ip_rules.changed" | "endpoint_rules.changed", Restriction>

/** The rules of a level that has none yet. */
export const unrestricted = ({ id, organizationId }: Pick<Restriction, "id" | "organizationId">): Restriction => ({
  id,
  organizationId,
  ipRules: [],
  endpointRules: [],
  revision: 0,
})

/** Puts one list of IP rules in place of another; the same rules in another order are no change. */
export function setIpRules(before: Restriction, ipRules: readonly IpRule[]): Decision<RestrictionFact, never> {
  const same = sameSet(before.ipRules.map(ipRuleText), ipRules.map(ipRuleText))
  return same ? decided() : changed("ip_rules.changed", before, { ...before, ipRules })
}

/** Puts one list of endpoint rules in place of another; the same rules in another order are no change. */
export function setEndpointRules(
  before: Restriction,
  endpointRules: readonly EndpointRule[],
): Decision<RestrictionFact, never> {
  const same = sameSet(before.endpointRules, endpointRules)
  return same ? decided() : changed("endpoint_rules.changed", before, { ...before, endpointRules })
}

/** A level that was never written has no row to begin with. */
const changed = (action: RestrictionFact["action"], before: Restriction, after: Restriction) =>
  decided<RestrictionFact>({ action, before: before.revision === 0 ? null : before, after })

function sameSet(before: readonly string[], after: readonly string[]): boolean {
  const [was, is] = [new Set(before), new Set(after)]
  return was.size === is.size && after.every((text) => was.has(text))
}

/** A level's IP rules as they are shown: both kinds of rules of one level have one revision, 0 before there were any. */
export const ipRulesOf = ({ ipRules: rules, revision }: Restriction) => ({ rules, revision })

/** A level's endpoint rules as they are shown. */
export const endpointRulesOf = ({ endpointRules: rules, revision }: Restriction) => ({ rules, revision })

/** What activity records of a level's rules. */
export const restrictionFields = ({ ipRules, endpointRules }: Restriction) =>
  ({
    ipRules: ipRules.map(ipRuleText),
    endpointRules: [...endpointRules],
  }) satisfies JsonObject
