/**
 * The policy engine, said again in the plainest way: patterns matched when the question is asked, nothing compiled.
 *
 * @module
 */
import { builtInPermissions, type ManageAction, type Standing } from "../../src/policy/policy.ts"
import type { AnyPolicyInput } from "./random-policy.ts"
import { ada } from "./standing.ts"

/** What the policy's own words say, question by question. */
export function referenceOf(policy: AnyPolicyInput) {
  const scopes = new Map(Object.entries({ ...builtInPermissions, ...policy.permissions }))
  const aliases = new Map(Object.entries<string>(policy.aliases ?? {}))
  const roles = new Map(Object.entries(policy.roles))
  const names = [...scopes.keys()]
  const canonical = (name: string) => aliases.get(name) ?? name

  const matches = (pattern: string, name: string): boolean => {
    const [resource, action] = canonical(pattern).split(".")
    if (action === undefined) return resource === "*"
    const [itsResource, itsAction] = name.split(".")
    return (resource === "*" || resource === itsResource) && (action === "*" || action === itsAction)
  }
  const customRole = ({ customRoles }: Standing, role: string) =>
    role === policy.ownership.role ? undefined : customRoles.find(({ name }) => name === role)

  const grants = (standing: Standing, role: string, name: string): boolean => {
    const custom = customRole(standing, role)
    if (custom !== undefined) return custom.permissions.some((permission) => canonical(permission) === name)
    const system = roles.get(role)
    if (system === undefined || system.except?.some((pattern) => matches(pattern, name))) return false
    return system.grants.some((pattern) => matches(pattern, name))
  }
  const forbidden = ({ rules = [], actor, organization, project }: Standing, permission: string): boolean =>
    rules.some((rule) => {
      try {
        return (
          rule.forbids({ actor, organization, project: project ?? null, permission, resource: undefined }) !== false
        )
      } catch {
        return true
      }
    })
  const grantsAtProject = (standing: Standing, role: string | null | undefined, name: string): boolean =>
    role != null && scopes.get(name) === "project" && grants(standing, role, name)

  const can = (standing: Standing, asked: string): boolean => {
    const name = canonical(asked)
    if (!scopes.has(name)) return false
    const { actor } = standing
    if (actor.type === "system") return true
    if (actor.type === "apiKey") {
      const isHere = actor.holder.type !== "person" && actor.organizationId === standing.organization.id
      const isScope = isHere && standing.scopes?.some((scope) => canonical(scope) === name) === true
      if (!isScope || actor.holder.type === "organization") return isScope && !forbidden(standing, name)
    }
    const granted = standing.role !== null && grants(standing, standing.role, name)
    return (granted || grantsAtProject(standing, standing.project?.role, name)) && !forbidden(standing, name)
  }
  const manages = (standing: Standing, action: ManageAction, role: string): boolean => {
    const custom = customRole(standing, role) !== undefined
    const held = [standing.role, standing.project?.role].filter((name) => name != null)
    if (!custom && !roles.has(role)) return false
    const target = names.filter((name) => grants(standing, role, name))
    const { actor } = standing
    if (actor.type === "apiKey") {
      const mine = names.filter((name) => can(standing, name))
      if (role === policy.ownership.role || !mine.includes(`members.${action}`)) return false
      if (!target.every((name) => mine.includes(name))) return false
      const isHolders = actor.holder.type === "member"
      return isHolders ? manages({ ...standing, actor: ada }, action, role) : mine.length > target.length
    }
    if (actor.type === "system" || held.includes(policy.ownership.role)) return true
    if (role === policy.ownership.role) return false
    const covers = (mine: readonly string[]): boolean =>
      can(standing, `members.${action}`) && target.every((name) => mine.includes(name)) && mine.length > target.length
    if (custom) return covers(names.filter((name) => can(standing, name)))
    return held.some((name, at) => {
      const inProject = at > 0 || standing.role === null
      if (customRole(standing, name) !== undefined) {
        const gives = (each: string) =>
          inProject ? grantsAtProject(standing, name, each) : grants(standing, name, each)
        return covers(names.filter((each) => gives(each) && can(standing, each)))
      }
      const lists = roles.get(name)?.manages ?? []
      return ("length" in lists ? lists : lists[action])?.includes(role) === true
    })
  }
  return { can, manages }
}
