/**
 * What follows from a key's record alone, kept for as long as the store answers the same rows: the rules that bind it
 * compiled, what verdicts show of it, whether it holds what it was last asked for. What depends on the request or the
 * time is never kept.
 *
 * @module
 */
import type { ApiKeyActor } from "../kernel/actor.ts"
import type { Organization } from "../organization/organization.ts"
import type { PolicyEngine, Rule } from "../policy/policy.ts"
import type { RuleBook } from "../restriction/compiled.ts"
import type { ApiKey } from "./api-key.ts"
import { isHeld } from "./held.ts"
import type { KeyRecord, Restrictions } from "./verdict.ts"
import { type VerifiedKey, type VerifiedOrganization, verifiedKey, verifiedOrganization } from "./verdict-view.ts"

/** A key's record made ready for judging. */
export type PreparedKey = Readonly<{
  restrictions: Restrictions
  key: VerifiedKey
  organization: VerifiedOrganization | null
  /** Whether the key holds that permission; host rules are asked every time. */
  holds: (permission: string, record: KeyRecord, actor: ApiKeyActor) => boolean
}>

/** The rows it was made of. */
type Rows = Pick<
  KeyRecord,
  "organization" | "member" | "role" | "project" | "projectRole" | "organizationRules" | "memberRules"
>

/** Prepares records; of a key whose rows are those of the last time, what was made then. */
export function preparing(policy: PolicyEngine, rules: readonly Rule[], ruleBook: RuleBook) {
  const kept = new WeakMap<ApiKey, Readonly<{ rows: Rows; prepared: PreparedKey }>>()
  const organizations = new WeakMap<Organization, VerifiedOrganization>()
  const owner = policy.ownership.role

  /** What every key of the organization shows of it. */
  function shown(organization: Organization): VerifiedOrganization {
    const view = organizations.get(organization) ?? verifiedOrganization(organization)
    organizations.set(organization, view)
    return view
  }

  /** The organization's endpoint rules bind everybody but whoever holds the owner role. */
  function restrictionsOf({ key, member, organizationRules, memberRules }: KeyRecord): Restrictions {
    const everyones = ruleBook(organizationRules)
    const members = ruleBook(memberRules)
    const own = ruleBook(key)
    const endpoint = [members.endpoint, own.endpoint]
    return {
      ip: [everyones.ip, own.ip],
      endpoint: member?.role === owner ? endpoint : [everyones.endpoint, ...endpoint],
    }
  }

  function holding(): PreparedKey["holds"] {
    let last: Readonly<{ permission: string; answer: boolean }> | null = null
    return (permission, record, actor) => {
      if (last?.permission === permission) return last.answer
      const answer = isHeld(record, permission, actor, policy, rules)
      if (rules.length === 0) last = { permission, answer }
      return answer
    }
  }

  return (record: KeyRecord): PreparedKey => {
    const known = kept.get(record.key)
    if (known !== undefined && isOf(known.rows, record)) return known.prepared
    const { key, organization, member, role, project, projectRole, organizationRules, memberRules } = record
    const prepared = {
      restrictions: restrictionsOf(record),
      key: verifiedKey(key),
      organization: organization && shown(organization),
      holds: holding(),
    }
    const rows = { organization, member, role, project, projectRole, organizationRules, memberRules }
    kept.set(key, { rows, prepared })
    return prepared
  }
}

const isOf = (rows: Rows, record: KeyRecord): boolean =>
  rows.organization === record.organization &&
  rows.member === record.member &&
  rows.role === record.role &&
  rows.project === record.project &&
  rows.projectRole === record.projectRole &&
  rows.organizationRules === record.organizationRules &&
  rows.memberRules === record.memberRules
