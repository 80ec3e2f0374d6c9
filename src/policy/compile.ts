/**
 * A checked policy, compiled: names interned once, aliases resolved, wildcards and exceptions folded into bits.
 *
 * @module
 */
import { type Bits, bitsOf, indicesOf, wordsFor } from "./bits.ts"
import type { CheckedPolicy, CheckedRole, ManageAction, Ownership } from "./definition.ts"
import { builtInPermissions, covers, type PermissionScope } from "./permission.ts"

/** A system role, compiled; its patterns are canonical. */
export type CompiledRole = Readonly<{
  name: string
  description: string | null
  grants: readonly string[]
  except: readonly string[]
  manages: Readonly<Record<ManageAction, ReadonlySet<string>>>
  bits: Bits
}>

/** What every check reads. */
export type CompiledPolicy = Readonly<{
  /** Canonical names; a permission's index is its bit. */
  names: readonly string[]
  /** Names and aliases, each to its bit. */
  index: ReadonlyMap<string, number>
  everything: Bits
  nothing: Bits
  /** The permissions that a project role may add. */
  projectScope: Bits
  roles: ReadonlyMap<string, CompiledRole>
  ownership: Ownership
  customRoles: boolean
}>

/** The policy as bits. */
export function compilePolicy(policy: CheckedPolicy): CompiledPolicy {
  const { aliases = {}, ownership, customRoles = false } = policy
  const scopes = new Map<string, PermissionScope>(Object.entries({ ...builtInPermissions, ...policy.permissions }))
  const names = [...scopes.keys()]
  const index = new Map(names.map((name, at) => [name, at]))
  const words = wordsFor(names.length)
  const where = (holds: (name: string) => boolean): Bits =>
    bitsOf(
      words,
      names.flatMap((name, at) => (holds(name) ? [at] : [])),
    )
  for (const [alias, name] of Object.entries(aliases)) index.set(alias, index.get(name) ?? -1)
  const canonical = (pattern: string): string => names[index.get(pattern) ?? -1] ?? pattern
  const roles = new Map<string, CompiledRole>()
  for (const [name, role] of Object.entries(policy.roles)) {
    const grants = role.grants.map(canonical)
    const except = (role.except ?? []).map(canonical)
    const bits = where(
      (permission) =>
        grants.some((pattern) => covers(pattern, permission)) && !except.some((pattern) => covers(pattern, permission)),
    )
    roles.set(name, { name, description: role.description ?? null, grants, except, manages: managed(role), bits })
  }
  return {
    names,
    index,
    everything: where(() => true),
    nothing: where(() => false),
    projectScope: where((name) => scopes.get(name) === "project"),
    roles,
    ownership: Object.freeze({ ...ownership }),
    customRoles,
  }
}

/** The roles whose holders a role manages, by what it may do to them. */
function managed({ manages = [] }: CheckedRole): CompiledRole["manages"] {
  const { invite, update, remove } =
    "length" in manages ? { invite: manages, update: manages, remove: manages } : manages
  return { invite: new Set(invite), update: new Set(update), remove: new Set(remove) }
}

/** The bits of an organization's own role. A permission that the policy no longer knows adds nothing. */
export function compilePermissions(policy: CompiledPolicy, permissions: readonly string[]): Bits {
  const bits = new Uint32Array(policy.nothing.length)
  for (const permission of permissions) {
    const at = policy.index.get(permission)
    if (at !== undefined) bits[at >>> 5] = (bits[at >>> 5] ?? 0) | (1 << (at & 31))
  }
  return bits
}

/** The canonical names in a set, in the catalogue's order. */
export const namesIn = (policy: CompiledPolicy, bits: Bits): readonly string[] =>
  indicesOf(bits).flatMap((at) => policy.names[at] ?? [])
