/**
 * Reads of restrictions.
 *
 * @module
 */
import { idSchema } from "../kernel/id.ts"
import { found } from "../pipeline/operation.ts"
import { query } from "../pipeline/query.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { endpointRulesOf, ipRulesOf, unrestricted } from "./restriction.ts"

export const listIpRules = query({
  name: "restrictions.ipRules.list",
  input: () => inOrganization({}),
  actors: ["user", "apiKey", "system"],
  allow: "ipRules.read",
  wants: ({ input }) => ({ restrictions: [input.organizationId] }),
  answer: ({ input: { organizationId }, loaded }) =>
    ipRulesOf(loaded.restrictions[0] ?? unrestricted({ id: organizationId, organizationId })),
})

export const listEndpointRules = query({
  name: "restrictions.endpointRules.list",
  input: () => inOrganization({ membershipId: idSchema("mem").optional() }),
  actors: ["user", "apiKey", "system"],
  wants: ({ input }) => ({
    restrictions: [input.membershipId ?? input.organizationId],
    membership: input.membershipId,
  }),
  // What binds oneself is one's own to see.
  allow: ({ input, actor, caller }) =>
    actor.type === "user" && input.membershipId !== undefined && caller?.id === input.membershipId
      ? "inside"
      : "endpointRules.read",
  answer: ({ input, loaded }) => {
    const { organizationId, membershipId } = input
    if (membershipId !== undefined) found(loaded.membership)
    return endpointRulesOf(
      loaded.restrictions[0] ?? unrestricted({ id: membershipId ?? organizationId, organizationId }),
    )
  },
})
