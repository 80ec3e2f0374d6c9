/**
 * Restrictions of an organization and its members, by the model.
 *
 * @module
 */
import { expect } from "vitest"
import type { Actor, ApiKeyActor, User } from "../../src/index.ts"
import { type By, type Check, type Core, same } from "./core.ts"
import { cidrsOf, type Ranges } from "./key-operations.ts"
import { admits } from "./key-rules.ts"
import { type Member, type Organization, refuse } from "./rows.ts"

export function restrictionOperations({ standing, enter, enterToChange, mustBeAllowed, record }: Core) {
  return {
    "restrictions.ipRules.list"(by: By, input: { organizationId: string }): Check {
      const { org } = enter(by, input, "ipRules.read")
      const rules = (org.rules.get(org.id)?.ipRules ?? []).map((cidr) => ({ cidr, api: null }))
      return (answer) => expect(answer).toEqual({ rules, revision: revisionOf(org, org.id) })
    },
    "restrictions.ipRules.set"(
      by: By,
      input: { organizationId: string; rules: Ranges; allowLockout?: boolean },
    ): Check {
      const { actor, org } = enterToChange(by, input, "ipRules.manage")
      const ipRules = cidrsOf(input.rules) ?? []
      const { ip = null } = actor as ApiKeyActor | User
      if (ip != null && !input.allowLockout && !admits(ipRules, ip)) refuse("invalid_input")
      return ruled(org, actor, org.id, "ip_rules", { ipRules })
    },
    "restrictions.endpointRules.list"(by: By, input: { organizationId: string; membershipId?: string }): Check {
      const { actor, org, caller } = enter(by, input, null)
      const { membershipId } = input
      const isOwn = actor.type === "user" && membershipId !== undefined && caller?.id === membershipId
      if (!isOwn) mustBeAllowed(org, actor, "endpointRules.read")
      if (membershipId !== undefined) memberIn(org, membershipId)
      const rules = org.rules.get(membershipId ?? org.id)?.endpointRules ?? []
      return (answer) => expect(answer).toEqual({ rules, revision: revisionOf(org, membershipId ?? org.id) })
    },
    "restrictions.endpointRules.set"(
      by: By,
      input: { organizationId: string; membershipId?: string; rules: readonly string[] },
    ): Check {
      const { actor, org, caller } = enterToChange(by, input, "endpointRules.manage")
      const { membershipId, rules } = input
      if (membershipId !== undefined) {
        const { role } = memberIn(org, membershipId)
        if (caller?.id !== membershipId) standing.mustManage(org, actor, "update", role)
      }
      return ruled(org, actor, membershipId ?? org.id, "endpoint_rules", { endpointRules: rules })
    },
  }

  function memberIn(org: Organization, id: string): Member {
    return [...org.members.values()].find((member) => member.id === id) ?? refuse("not_found")
  }
  function ruled(
    org: Organization,
    actor: Actor,
    subject: string,
    kind: string,
    changes: { ipRules: readonly string[] } | { endpointRules: readonly string[] },
  ): Check {
    const before = org.rules.get(subject) ?? { ipRules: [], endpointRules: [], revision: 0 }
    const after = { ...before, ...changes }
    const rows = "ipRules" in changes ? after.ipRules.map((cidr) => ({ cidr, api: null })) : after.endpointRules
    const isSame = JSON.stringify(before) === JSON.stringify(after)
    if (!isSame) {
      org.rules.set(subject, after)
      record(org, actor, [`${kind}.changed`], after)
    }
    return same({ rules: rows, revision: revisionOf(org, subject) })
  }
  function revisionOf(org: Organization, subject: string): number {
    return org.rules.get(subject)?.revision ?? 0
  }
}
