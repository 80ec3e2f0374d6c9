/**
 * Who may give whom which role: nobody hands out more than they hold.
 *
 * @module
 */
import { type Refusal, refused } from "../kernel/decision.ts"
import { inputIssue } from "../kernel/input.ts"
import type { Access, CustomRole, ManageAction, PolicyEngine } from "../policy/policy.ts"

export type AssignmentCode = "invalid_input" | "owner_immutable" | "permission_escalation" | "role_not_manageable"

/** The roles there are: the policy's, and the organization's own. */
export type Roles = Readonly<{ policy: PolicyEngine; roles: readonly CustomRole[] }>

/** Why `by` may not put somebody into `role`, or null. */
export function assignmentRefusal(
  by: Access,
  { policy, roles }: Roles,
  action: ManageAction,
  role: string,
): Refusal<AssignmentCode> | null {
  const permissions = by.permissionsOf(role)
  if (permissions === null) return refused("invalid_input", inputIssue(["role"], "unknown role")).refusal
  if (role === policy.ownership.role) {
    if (!by.manages(action, role)) return refused("role_not_manageable", { role }).refusal
    return policy.ownership.holders === "single" ? refused("owner_immutable", {}).refusal : null
  }
  if (roles.some(({ name }) => name === role)) {
    const lacking = by.lacks(permissions)
    if (lacking.length > 0) return refused("permission_escalation", { permissions: lacking }).refusal
  }
  return by.manages(action, role) ? null : refused("role_not_manageable", { role }).refusal
}

/** The same in the project that `by` is asked about. Nobody owns a project. */
export function projectAssignmentRefusal(
  by: Access,
  { policy, roles }: Roles,
  action: ManageAction,
  role: string,
): Refusal<AssignmentCode> | null {
  if (role !== policy.ownership.role) return assignmentRefusal(by, { policy, roles }, action, role)
  return refused("invalid_input", inputIssue(["role"], "the owner role is no project's")).refusal
}

/** Why `by` may not touch a holder of `role`, or null. A role that no longer exists grants nothing: it binds nobody. */
export function holderRefusal(by: Access, action: ManageAction, role: string): Refusal<"role_not_manageable"> | null {
  if (by.permissionsOf(role) === null || by.manages(action, role)) return null
  return refused("role_not_manageable", { role }).refusal
}
