/**
 * What somebody holds: the roles, looked up in the organization and in the policy, and a key's scopes.
 *
 * @module
 */

import type { ApiKeyActor } from "../kernel/actor.ts"
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
  /** What the roles grant together; a member-held key holds no more of it than its scopes. */
  byRoles: Bits
  /** A key's scopes; null for everybody else. */
  byScopes: Bits | null
  /** The role in the organization, and the role in the project asked about: of a member-held key's holder, their own. */
  inOrganization: NamedRole | null
  inProject: NamedRole | null
}>

/** What the actor holds where they stand: a user by their roles, a key by its scopes, the host's code everything. */
export function heldPermissions(policy: CompiledPolicy, standing: Standing): Held {
  const { actor } = standing
  if (actor.type === "user") return heldByRoles(policy, standing)
  if (actor.type === "apiKey") return heldByKey(policy, standing, actor)
  return withoutRoles(policy, actor.type === "system" ? policy.everything : policy.nothing)
}

const withoutRoles = ({ nothing }: CompiledPolicy, all: Bits, byScopes: Bits | null = null): Held => ({
  all,
  byRoles: nothing,
  byScopes,
  inOrganization: null,
  inProject: null,
})

function heldByRoles(policy: CompiledPolicy, { customRoles, project, role }: Standing): Held {
  const inOrganization = role === null ? null : roleNamed(policy, customRoles, role)
  const named = project?.role == null ? null : roleNamed(policy, customRoles, project.role)
  const everywhere = inOrganization?.bits ?? policy.nothing
  if (named === null) return { all: everywhere, byRoles: everywhere, byScopes: null, inOrganization, inProject: null }
  const inProject = { ...named, bits: intersection(named.bits, policy.projectScope) }
  const all = union(everywhere, inProject.bits)
  return { all, byRoles: all, byScopes: null, inOrganization, inProject }
}

/** Whether a key is asked about where it never acts: it acts in its own organization alone, a personal one in none. */
export const isElsewhere = ({ holder, organizationId }: ApiKeyActor, { organization }: Standing): boolean =>
  holder.type === "person" || organizationId !== organization.id

function heldByKey(policy: CompiledPolicy, standing: Standing, key: ApiKeyActor): Held {
  if (isElsewhere(key, standing)) return withoutRoles(policy, policy.nothing, policy.nothing)
  const byScopes = compilePermissions(policy, standing.scopes ?? [])
  if (key.holder.type === "organization") return withoutRoles(policy, byScopes, byScopes)
  const holder = heldByRoles(policy, standing)
  return { ...holder, all: intersection(holder.byRoles, byScopes), byScopes }
}
