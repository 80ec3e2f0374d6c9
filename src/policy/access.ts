/**
 * What one actor may do in one organization, or in one of its projects: resolved once, then every check is a bit test.
 *
 * @module
 */
import { TenantryError } from "../kernel/error.ts"
import { frozenJson } from "../kernel/json.ts"
import { hasBit } from "./bits.ts"
import { type CompiledPolicy, namesIn } from "./compile.ts"
import type { ManageAction } from "./definition.ts"
import { type Explanation, explain } from "./explain.ts"
import { heldPermissions, roleNamed } from "./held.ts"
import { manages, managesSystemRole } from "./manage.ts"
import type { CustomRoleName } from "./role-name.ts"
import { consult, type RuleAnswer, type RuleOrganization } from "./rule.ts"
import type { Standing } from "./standing.ts"

/** The names that a policy knows: its permissions, aliases included, and its system roles. */
export interface PolicyNames {
  permission: string
  role: string
}

/** A snapshot for one request: what the actor may do, answered at once. */
export interface Access<N extends PolicyNames = PolicyNames> {
  /** For a key that a member holds, that member's; null for the organization's own. */
  readonly role: N["role"] | CustomRoleName | null
  /** Whether the actor holds `permission`, here and now. A name that the policy does not know is never held. */
  can(permission: N["permission"], resource?: unknown): boolean
  /** Throws `forbidden` when `can` is false. */
  require(permission: N["permission"], resource?: unknown): void
  /** Every permission and alias, held or not; without a prototype, so that no unknown name reads as held. */
  permissions(): Readonly<Record<N["permission"], boolean>>
  /** Every rule consulted, in order, and which one decided. */
  explain(permission: N["permission"], resource?: unknown): Explanation
  /** Whether the actor may invite into `role`, change its holders' role, or remove them. */
  manages(action: ManageAction, role: N["role"] | CustomRoleName): boolean
  /** The same of the system role of that name, whether or not a custom role shadows it. */
  managesSystemRole(action: ManageAction, role: N["role"]): boolean
  /** Those of `permissions` that the actor does not hold now. */
  lacks(permissions: readonly N["permission"][]): readonly string[]
  /** What the role of that name grants in this organization, in canonical names; null when there is none. */
  permissionsOf(role: N["role"] | CustomRoleName): readonly string[] | null
  /** Whether that name stands for a role of the organization's own here, one that shadows a system role included. */
  isCustom(role: N["role"] | CustomRoleName): boolean
}

/** What a rule sees of the organization: no more than it is told of, and nothing that it could change. */
function seenByRules({ id, name, slug, metadata }: RuleOrganization, ruled: boolean): RuleOrganization {
  return Object.freeze({ id, name, slug, metadata: ruled ? frozenJson(metadata) : metadata })
}

/** What `standing` may do under `policy`. */
export function resolveAccess(policy: CompiledPolicy, standing: Standing): Access {
  const { index } = policy
  const held = heldPermissions(policy, standing)
  const bits = held.all
  // The host's own code skips permissions, and what can only forbid them.
  const rules = standing.actor.type === "system" ? [] : (standing.rules ?? [])
  const ruled = rules.length > 0
  const organization = seenByRules(standing.organization, ruled)
  const project = ruled && standing.project ? Object.freeze({ ...standing.project }) : null
  const remembered = new Map<number, readonly RuleAnswer[]>()

  const answersAt = (at: number, resource: unknown): readonly RuleAnswer[] => {
    const known = resource === undefined ? remembered.get(at) : undefined
    if (known !== undefined) return known
    const question = { actor: standing.actor, permission: policy.names[at] ?? "", organization, project, resource }
    const answers = consult(rules, Object.freeze(question))
    if (resource === undefined) remembered.set(at, answers)
    return answers
  }
  const forbidden = (at: number, resource?: unknown): boolean =>
    ruled && answersAt(at, resource).at(-1)?.forbids === true
  const holds = (at: number, resource?: unknown): boolean => hasBit(bits, at) && !forbidden(at, resource)
  const can = (permission: string, resource?: unknown): boolean => {
    const at = index.get(permission)
    return at !== undefined && hasBit(bits, at) && (!ruled || holds(at, resource))
  }
  const now = { forbidden, can, ...held }
  let map: Readonly<Record<string, boolean>> | null = null

  return {
    role: (held.inOrganization?.name ?? null) as CustomRoleName | null,
    can,
    require(permission, resource) {
      if (!can(permission, resource)) throw new TenantryError("forbidden", { permission })
    },
    permissions() {
      map ??= Object.freeze(
        Object.assign(Object.create(null), Object.fromEntries([...index].map(([name, at]) => [name, holds(at)]))),
      ) as Readonly<Record<string, boolean>>
      return map
    },
    explain: (permission, resource) =>
      explain(policy, standing, held, permission, (at) => (ruled ? answersAt(at, resource) : [])),
    manages: (action, role) => manages(policy, standing, now, action, role),
    managesSystemRole: (action, role) => managesSystemRole(policy, standing, now, action, role),
    lacks: (permissions) => permissions.filter((permission) => !can(permission)),
    permissionsOf(name) {
      const role = roleNamed(policy, standing.customRoles, name)
      return role.kind === "unknown" ? null : namesIn(policy, role.bits)
    },
    isCustom: (name) => roleNamed(policy, standing.customRoles, name).kind === "custom",
  }
}
