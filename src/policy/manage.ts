/**
 * Who manages whom: which roles somebody may invite into, re-role and remove.
 *
 * @module
 */

import { isImpersonated } from "../kernel/actor.ts"
import { type Bits, bitsOf, indicesOf, isStrictSubset, isSubset } from "./bits.ts"
import type { CompiledPolicy } from "./compile.ts"
import { type ManageAction, managePermissions } from "./definition.ts"
import { type Held, type NamedRole, roleNamed, systemRole } from "./held.ts"
import type { Standing } from "./standing.ts"

/** What somebody holds, which of all permissions a host rule forbids them now, and what they hold for all that. */
export type HeldNow = Held & Readonly<{ forbidden: (at: number) => boolean; can: (permission: string) => boolean }>

/** Whether the actor manages the role that `name` stands for in this organization. */
export function manages(
  policy: CompiledPolicy,
  standing: Standing,
  held: HeldNow,
  action: ManageAction,
  name: string,
): boolean {
  return managesRole(policy, standing, held, action, roleNamed(policy, standing.customRoles, name))
}

/** Whether the actor manages the system role of that name, whatever shadows it. */
export function managesSystemRole(
  policy: CompiledPolicy,
  standing: Standing,
  held: HeldNow,
  action: ManageAction,
  name: string,
): boolean {
  return managesRole(policy, standing, held, action, systemRole(policy, name))
}

function managesRole(
  policy: CompiledPolicy,
  { actor }: Standing,
  held: HeldNow,
  action: ManageAction,
  target: NamedRole,
): boolean {
  if (target.kind === "unknown") return false
  if (actor.type === "system") return true
  // Whoever acts in another's name makes nobody an owner, and unmakes none: that would be to transfer.
  if (isImpersonated(actor) && target.name === policy.ownership.role) return false
  if (actor.type !== "apiKey") return managedByRoles(policy, held, action, target)
  if (target.name === policy.ownership.role || !held.can(managePermissions[action])) return false
  const now = allowed(held, held.all)
  if (actor.holder.type === "organization") return isStrictSubset(target.bits, now)
  return isSubset(target.bits, now) && managedByRoles(policy, held, action, target)
}

/** Whether whoever holds these roles manages the target; for a member-held key that is its holder. */
function managedByRoles(policy: CompiledPolicy, held: HeldNow, action: ManageAction, target: NamedRole): boolean {
  const owner = policy.ownership.role
  const roles = [held.inOrganization, held.inProject].filter((role) => role !== null)
  if (roles.some(({ name }) => name === owner)) return true
  if (target.name === owner) return false
  if (target.kind === "custom") {
    return held.can(managePermissions[action]) && isStrictSubset(target.bits, allowed(held, held.byRoles))
  }
  return roles.some((role) => {
    if (role.kind === "system") return role.role.manages[action].has(target.name)
    return held.can(managePermissions[action]) && isStrictSubset(target.bits, allowed(held, role.bits))
  })
}

/** Those of `bits` that no host rule forbids now. */
const allowed = (held: HeldNow, bits: Bits): Bits =>
  bitsOf(
    bits.length,
    indicesOf(bits).filter((at) => !held.forbidden(at)),
  )
