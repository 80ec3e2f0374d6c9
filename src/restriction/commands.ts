/**
 * Commands on restrictions.
 *
 * @module
 */
import * as z from "zod"
import { refused } from "../kernel/decision.ts"
import { idSchema } from "../kernel/id.ts"
import { command } from "../pipeline/command.ts"
import { ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { holderRefusal } from "../role/assignment.ts"
import { lockoutRefusal } from "./lockout.ts"
import {
  EndpointRules,
  endpointRulesOf,
  IpRules,
  ipRulesOf,
  setEndpointRules,
  setIpRules,
  undeclaredApis,
  unrestricted,
} from "./restriction.ts"

export const setOrganizationIpRules = command({
  name: "restrictions.ipRules.set",
  input: () => inOrganization({ rules: IpRules, allowLockout: z.boolean().default(false) }),
  actors: ["user", "apiKey", "system"],
  allow: "ipRules.manage",
  facts: ["ip_rules.changed"],
  wants: ({ input }) => ({ restrictions: [input.organizationId] }),
  decide: ({ input, actor, loaded, settings }) => {
    const { organizationId, rules, allowLockout } = input
    const issues = undeclaredApis(rules, settings.apis, ["rules"])
    if (issues.length > 0) return refused("invalid_input", { issues })
    const refusal = lockoutRefusal(rules, actor, allowLockout, "rules")
    if (refusal !== null) return { ok: false, refusal }
    const before = loaded.restrictions[0] ?? unrestricted({ id: organizationId, organizationId })
    return ruling(setIpRules(before, rules), (facts) => ipRulesOf(facts[0]?.after ?? before))
  },
})

export const setEndpointRulesOf = command({
  name: "restrictions.endpointRules.set",
  input: () => inOrganization({ membershipId: idSchema("mem").optional(), rules: EndpointRules }),
  actors: ["user", "apiKey", "system"],
  allow: "endpointRules.manage",
  facts: ["endpoint_rules.changed"],
  wants: ({ input }) => ({
    restrictions: [input.membershipId ?? input.organizationId],
    membership: input.membershipId,
  }),
  decide: ({ input, access, caller, loaded }) => {
    const { organizationId, membershipId, rules } = input
    if (membershipId !== undefined) {
      const { membership } = loaded
      if (membership == null) return refused("not_found", {})
      const refusal = caller?.id === membershipId ? null : holderRefusal(access, "update", membership.role)
      if (refusal !== null) return { ok: false, refusal }
    }
    const before = loaded.restrictions[0] ?? unrestricted({ id: membershipId ?? organizationId, organizationId })
    return ruling(setEndpointRules(before, rules), (facts) => endpointRulesOf(facts[0]?.after ?? before))
  },
})
