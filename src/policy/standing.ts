/**
 * Where an actor stands: everything that an answer depends on.
 *
 * @module
 */
import type { Actor } from "../kernel/actor.ts"
import type { Rule, RuleOrganization } from "./rule.ts"

/** A role that an organization defined. */
export interface CustomRole {
  readonly name: string
  /** Canonical names. */
  readonly permissions: readonly string[]
}

/** Where an actor stands: everything that an answer depends on. */
export interface Standing {
  readonly actor: Actor
  /** What host rules may see of the organization. */
  readonly organization: RuleOrganization
  /** The role in the organization; null for somebody who is in projects only, and for the host's own code. */
  readonly role: string | null
  /** The organization's own roles, those that shadow a system role included. */
  readonly customRoles: readonly CustomRole[]
  /** Asked at a project: its id, and the role in it. */
  readonly project?: Readonly<{ id: string; role: string | null }>
  readonly rules?: readonly Rule[]
}
