/**
 * Why: every rule that a check consulted, in order, and the one that decided.
 *
 * @module
 */

import { hasBit } from "./bits.ts"
import type { CompiledPolicy } from "./compile.ts"
import { type Held, isElsewhere, type NamedRole } from "./held.ts"
import { covers } from "./permission.ts"
import type { RuleAnswer } from "./rule.ts"
import type { Standing } from "./standing.ts"

/** What the person is a member of: the organization, the project asked about alone, or neither. */
export type MembershipAnswer = Readonly<{ kind: "membership"; of: "organization" | "project" | null }>

/** What a role said of a permission. */
export type RoleAnswer = Readonly<{
  kind: "organizationRole" | "projectRole"
  role: string
  definition: "system" | "custom" | "unknown"
  /** Whether the organization's own role stands in for a system role of that name. */
  shadows: boolean
  /**
   * `silent`: nothing in the role covers it. `outOfScope`: a project role adds project permissions only.
   * `unknown`: neither the policy nor the organization knows the role any more.
   */
  outcome: "grants" | "excepts" | "silent" | "outOfScope" | "unknown"
  /** What in the role granted it, or took it away again. */
  pattern: string | null
}>

/** What a key's scopes said of a permission. The role steps after it are its holder's: a key needs both to grant. */
export type ScopesAnswer = Readonly<{ kind: "keyScopes"; holder: "organization" | "member"; grants: boolean }>

/** IP and endpoint rules bind keys alone, where they are verified: a key that acts has been let through by them. */
export type RestrictionsAnswer = Readonly<{ kind: "restrictions"; letThrough: true }>

/** One thing consulted. */
export type ExplanationStep =
  | Readonly<{ kind: "unknownPermission" }>
  | Readonly<{ kind: "actor"; type: "system" | "platformAdmin" | "apiKey"; grants: boolean }>
  | RestrictionsAnswer
  | ScopesAnswer
  | MembershipAnswer
  | RoleAnswer
  | RuleAnswer
  | Readonly<{ kind: "defaultDeny" }>

type Deciding = Exclude<ExplanationStep, MembershipAnswer | RestrictionsAnswer>

/** An answer, and how it came about. */
export type Explanation = Readonly<{
  /** The canonical name; as asked, when the policy does not know it. */
  permission: string
  allowed: boolean
  steps: readonly ExplanationStep[]
  decidedBy: Deciding
  sentence: string
}>

/** Explains what `can` answers; `answersAt` are the host rules' answers, the same that `can` reads. */
export function explain(
  policy: CompiledPolicy,
  standing: Standing,
  held: Held,
  asked: string,
  answersAt: (at: number) => readonly RuleAnswer[],
): Explanation {
  const at = policy.index.get(asked)
  const permission = at === undefined ? asked : (policy.names[at] ?? asked)
  const answer = (allowed: boolean, steps: readonly ExplanationStep[], decidedBy: Deciding): Explanation => ({
    permission,
    allowed,
    steps,
    decidedBy,
    sentence: sentence(permission, allowed, steps, decidedBy),
  })

  if (at === undefined) {
    const step = { kind: "unknownPermission" } as const
    return answer(false, [step], step)
  }
  const { actor } = standing
  if (
    actor.type === "system" ||
    actor.type === "platformAdmin" ||
    (actor.type === "apiKey" && isElsewhere(actor, standing))
  ) {
    const step = { kind: "actor", type: actor.type, grants: actor.type === "system" } as const
    return answer(step.grants, [step], step)
  }
  const scopes = scopesAnswer(standing, held, at)
  const roles: RoleAnswer[] = []
  if (held.inOrganization !== null) roles.push(roleAnswer(policy, "organizationRole", held.inOrganization, at))
  if (held.inProject !== null) roles.push(roleAnswer(policy, "projectRole", held.inProject, at))
  const restrictions = { kind: "restrictions", letThrough: true } as const
  const grants = [
    scopes === null ? [] : [restrictions, scopes],
    scopes?.holder === "organization" ? [] : membershipAnswer(held),
    roles,
  ].flat()
  const granting = scopes ?? roles.find((role) => role.outcome === "grants")
  if (granting === undefined || !hasBit(held.all, at)) {
    const step = { kind: "defaultDeny" } as const
    return answer(false, [...grants, step], step)
  }
  const answers = answersAt(at)
  const forbidding = answers.find((rule) => rule.forbids)
  return answer(forbidding === undefined, [...grants, ...answers], forbidding ?? granting)
}

