/**
 * Who holds what, who manages whom, and who may give whom which role.
 *
 * @module
 */
import type { Actor, ApiKeyActor } from "../../src/index.ts"
import { ALL, type Law } from "./laws.ts"
import { type ApiKey, type Organization, refuse } from "./rows.ts"

/** Whoever acts, as far as holding goes: a key is known by its id and its holder. */
export type Holding = Exclude<Actor, ApiKeyActor> | Pick<ApiKeyActor, "type" | "id" | "holder">

type Permissions = ReadonlySet<string>
const NONE: Permissions = new Set()
const isWithin = (some: Permissions, whole: Permissions): boolean =>
  [...some].every((permission) => whole.has(permission))
const isLess = (some: Permissions, whole: Permissions): boolean => some.size < whole.size && isWithin(some, whole)

/** The person whose membership, account or use it is; null for an organization's key and the host. */
export const personBehind = (by: Holding): string | null =>
  by.type === "user" ? by.id : by.type === "apiKey" && by.holder.type !== "organization" ? by.holder.userId : null

/** The questions that a law answers; `must…` refuses. */
export function standingUnder(law: Law) {
  const customRole = (org: Organization, name: string) =>
    name === law.owner ? undefined : org.roles.find((role) => role.name === name)
  const permissionsOf = (org: Organization, name: string): Permissions | null => {
    const custom = customRole(org, name)
    return custom === undefined ? (law.roles.get(name) ?? null) : new Set(custom.permissions)
  }
  const roleOf = (org: Organization, by: Holding): string | null =>
    org.members.get(personBehind(by) ?? "")?.role ?? null
  const heldByRole = (org: Organization, by: Holding): Permissions => permissionsOf(org, roleOf(org, by) ?? "") ?? NONE
  /** What a key may do: its scopes, for a member's no more than that member holds now. */
  function worth(org: Organization, { scopes, holder }: ApiKey): Permissions {
    if (holder.type === "organization") return new Set(scopes)
    const member = org.members.get(holder.userId)
    const isHeld = holder.type === "member" && member?.id === holder.membershipId
    const role = isHeld ? (permissionsOf(org, member.role) ?? NONE) : NONE
    return new Set(scopes.filter((name) => role.has(name)))
  }
  function held(org: Organization, by: Holding): Permissions {
    if (by.type === "system") return new Set(ALL)
    if (by.type !== "apiKey") return heldByRole(org, by)
    const key = org.keys.find(({ id, isDeleted }) => id === by.id && !isDeleted)
    return key === undefined ? NONE : worth(org, key)
  }

  function managesAs(org: Organization, by: Holding, action: string, name: string, custom: boolean): boolean {
    const target = custom ? permissionsOf(org, name) : law.roles.get(name)
    if (target == null) return false
    if (by.type === "system") return true
    if (by.type === "user" && by.impersonatedBy != null && name === law.owner) return false
    const isCustom = custom && customRole(org, name) !== undefined
    if (by.type !== "apiKey") return managesByRole(org, by, action, name, target, isCustom)
    const own = held(org, by)
    if (name === law.owner || !own.has(`members.${action}`)) return false
    if (by.holder.type === "organization") return isLess(target, own)
    return isWithin(target, own) && managesByRole(org, by, action, name, target, isCustom)
  }
  function managesByRole(
    org: Organization,
    by: Holding,
    action: string,
    name: string,
    target: Permissions,
    isCustom: boolean,
  ): boolean {
    const own = roleOf(org, by)
    if (own === law.owner) return true
    if (name === law.owner || own === null) return false
    const compares = customRole(org, own) !== undefined || isCustom
    if (compares) return held(org, by).has(`members.${action}`) && isLess(target, heldByRole(org, by))
    return law.manages.get(own)?.includes(name) ?? false
  }
  const manages = (org: Organization, by: Holding, action: string, name: string) =>
    managesAs(org, by, action, name, true)
  /** Whoever shadows a role, or ends that, gives its holders another one. */
  const mayShadow = (org: Organization, by: Holding, name: string) =>
    held(org, by).has("members.update") && managesAs(org, by, "update", name, false)
  const mustManage = (org: Organization, by: Holding, action: string, name: string) =>
    manages(org, by, action, name) || refuse("role_not_manageable")
  const mustHold = (org: Organization, by: Holding, permissions: Iterable<string>) => {
    for (const permission of permissions) if (!held(org, by).has(permission)) refuse("permission_escalation")
  }
  function mustAssign(org: Organization, by: Holding, action: string, name: string): void {
    const permissions = permissionsOf(org, name) ?? refuse("invalid_input")
    if (name === law.owner) {
      mustManage(org, by, action, name)
      if (law.singleOwner) refuse("owner_immutable")
    }
    if (customRole(org, name) !== undefined) mustHold(org, by, permissions)
    mustManage(org, by, action, name)
  }

  return { customRole, permissionsOf, roleOf, worth, held, mayShadow, mustManage, mustHold, mustAssign }
}
