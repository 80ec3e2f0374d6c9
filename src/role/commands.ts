/**
 * Commands on custom roles.
 *
 * @module
 */
import * as z from "zod"
import { type Refusal, refused } from "../kernel/decision.ts"
import type { InputIssue } from "../kernel/error.ts"
import { idSchema } from "../kernel/id.ts"
import { line } from "../kernel/text.ts"
import { command } from "../pipeline/command.ts"
import { ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { CustomRoleName, isReservedRoleName, type PolicyEngine } from "../policy/policy.ts"
import { create, type Role, remove, roleView, update } from "./role.ts"
import { PermissionName, type RoleName } from "./role-name.ts"

const Description = line(1, 300)
const Permissions = z.array(PermissionName).max(1000)

/** The canonical names, sorted, or every one that the policy does not know. */
function canonical(policy: PolicyEngine, names: readonly string[]): readonly string[] | Refusal<"invalid_input"> {
  const issues: InputIssue[] = []
  const permissions = new Set<string>()
  for (const [index, name] of names.entries()) {
    const permission = policy.canonical(name)
    if (permission === null) issues.push({ path: ["permissions", index], message: "unknown permission" })
    else permissions.add(permission)
  }
  return issues.length > 0 ? { code: "invalid_input", details: { issues } } : [...permissions].sort()
}

const isRefusal = (value: readonly string[] | Refusal<"invalid_input">): value is Refusal<"invalid_input"> =>
  !Array.isArray(value)

/** Why there can be no role of that name, or null. */
function nameRefusal(policy: PolicyEngine, name: string): Refusal<"feature_off" | "role_reserved"> | null {
  if (!policy.customRoles) return refused("feature_off", { feature: "customRoles" }).refusal
  return isReservedRoleName(name, policy) ? refused("role_reserved", { name }).refusal : null
}

export const createRole = command({
  name: "roles.create",
  input: () => inOrganization({ name: CustomRoleName, description: Description.optional(), permissions: Permissions }),
  actors: ["user", "system", "apiKey"],
  allow: "roles.create",
  facts: ["role.created"],
  wants: ({ input }) => ({
    membersWithRole: input.name as string as RoleName,
    projectMembersWithRole: input.name as string as RoleName,
  }),
  decide: ({ input, access, policy, roles, loaded, settings, at, ids }) => {
    const refusal = nameRefusal(policy, input.name)
    if (refusal !== null) return { ok: false, refusal }
    const permissions = canonical(policy, input.permissions)
    if (isRefusal(permissions)) return { ok: false, refusal: permissions }
    const role: Role = {
      id: ids.id("role", at),
      organizationId: input.organizationId,
      name: input.name,
      description: input.description ?? null,
      permissions,
      createdAt: at,
      revision: 0,
    }
    const decision = create(role, access, {
      taken: roles.some(({ name }) => name === input.name),
      shadows: policy.isSystemRole(input.name),
      orphans: loaded.membersWithRole + loaded.projectMembersWithRole,
      count: roles.length,
      max: settings.limits.customRoles,
    })
    return ruling(decision, (facts) => roleView(facts[0]?.after ?? role))
  },
})

export const updateRole = command({
  name: "roles.update",
  input: () =>
    inOrganization({
      roleId: idSchema("role"),
      name: CustomRoleName.optional(),
      description: Description.nullable().optional(),
      permissions: Permissions.optional(),
    }),
  actors: ["user", "system", "apiKey"],
  allow: "roles.update",
  facts: ["role.updated"],
  wants: ({ input }) => ({
    holders: input.roleId,
    membersWithRole: input.name as string | undefined as RoleName | undefined,
    projectMembersWithRole: input.name as string | undefined as RoleName | undefined,
  }),
  decide: ({ input, access, policy, roles, loaded }) => {
    const stored = roles.find(({ id }) => id === input.roleId)
    if (stored === undefined) return refused("not_found", {})
    // What the policy no longer knows grants nothing: it neither binds the changer nor stays.
    const role = { ...stored, permissions: stored.permissions.filter((name) => policy.canonical(name) === name) }
    const refusal = nameRefusal(policy, input.name ?? role.name)
    if (refusal !== null) return { ok: false, refusal }
    const permissions = canonical(policy, input.permissions ?? role.permissions)
    if (isRefusal(permissions)) return { ok: false, refusal: permissions }
    const changes = { name: input.name, description: input.description, permissions }
    const decision = update(role, changes, access, {
      taken: roles.some(({ id, name }) => id !== role.id && name === input.name),
      shadows: policy.isSystemRole(role.name),
      willShadow: policy.isSystemRole(input.name ?? role.name),
      orphans: (loaded.membersWithRole ?? 0) + (loaded.projectMembersWithRole ?? 0),
      holders: loaded.holders,
    })
    return ruling(decision, (facts) => roleView(facts[0]?.after ?? role))
  },
})

export const deleteRole = command({
  name: "roles.delete",
  input: () => inOrganization({ roleId: idSchema("role") }),
  actors: ["user", "system", "apiKey"],
  allow: "roles.delete",
  facts: ["role.deleted"],
  wants: ({ input }) => ({ holders: input.roleId }),
  decide: ({ input, access, policy, roles, loaded }) => {
    const role = roles.find(({ id }) => id === input.roleId)
    if (role === undefined) return refused("not_found", {})
    const system = policy.systemRoles.find(({ name }) => name === role.name)
    const decision = remove(role, access, { fallback: system?.permissions ?? null, holders: loaded.holders })
    return ruling(decision, () => roleView(role))
  },
})
