/**
 * A checked policy, compiled: names interned once, wildcards and exceptions folded into bits.
 *
 * @module
 */
import { type Bits, bitsOf, indicesOf, wordsFor } from "./bits.ts"
import type { CheckedPolicy, CheckedRole, Ownership } from "./definition.ts"
import { covers } from "./permission.ts"

/** A system role, compiled. */
export type CompiledRole = CheckedRole & Readonly<{ bits: Bits }>

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
}>

/** The policy as bits. */
export function compilePolicy(policy: CheckedPolicy): CompiledPolicy {
  const names = [...policy.permissions.keys()]
  const index = new Map(names.map((name, at) => [name, at]))
  const words = wordsFor(names.length)
  const where = (holds: (name: string) => boolean): Bits =>
    bitsOf(
      words,
      names.flatMap((name, at) => (holds(name) ? [at] : [])),
    )
  const roles = new Map<string, CompiledRole>()
  for (const [name, role] of policy.roles) {
    const bits = where(
      (permission) =>
        role.grants.some((pattern) => covers(pattern, permission)) &&
        !role.except.some((pattern) => covers(pattern, permission)),
    )
    roles.set(name, { ...role, bits })
  }
  for (const [alias, name] of policy.aliases) index.set(alias, index.get(name) ?? -1)
  return {
    names,
    index,
    everything: where(() => true),
    nothing: where(() => false),
    projectScope: where((name) => policy.permissions.get(name) === "project"),
    roles,
    ownership: policy.ownership,
  }
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
