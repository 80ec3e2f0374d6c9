/**
 * The roles that somebody holds, looked up in the organization and in the policy, and what they grant together.
 *
 * @module
 */

import { type Bits, intersection, union } from "./bits.ts"
import { type CompiledPolicy, type CompiledRole, compilePermissions } from "./compile.ts"
import type { CustomRole, Standing } from "./standing.ts"

/** What a role's name stands for in one organization. */
export type NamedRole =
  | Readonly<{ kind: "system"; name: string; bits: Bits; role: CompiledRole }>
  | Readonly<{ kind: "custom"; name: string; bits: Bits }>
  | Readonly<{ kind: "unknown"; name: string; bits: Bits }>

/** The role of that name: the organization's own before the policy's, except that nothing shadows the owner role. */
export function roleNamed(policy: CompiledPolicy, customRoles: readonly CustomRole[], name: string): NamedRole {
  const custom = name === policy.ownership.role ? undefined : customRoles.find((role) => role.name === name)
  if (custom !== undefined) return { kind: "custom", name, bits: compilePermissions(policy, custom.permissions) }
  return systemRole(policy, name)
}

/** The system role of that name, whatever shadows it. */
export function systemRole(policy: CompiledPolicy, name: string): NamedRole {
  const role = policy.roles.get(name)
  return role === undefined
    ? { kind: "unknown", name, bits: policy.nothing }
    : { kind: "system", name, bits: role.bits, role }
}

/** What somebody holds before any host rule is asked. */
export type Held = Readonly<{
  all: Bits
  /** The role in the organization, and the role in the project asked about. */
  inOrganization: NamedRole | null
  inProject: NamedRole | null
}>

/** What the actor holds where they stand: a user by their roles, the host's code everything, anybody else nothing. */
export function heldPermissions(policy: CompiledPolicy, standing: Standing): Held {
  const { actor, customRoles, project, role } = standing
  if (actor.type === "system") return { all: policy.everything, inOrganization: null, inProject: null }
  if (actor.type !== "user") return { all: policy.nothing, inOrganization: null, inProject: null }
  const inOrganization = role === null ? null : roleNamed(policy, customRoles, role)
  const named = project?.role == null ? null : roleNamed(policy, customRoles, project.role)
  const everywhere = inOrganization?.bits ?? policy.nothing
  if (named === null) return { all: everywhere, inOrganization, inProject: null }
  const inProject = { ...named, bits: intersection(named.bits, policy.projectScope) }
  return { all: union(everywhere, inProject.bits), inOrganization, inProject }
}
