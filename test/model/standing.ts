/**
 * Who holds what, who manages whom, and who may give whom which role.
 *
 * @module
 */
import type { Actor, ApiKeyActor, User } from "../../src/index.ts"
import { ALL, IN_PROJECTS, type Law } from "./laws.ts"
import { type ApiKey, type Organization, type Project, refuse } from "./rows.ts"

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
  /** The roles in the organization and in the project, each with what it grants there. */
  function rolesOf(org: Organization, by: Holding, project?: Project): readonly { name: string; bits: Permissions }[] {
    const own = roleOf(org, by)
    const place = project?.places.get(personBehind(by) ?? "")?.role ?? null
    const inProject = [...(permissionsOf(org, place ?? "") ?? NONE)].filter((name) => IN_PROJECTS.has(name))
    return [
      ...(own === null ? [] : [{ name: own, bits: permissionsOf(org, own) ?? NONE }]),
      ...(place === null ? [] : [{ name: place, bits: new Set(inProject) }]),
    ]
  }
  const heldByRole = (org: Organization, by: Holding, project?: Project): Permissions =>
    new Set(rolesOf(org, by, project).flatMap(({ bits }) => [...bits]))
  /** What a key may do: its scopes, for a member's no more than that member holds now. */
  function worth(org: Organization, { scopes, holder }: ApiKey, project?: Project): Permissions {
    if (holder.type === "organization") return new Set(scopes)
    const member = org.members.get(holder.userId)
    const isHeld = holder.type === "member" && member?.id === holder.membershipId
    const role = isHeld ? heldByRole(org, { type: "user", id: holder.userId } as User, project) : NONE
    return new Set(scopes.filter((name) => role.has(name)))
  }
  function held(org: Organization, by: Holding, project?: Project): Permissions {
    if (by.type === "system") return new Set(ALL)
    if (by.type !== "apiKey") return heldByRole(org, by, project)
    const key = org.keys.find(({ id, isDeleted }) => id === by.id && !isDeleted)
    return key === undefined ? NONE : worth(org, key, project)
  }

  type Asked = Readonly<{ action: string; name: string; custom: boolean }>
  function managesAs(org: Organization, by: Holding, { action, name, custom }: Asked, project?: Project): boolean {
    const target = custom ? permissionsOf(org, name) : law.roles.get(name)
    if (target == null) return false
    if (by.type === "system") return true
    if (by.type === "user" && by.impersonatedBy != null && name === law.owner) return false
    const isCustom = custom && customRole(org, name) !== undefined
    const byRole = () => managesByRole(org, by, action, { name, bits: target, isCustom }, project)
    if (by.type !== "apiKey") return byRole()
    const own = held(org, by, project)
    if (name === law.owner || !own.has(`members.${action}`)) return false
    if (by.holder.type === "organization") return isLess(target, own)
    return isWithin(target, own) && byRole()
  }
  function managesByRole(
    org: Organization,
    by: Holding,
    action: string,
    target: Readonly<{ name: string; bits: Permissions; isCustom: boolean }>,
    project?: Project,
  ): boolean {
    const roles = rolesOf(org, by, project)
    if (roles.some(({ name }) => name === law.owner)) return true
    if (target.name === law.owner) return false
    const can = held(org, by, project).has(`members.${action}`)
    if (target.isCustom) return can && isLess(target.bits, heldByRole(org, by, project))
    return roles.some(({ name, bits }) =>
      customRole(org, name) === undefined
        ? (law.manages.get(name)?.includes(target.name) ?? false)
        : can && isLess(target.bits, bits),
    )
  }
  const manages = (org: Organization, by: Holding, action: string, name: string, project?: Project) =>
    managesAs(org, by, { action, name, custom: true }, project)
  /** Whoever shadows a role, or ends that, gives its holders another one. */
  const mayShadow = (org: Organization, by: Holding, name: string) =>
    held(org, by).has("members.update") && managesAs(org, by, { action: "update", name, custom: false })
  const mustManage = (org: Organization, by: Holding, action: string, name: string, project?: Project) =>
    manages(org, by, action, name, project) || refuse("role_not_manageable")
  const mustHold = (org: Organization, by: Holding, permissions: Iterable<string>, project?: Project) => {
    for (const permission of permissions) if (!held(org, by, project).has(permission)) refuse("permission_escalation")
  }
  /** Nobody owns a project. */
  function mustAssign(org: Organization, by: Holding, action: string, name: string, project?: Project): void {
    const permissions = permissionsOf(org, name) ?? refuse("invalid_input")
    if (name === law.owner) {
      if (project !== undefined) refuse("invalid_input")
      mustManage(org, by, action, name)
      if (law.singleOwner) refuse("owner_immutable")
    }
    if (customRole(org, name) !== undefined) mustHold(org, by, permissions, project)
    mustManage(org, by, action, name, project)
  }

  return { customRole, permissionsOf, roleOf, worth, held, mayShadow, mustManage, mustHold, mustAssign }
}