function scopesAnswer({ actor }: Standing, { byScopes }: Held, at: number): ScopesAnswer | null {
  if (actor.type !== "apiKey" || byScopes === null) return null
  const holder = actor.holder.type === "organization" ? "organization" : "member"
  return { kind: "keyScopes", holder, grants: hasBit(byScopes, at) }
}

const membershipAnswer = ({ inOrganization, inProject }: Held): MembershipAnswer => ({
  kind: "membership",
  of: inOrganization !== null ? "organization" : inProject !== null ? "project" : null,
})

function roleAnswer(policy: CompiledPolicy, kind: RoleAnswer["kind"], named: NamedRole, at: number): RoleAnswer {
  const answer = (outcome: RoleAnswer["outcome"], pattern: string | null = null): RoleAnswer => ({
    kind,
    role: named.name,
    definition: named.kind,
    shadows: named.kind === "custom" && policy.roles.has(named.name),
    outcome,
    pattern,
  })
  if (named.kind === "unknown") return answer("unknown")
  if (kind === "projectRole" && !hasBit(policy.projectScope, at)) return answer("outOfScope")
  const grants = hasBit(named.bits, at)
  const permission = policy.names[at] ?? ""
  if (named.kind === "custom") return grants ? answer("grants", permission) : answer("silent")
  const covering = (patterns: readonly string[]) => patterns.find((pattern) => covers(pattern, permission)) ?? null
  const granting = covering(named.role.grants)
  if (granting === null) return answer("silent")
  return grants ? answer("grants", granting) : answer("excepts", covering(named.role.except))
}

function sentence(
  permission: string,
  allowed: boolean,
  steps: readonly ExplanationStep[],
  decidedBy: Deciding,
): string {
  const subject = `\`${permission}\` is ${allowed ? "allowed" : "denied"}`
  switch (decidedBy.kind) {
    case "unknownPermission":
      return `${subject}: the policy knows no such permission`
    case "actor":
      return `${subject}: ${BY_ACTOR[decidedBy.type]}`
    case "rule": {
      const reason = decidedBy.reason === null ? "" : ` (${decidedBy.reason})`
      return `${subject}: the rule \`${decidedBy.rule}\` forbids it${reason}`
    }
    case "defaultDeny":
      return `${subject}: ${withheld(steps).join(", and ")}`
    case "keyScopes": {
      const role = steps.filter(isRoleAnswer).find(({ outcome }) => outcome === "grants")
      const scopes = "the key's scopes hold it"
      return `${subject}: ${role === undefined ? scopes : `${scopes}, and ${said(role, "the holder's")}`}`
    }
    default:
      return `${subject}: ${said(decidedBy, "the")}`
  }
}

const BY_ACTOR = {
  system: "the host's own code skips permissions",
  platformAdmin: "the platform admin is a member nowhere",
  apiKey: "the key does not act in this organization",
} as const

/** Everything that could have granted and did not. */
function withheld(steps: readonly ExplanationStep[]): readonly string[] {
  const scopes = steps.find((step) => step.kind === "keyScopes")
  const roles = steps.filter(isRoleAnswer)
  const byScopes = scopes?.grants === false ? ["the key's scopes do not hold it"] : []
  if (scopes?.holder === "organization" || roles.some(({ outcome }) => outcome === "grants")) return byScopes
  const isOutside = steps.some((step) => step.kind === "membership" && step.of !== "organization")
  const outside = isOutside ? [`${scopes ? "the holder is" : "this is"} no member of the organization`] : []
  return [...byScopes, ...roles.map((role) => said(role, scopes ? "the holder's" : "the")), ...outside]
}

const isRoleAnswer = (step: ExplanationStep): step is RoleAnswer =>
  step.kind === "organizationRole" || step.kind === "projectRole"

function said(answer: RoleAnswer, whose: "the" | "the holder's"): string {
  const role = `${whose} ${answer.definition === "custom" ? "custom role" : "role"} \`${answer.role}\``
  const shadow = answer.shadows ? ", in place of the system role of that name," : ""
  const subject = `${role}${shadow}${answer.kind === "projectRole" ? " in the project" : ""}`
  switch (answer.outcome) {
    case "grants":
      return `${subject} grants it by \`${answer.pattern}\``
    case "excepts":
      return `${subject} excepts it by \`${answer.pattern}\``
    case "silent":
      return `${subject} does not grant it`
    case "outOfScope":
      return `${subject} grants project permissions only`
    case "unknown":
      return `${subject} no longer exists and grants nothing`
  }
}
