/**
 * The audit: what the holder of a role can come by without anybody who held it.
 *
 * @module
 */

import { type Holding, type Place, systemRoleHeld } from "./audit-holding.ts"
import { reach } from "./audit-search.ts"
import { intersection } from "./bits.ts"
import { type CompiledPolicy, namesIn } from "./compile.ts"

/** One command in a series. */
export type AuditCommand = Readonly<{
  command:
    | "apiKeys.create"
    | "invitations.send"
    | "memberships.changeRole"
    | "organizations.transferOwnership"
    | "projects.members.add"
    | "projects.members.changeRole"
    | "roles.create"
    | "roles.update"
    | "roles.delete"
  /** The role of whoever sends it, or `key of` it; with a second role, when that is held in the project alone. */
  by: string
  /** The role that is handed out, made, changed or deleted; for a key, what `by` calls it from then on. */
  role: string
  /** The role that a change of role starts from. */
  from?: string
  /** What the role made or changed is to grant; the scopes of a key. */
  permissions?: readonly string[]
}>

/** A permission outside a role that its holder can come to hold, and the commands that bring it about. */
export type AuditFinding = Readonly<{
  role: string
  /** Where that role is held at the start. */
  at: Place
  permission: string
  commands: readonly AuditCommand[]
}>

/**
 * Every finding of a policy. It starts from one role and the accounts that its holders bring in, and follows every
 * command that hands out a role, theirs and their keys', until nothing new is held. The first to hold a permission outside the role got it from
 * somebody who did not. Each role on the way is taken to be held by as many accounts as the commands need.
 */
export function auditPolicy(policy: CompiledPolicy, customRoles: boolean): readonly AuditFinding[] {
  const findings = new Map<string, AuditFinding>()
  for (const at of ["organization", "project"] as const) {
    for (const role of policy.roles.keys()) {
      const start = systemRoleHeld(policy, at, role)
      const known = new Set(permissionsOf(policy, start))
      for (const { held, commands } of reach(policy, customRoles, start)) {
        for (const permission of permissionsOf(policy, held)) {
          const key = `${role}:${permission}`
          if (!known.has(permission) && !findings.has(key)) findings.set(key, { role, at, permission, commands })
        }
      }
    }
  }
  return [...findings.values()]
}

const permissionsOf = (policy: CompiledPolicy, { at, role }: Holding): readonly string[] =>
  namesIn(policy, at === "project" ? intersection(role.bits, policy.projectScope) : role.bits)
