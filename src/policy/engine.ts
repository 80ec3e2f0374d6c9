/**
 * `definePolicy`: a policy, checked and compiled once, ready to answer. `presetPolicy`: one that tests have checked.
 *
 * @module
 */
import { type Access, type PolicyNames, resolveAccess } from "./access.ts"
import type { AuditFinding } from "./audit.ts"
import { checkPolicy } from "./check.ts"
import { compilePolicy, namesIn } from "./compile.ts"
import type { CheckedPolicy, Ownership, PolicyInput } from "./definition.ts"
import { type Matrix, matrixOf } from "./matrix.ts"
import type { BuiltInPermission, HostPermissions } from "./permission.ts"
import type { Standing } from "./standing.ts"

/** A role of the policy's, as lists show it. */
export type SystemRole<Role extends string = string> = Readonly<{
  name: Role
  description: string | null
  /** Canonical names, wildcards resolved. */
  permissions: readonly string[]
}>

/** A compiled policy. */
export interface PolicyEngine<N extends PolicyNames = PolicyNames> {
  readonly ownership: Ownership<N["role"]>
  /** Whether organizations may define roles of their own. Those they have defined hold either way. */
  readonly customRoles: boolean
  /** In the order of their definition. */
  readonly systemRoles: readonly SystemRole<N["role"]>[]
  /** The canonical name of a permission or an alias; null when the policy knows neither. */
  canonical(name: string): string | null
  isSystemRole(name: string): boolean
  /** What somebody who stands there may do: a snapshot for one request. */
  resolve(standing: Standing): Access<N>
  /** The role × permission table. */
  matrix(): Matrix
  /**
   * Every permission that the holder of a role can come by without one who held it; a sound policy has none. Loaded
   * when first called: it belongs into a host's tests.
   */
  audit(): Promise<readonly AuditFinding[]>
}

/** What a policy's engine knows by name. */
export interface DefinedNames<Role extends string, Permissions extends HostPermissions, Alias extends string> {
  permission: BuiltInPermission | (keyof Permissions & string) | Alias
  role: Role
}

/** Checks and compiles a policy, or throws `invalid_input` with everything that is wrong with it. */
export function definePolicy<
  const Role extends string,
  const Permissions extends HostPermissions = Readonly<Record<never, never>>,
  const Alias extends string = never,
>(input: PolicyInput<Role, Permissions, Alias>): PolicyEngine<DefinedNames<Role, Permissions, Alias>> {
  return engineOf(checkPolicy(input)) as PolicyEngine<DefinedNames<Role, Permissions, Alias>>
}

/** Compiles a preset's policy unchecked: the preset's tests define it anew with `definePolicy`. */
export function presetPolicy<const Role extends string, const Alias extends string = never>(
  input: PolicyInput<Role, Readonly<Record<never, never>>, Alias>,
): PolicyEngine<DefinedNames<Role, Readonly<Record<never, never>>, Alias>> {
  return engineOf(input) as PolicyEngine<DefinedNames<Role, Readonly<Record<never, never>>, Alias>>
}

function engineOf(policy: CheckedPolicy): PolicyEngine {
  const compiled = compilePolicy(policy)
  const { ownership, customRoles } = compiled
  return Object.freeze<PolicyEngine>({
    ownership,
    customRoles,
    systemRoles: Object.freeze(
      [...compiled.roles.values()].map(({ name, description, bits }) =>
        Object.freeze({ name, description, permissions: Object.freeze(namesIn(compiled, bits)) }),
      ),
    ),
    canonical: (name) => compiled.names[compiled.index.get(name) ?? -1] ?? null,
    isSystemRole: (name) => compiled.roles.has(name),
    resolve: (standing) => resolveAccess(compiled, standing),
    matrix: () => matrixOf(compiled),
    audit: async () => (await import("./audit.ts")).auditPolicy(compiled, customRoles),
  })
}
