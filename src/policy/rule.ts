/**
 * Host rules: code of the host's that can forbid what a role grants, and nothing else.
 *
 * @module
 */
import type { Actor } from "../kernel/actor.ts"
import type { JsonObject } from "../kernel/json.ts"
import type { PolicyNames } from "./access.ts"

/** What a rule may see of the organization. */
export type RuleOrganization = Readonly<{ id: string; name: string; slug: string; metadata: JsonObject }>

/** What a rule is asked. `permission` is canonical; `resource` is whatever the host passed with the check. */
export type RuleQuestion<N extends Pick<PolicyNames, "permission"> = PolicyNames> = Readonly<{
  actor: Actor
  permission: N["permission"]
  organization: RuleOrganization
  project: Readonly<{ id: string; role: string | null }> | null
  resource: unknown
}>

/** A rule of the host's. It can only forbid; it is asked only about what a role grants. */
export interface Rule<N extends Pick<PolicyNames, "permission"> = PolicyNames> {
  /** What `explain` calls it. */
  readonly name: string
  /** Must answer at once: `false`, or `true` or a reason to forbid. One that throws, or answers otherwise, forbids. */
  forbids(question: RuleQuestion<N>): boolean | string
}

/** What one rule answered. */
export type RuleAnswer = Readonly<{ kind: "rule"; rule: string; forbids: boolean; reason: string | null }>

/** Asks the rules in order, up to the first that forbids; the last answer decides. */
export function consult(rules: readonly Rule[], question: RuleQuestion): readonly RuleAnswer[] {
  const answers: RuleAnswer[] = []
  for (const rule of rules) {
    const answer = ask(rule, question)
    answers.push(answer)
    if (answer.forbids) break
  }
  return answers
}

function ask(rule: Rule, question: RuleQuestion): RuleAnswer {
  const answered = (forbids: boolean, reason: string | null): RuleAnswer =>
    Object.freeze({ kind: "rule", rule: rule.name, forbids, reason })
  try {
    const answer: unknown = rule.forbids(question)
    if (typeof answer === "boolean") return answered(answer, null)
    // A promise is too late to be an answer; what it comes to is nobody's.
    if (answer instanceof Promise) answer.catch(() => {})
    return answered(true, typeof answer === "string" ? answer : "the rule answered neither yes, no nor a reason")
  } catch {
    // What it threw may hold anything, so it is not repeated.
    return answered(true, "the rule failed")
  }
}
