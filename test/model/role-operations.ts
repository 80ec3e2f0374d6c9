/**
 * Roles, activity and access, by the model.
 *
 * @module
 */
import { expect } from "vitest"
import { among, type By, byId, type Check, type Core, type In, idOf, same } from "./core.ts"
import { ALL } from "./laws.ts"
import { type Organization, type Role, refuse } from "./rows.ts"

export function roleOperations(core: Core) {
  const { terms, standing, anybody, enter, enterToChange, enterProject, record, canonicalNames } = core
  const { law } = terms
  const { customRole, roleOf, held, mayShadow, mustHold } = standing

  /** How many hold the role, in the organization and in projects, or are offered it. */
  const heldBy = (org: Organization, name: string): number =>
    [org.members, ...org.projects.map(({ places }) => places)]
      .flatMap((rows) => [...rows.values()])
      .filter(({ role }) => role === name).length +
    org.invitations.filter(
      ({ role, projects, status }) =>
        status === "pending" && (role === name || projects.some((offered) => offered.role === name)),
    ).length
  function mustBeName(name: string): void {
    if (!law.customRoles) refuse("feature_off")
    if (name === law.owner || name === "constructor") refuse("role_reserved")
  }
  const mustBeWellFormed = (name: string): void => void (/^[a-z][a-z0-9-]{0,47}$/.test(name) || refuse("invalid_input"))
  const roleShown = ({ id, name, description, permissions, revision }: Role) => ({
    ...{ id, name, description, permissions, revision, system: false },
  })
  const rolesShown = (org: Organization) => [
    ...[...law.roles].map(([name]) => ({
      ...{ id: name, name, system: true },
      shadowedBy: customRole(org, name)?.id ?? null,
    })),
    ...byId(org.roles).map(roleShown),
  ]

  return {
    "roles.list"(by: By, input: In): Check {
      const { org } = enter(by, input, "roles.read")
      return (answer) => expect(answer).toMatchObject(rolesShown(org))
    },
    "roles.get"(by: By, input: In & { roleId: string }): Check {
      const { org } = enter(by, input, "roles.read")
      return same(among<{ id: string }>(rolesShown(org), input.roleId))
    },
    "roles.create"(by: By, input: In & { name: string; permissions: readonly string[] }): Check {
      anybody(by)
      mustBeWellFormed(input.name)
      const { actor, org } = enterToChange(by, input, "roles.create")
      mustBeName(input.name)
      const permissions = canonicalNames(input.permissions)
      if (law.roles.has(input.name) && !mayShadow(org, actor, input.name)) refuse("role_not_manageable")
      mustHold(org, actor, permissions)
      if (customRole(org, input.name) !== undefined) refuse("conflict")
      if (org.roles.length >= terms.maxRoles) refuse("limit_reached")
      const role: Role = { id: "", revision: 0, name: input.name, description: null, permissions }
      org.roles.push(role)
      record(org, actor, ["role.created"], role)
      return (answer) => {
        role.id = idOf(answer)
        expect(answer).toMatchObject(roleShown(role))
      }
    },
    "roles.update"(
      by: By,
      input: In & { roleId: string; name?: string; description?: string; permissions?: string[] },
    ): Check {
      anybody(by)
      if (input.name !== undefined) mustBeWellFormed(input.name)
      const { actor, org } = enterToChange(by, input, "roles.update")
      const role = among(org.roles, input.roleId)
      const name = input.name ?? role.name
      mustBeName(name)
      const permissions = canonicalNames(input.permissions ?? role.permissions)
      for (const one of [role.name, name]) {
        if (law.roles.has(one) && !mayShadow(org, actor, one)) refuse("role_not_manageable")
      }
      mustHold(org, actor, [...role.permissions, ...permissions])
      if (name !== role.name) {
        if (customRole(org, name) !== undefined) refuse("conflict")
        if (heldBy(org, role.name) > 0) refuse("role_in_use")
      }
      const before = JSON.stringify(role)
      Object.assign(role, { name, permissions, description: input.description ?? role.description })
      if (JSON.stringify(role) !== before) record(org, actor, ["role.updated"], role)
      return (answer) => expect(answer).toMatchObject(roleShown(role))
    },
    "roles.delete"(by: By, input: In & { roleId: string }): Check {
      const { actor, org } = enterToChange(by, input, "roles.delete")
      const role = among(org.roles, input.roleId)
      const shadowed = law.roles.get(role.name)
      if (shadowed !== undefined) {
        if (!mayShadow(org, actor, role.name)) refuse("role_not_manageable")
        mustHold(
          org,
          actor,
          [...shadowed].filter((permission) => !role.permissions.includes(permission)),
        )
      } else if (heldBy(org, role.name) > 0) refuse("role_in_use")
      org.roles = org.roles.filter((one) => one !== role)
      record(org, actor, ["role.deleted"])
      return same(roleShown(role))
    },

    "activity.list"(by: By, input: In & { actions?: readonly string[] }): Check {
      const { org } = enter(by, input, "activity.read")
      const entries = org.activity.map((entry, at) => ({ seq: at + 1, action: entry.split(" ")[1] ?? "" }))
      const matches = entries.filter(({ action }) => input.actions?.includes(action) ?? true)
      return (answer) => expect(answer).toMatchObject(matches.reverse())
    },
    "activity.export"(by: By, input: In): Check {
      const { org } = enter(by, input, "activity.read")
      return (answer) => expect(answer).toHaveLength(org.revision)
    },
    "activity.verify"(by: By, input: In): Check {
      const { org } = enter(by, input, "activity.read")
      return (answer) => expect(answer).toMatchObject({ ok: true, entries: org.revision })
    },

    access(by: By, input: In & { projectId?: string }): Check {
      const { projectId } = input
      const place = projectId === undefined ? enter(by, input, null) : enterProject(by, { ...input, projectId }, null)
      const { actor, org } = place
      const holds = held(org, actor, "project" in place ? place.project : undefined)
      const names = [...ALL.map((name) => [name, name] as const), ...law.aliases]
      const map = Object.fromEntries(names.map(([name, means]) => [name, holds.has(means)]))
      return (answer) => {
        const access = answer as { role: string | null; permissions: () => object }
        expect([access.role, { ...access.permissions() }]).toEqual([roleOf(org, actor), map])
      }
    },
  }
}
