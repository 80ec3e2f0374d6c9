/**
 * Reads of roles: the policy's own, then the organization's.
 *
 * @module
 */
import * as z from "zod"
import type { Page } from "../kernel/page.ts"
import { found } from "../pipeline/operation.ts"
import { query } from "../pipeline/query.ts"
import { inOrganization } from "../pipeline/schema.ts"
import type { PolicyEngine } from "../policy/policy.ts"
import { type Role, type RoleView, roleView } from "./role.ts"
import type { PermissionName, RoleName } from "./role-name.ts"

/** Every role of an organization: system roles first, in the policy's order. The role limit bounds them. */
function allRoles(policy: PolicyEngine, roles: readonly Role[]): readonly RoleView[] {
  const system = policy.systemRoles.map(
    ({ name, description, permissions }): RoleView => ({
      id: name,
      name: name as RoleName,
      description,
      permissions: permissions as readonly PermissionName[],
      system: true,
      shadowedBy: roles.find((role) => role.name === name)?.id ?? null,
      createdAt: null,
      revision: null,
    }),
  )
  return [...system, ...roles.map(roleView)]
}

export const listRoles = query({
  name: "roles.list",
  input: () => inOrganization({}),
  actors: ["user", "system", "apiKey"],
  allow: "roles.read",
  wants: () => ({}),
  answer: ({ policy, roles }): Page<RoleView> => ({ data: allRoles(policy, roles), nextCursor: null }),
})

export const getRole = query({
  name: "roles.get",
  input: () => inOrganization({ roleId: z.string().min(1).max(64) }),
  actors: ["user", "system", "apiKey"],
  allow: "roles.read",
  wants: () => ({}),
  answer: ({ input, policy, roles }) => found(allRoles(policy, roles).find(({ id }) => id === input.roleId)),
})
