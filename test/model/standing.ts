/**
 * Who holds what, who manages whom, and who may give whom which role.
 *
 * @module
 */
import type { Actor } from "../../src/index.ts"
import { ALL, type Law } from "./laws.ts"
import { type Organization, refuse } from "./rows.ts"

/** The questions that a law answers; `must…` refuses. */
export function standingUnder(law: Law) {
  const customRole = (org: Organization, name: string) =>
    name === "owner" ? undefined : org.roles.find((role) => role.name === name)
  const permissionsOf = (org: Organization, name: string): ReadonlySet<string> | null => {
    const custom = customRole(org, name)
    return custom === undefined ? (law.roles.get(name) ?? null) : new Set(custom.permissions)
  }
  const roleOf = (org: Organization, by: Actor): string | null =>
    by.type === "user" ? (org.members.get(by.id)?.role ?? null) : null
  const held = (org: Organization, by: Actor): ReadonlySet<string> =>
    by.type === "system" ? new Set(ALL) : (permissionsOf(org, roleOf(org, by) ?? "") ?? new Set())
  const isLess = (some: ReadonlySet<string>, whole: ReadonlySet<string>): boolean =>
    some.size < whole.size && [...some].every((permission) => whole.has(permission))

  function managesAs(org: Organization, by: Actor, action: string, name: string, custom: boolean): boolean {
    const target = custom ? permissionsOf(org, name) : law.roles.get(name)
    const own = roleOf(org, by)
    if (target == null) return false
    if (by.type === "system" || own === "owner") return true
    if (name === "owner" || own === null) return false
    const compares = customRole(org, own) !== undefined || (custom && customRole(org, name) !== undefined)
    if (compares) return held(org, by).has(`members.${action}`) && isLess(target, held(org, by))
    return law.manages.get(own)?.includes(name) ?? false
  }
  const manages = (org: Organization, by: Actor, action: string, name: string) => managesAs(org, by, action, name, true)
  const managesSystem = (org: Organization, by: Actor, name: string) => managesAs(org, by, "update", name, false)
  const mustManage = (org: Organization, by: Actor, action: string, name: string) =>
    manages(org, by, action, name) || refuse("role_not_manageable")
  const mustHold = (org: Organization, by: Actor, permissions: Iterable<string>) => {
    for (const permission of permissions) if (!held(org, by).has(permission)) refuse("permission_escalation")
  }
  function mustAssign(org: Organization, by: Actor, action: string, name: string): void {
    const permissions = permissionsOf(org, name) ?? refuse("invalid_input")
    if (name === "owner") {
      mustManage(org, by, action, name)
      if (law.singleOwner) refuse("owner_immutable")
    }
    if (customRole(org, name) !== undefined) mustHold(org, by, permissions)
    mustManage(org, by, action, name)
  }

  return { customRole, permissionsOf, roleOf, held, managesSystem, mustManage, mustHold, mustAssign }
}
