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
  /**
   * The role in the organization, for a member-held key its holder's; null for somebody who is in projects only, for an
   * organization's key, and for the host's own code.
   */
  readonly role: string | null
  /** What an API key was made for, in canonical names; asked of keys alone, and a key without them holds nothing. */
  readonly scopes?: readonly string[]
  /** The organization's own roles, those that shadow a system role included. */
  readonly customRoles: readonly CustomRole[]
  /** Asked at a project: its id, and the role in it; for a member-held key its holder's. */
  readonly project?: Readonly<{ id: string; role: string | null }>
  readonly rules?: readonly Rule[]
}
