/**
 * A custom role: a name for permissions that one organization made for itself. With a system role's name it shadows
 * that role there.
 *
 * @module
 */
import { type Decision, decided, type Fact, refused } from "../kernel/decision.ts"
import type { OrganizationId, RoleId } from "../kernel/id.ts"
import type { JsonObject } from "../kernel/json.ts"
import type { Access, CustomRoleName } from "../policy/policy.ts"
import type { PermissionName, RoleName } from "./role-name.ts"

export type Role = Readonly<{
  id: RoleId
  organizationId: OrganizationId
  name: CustomRoleName
  description: string | null
  /** Canonical names, sorted. */
  permissions: readonly string[]
  createdAt: Date
  revision: number
}>

/** A role as the list shows it: the policy's own have their name as id. */
export type RoleView = Readonly<{
  id: string
  name: RoleName
  description: string | null
  permissions: readonly PermissionName[]
  /** Whether the host's policy defines it, for every organization. */
  system: boolean
  /** The custom role that stands in this system role's place in this organization. */
  shadowedBy: RoleId | null
  /** Null for a system role. */
  createdAt: Date | null
  /** Null for a system role. */
  revision: number | null
}>

export type RoleFact = Fact<"role.created" | "role.updated" | "role.deleted", Role>

/** How many hold a role: what keeps it from being renamed or deleted. */
export type Holders = Readonly<{ memberships: number; invitations: number }>

/** A shadow re-roles everybody who holds the role beneath it. */
const mayShadow = (by: Access, name: string): boolean =>
  by.can("members.update") && by.managesSystemRole("update", name)

type Escalation = "role_not_manageable" | "permission_escalation"

/**
 * Makes a role out of permissions that the maker holds. A shadow re-roles the holders of the role it shadows, so it
 * also needs to manage that role. `shadows` says whether a system role has the name; `orphans` is how many still hold
 * a role of that name which is gone: a new one would be theirs without anybody giving it to them.
 */
export function create(
  role: Role,
  by: Access,
  known: Readonly<{ taken: boolean; shadows: boolean; orphans: number; count: number; max: number }>,
): Decision<RoleFact, Escalation | "conflict" | "role_in_use" | "limit_reached"> {
  if (known.shadows && !mayShadow(by, role.name)) return refused("role_not_manageable", { role: role.name })
  const lacking = by.lacks(role.permissions)
  if (lacking.length > 0) return refused("permission_escalation", { permissions: lacking })
  if (known.taken) return refused("conflict", { field: "name" })
  if (known.orphans > 0 && !known.shadows) return refused("role_in_use", { memberships: known.orphans, invitations: 0 })
  if (known.count >= known.max) return refused("limit_reached", { limit: "customRoles", max: known.max })
  return decided({ action: "role.created", before: null, after: role })
}

/**
 * Changes a role that the changer could have made, into one they could make. A role in use keeps its name. A shadow,
 * before or after, also needs managing: its holders are re-roled.
 */
export function update(
  role: Role,
  changes: Readonly<{
    name?: CustomRoleName | undefined
    description?: string | null | undefined
    permissions?: readonly string[] | undefined
  }>,
  by: Access,
  known: Readonly<{ taken: boolean; shadows: boolean; willShadow: boolean; orphans: number; holders: Holders }>,
): Decision<RoleFact, Escalation | "conflict" | "role_in_use"> {
  const after: Role = {
    ...role,
    name: changes.name ?? role.name,
    description: changes.description === undefined ? role.description : changes.description,
    permissions: changes.permissions ?? role.permissions,
  }
  for (const [shadow, name] of [
    [known.shadows, role.name],
    [known.willShadow, after.name],
  ] as const) {
    if (shadow && !mayShadow(by, name)) return refused("role_not_manageable", { role: name })
  }
  const lacking = by.lacks([...new Set([...role.permissions, ...after.permissions])])
  if (lacking.length > 0) return refused("permission_escalation", { permissions: lacking })
  const renamed = after.name !== role.name
  if (renamed && known.taken) return refused("conflict", { field: "name" })
  if (renamed && isHeld(known.holders)) return refused("role_in_use", known.holders)
  if (renamed && known.orphans > 0 && !known.willShadow) {
    return refused("role_in_use", { memberships: known.orphans, invitations: 0 })
  }
  const same =
    !renamed && after.description === role.description && after.permissions.join() === role.permissions.join()
  return same ? decided() : decided({ action: "role.updated", before: role, after })
}

/**
 * Deletes a role nobody holds. A shadow may be deleted while held: its holders fall back to the system role, so the
 * deleter needs to manage it and to hold what they would gain.
 */
export function remove(
  role: Role,
  by: Access,
  known: Readonly<{ fallback: readonly string[] | null; holders: Holders }>,
): Decision<RoleFact, Escalation | "role_in_use"> {
  if (known.fallback !== null) {
    if (!mayShadow(by, role.name)) return refused("role_not_manageable", { role: role.name })
    const lacking = by.lacks(known.fallback.filter((permission) => !role.permissions.includes(permission)))
    if (lacking.length > 0) return refused("permission_escalation", { permissions: lacking })
  } else if (isHeld(known.holders)) {
    return refused("role_in_use", known.holders)
  }
  return decided({ action: "role.deleted", before: role, after: null })
}

const isHeld = (holders: Holders): boolean => holders.memberships + holders.invitations > 0

/** What activity records of a role. */
export const roleFields = (role: Role) =>
  ({
    name: role.name,
    description: role.description,
    permissions: role.permissions,
  }) satisfies JsonObject

/** A custom role as the list shows it. */
export const roleView = (role: Role): RoleView => ({
  id: role.id,
  name: role.name as string as RoleName,
  description: role.description,
  permissions: role.permissions as readonly PermissionName[],
  system: false,
  shadowedBy: null,
  createdAt: role.createdAt,
  revision: role.revision,
})
