/**
 * A group of accounts that act together, command by command: what an audit speaks about, played for real.
 *
 * @module
 */
import {
  type AuditCommand,
  type AuditFinding,
  type CustomRole,
  isReservedRoleName,
  type ManageAction,
  managePermissions,
  type PolicyEngine,
} from "../../src/policy/policy.ts"
import { organizationKey, standing } from "./standing.ts"

/** Somebody with roles, or a key of the organization's: what it is called, where it acts and its scopes. */
type Account = Readonly<{
  role: string | null
  projectRole: string | null
  key?: Readonly<{ name: string; inProject: boolean; scopes: readonly string[] }>
}>

/** The accounts, and the roles that the organization defines. */
export type Group = Readonly<{ accounts: readonly Account[]; customRoles: readonly CustomRole[] }>

/** One command, by the account of that number. `on` is the account it is done to; null for a new one. */
export type Move = Readonly<{
  command: AuditCommand["command"]
  by: number
  on: number | null
  role: string
  permissions: readonly string[]
}>

/** That many accounts that hold `role` there. */
export function groupOf(role: string, at: AuditFinding["at"], size: number): Group {
  const account = at === "organization" ? { role, projectRole: null } : { role: null, projectRole: role }
  return { accounts: Array(size).fill(account), customRoles: [] }
}

const accessOf = (policy: PolicyEngine, { customRoles }: Group, account: Account, atProject: boolean) =>
  policy.resolve(
    standing(account.role, {
      customRoles,
      ...(account.key && { actor: organizationKey, scopes: account.key.scopes }),
      ...(atProject && { project: { id: "prj_1", role: account.projectRole } }),
    }),
  )

/** Everything that somebody in the group holds, in the organization or at the project. */
export function heldBy(policy: PolicyEngine, group: Group): ReadonlySet<string> {
  const maps = group.accounts.map((account) => accessOf(policy, group, account, true).permissions())
  return new Set(maps.flatMap((map) => Object.keys(map).filter((permission) => map[permission])))
}

/** The group after the command, or null when it is refused. */
export function play(policy: PolicyEngine, group: Group, move: Move): Group | null {
  const by = group.accounts[move.by]
  if (by === undefined) return null
  if (by.key?.inProject === true && !move.command.startsWith("projects.")) return null
  const { role, permissions } = move
  const atProject = move.command.startsWith("projects.")
  const access = accessOf(policy, group, by, atProject)
  if (move.on !== null && group.accounts[move.on]?.key !== undefined) return null
  const on = move.on === null ? { role: null, projectRole: null } : group.accounts[move.on]
  const held = atProject ? on?.projectRole : on?.role
  const hands = (action: ManageAction, ...roles: readonly (string | null | undefined)[]) =>
    access.can(managePermissions[action]) && roles.every((name) => name != null && access.manages(action, name))
  const placed = (): Group => {
    const account: Account = { role: null, projectRole: null, ...on, [atProject ? "projectRole" : "role"]: role }
    return {
      ...group,
      accounts: move.on === null ? [...group.accounts, account] : group.accounts.with(move.on, account),
    }
  }
  const defined = group.customRoles.find(({ name }) => name === role)
  const others = group.customRoles.filter(({ name }) => name !== role)
  const made = { name: role, permissions }
  const system = policy.systemRoles.find(({ name }) => name === role)
  const manages = system === undefined || access.managesSystemRole("update", role)

  switch (move.command) {
    case "apiKeys.create": {
      const inProject = by.projectRole !== null
      const maker = accessOf(policy, group, by, inProject)
      if (by.key !== undefined || !maker.can("apiKeys.create") || maker.lacks(permissions).length > 0) return null
      const key = { name: role, inProject, scopes: permissions }
      return { ...group, accounts: [...group.accounts, { role: null, projectRole: null, key }] }
    }
    case "invitations.send":
    case "projects.members.add":
      return on !== undefined && held === null && hands("invite", role) ? placed() : null
    case "memberships.changeRole":
    case "projects.members.changeRole":
      return hands("update", held, role) ? placed() : null
    case "organizations.transferOwnership": {
      const owner = policy.ownership.role
      if (policy.ownership.transfer === "off" || by.role !== owner || !access.can("organization.transfer")) return null
      if (access.permissionsOf(role) === null || move.on === null || on?.role == null) return null
      const accounts = group.accounts.with(move.on, { ...on, role: owner }).with(move.by, { ...by, role })
      return { ...group, accounts }
    }
    case "roles.create":
      if (!policy.customRoles || defined !== undefined || isReservedRoleName(role, policy)) return null
      return access.can("roles.create") && access.lacks(permissions).length === 0 && manages
        ? { ...group, customRoles: [...others, made] }
        : null
    case "roles.update":
      return defined !== undefined && access.can("roles.update") && access.lacks(permissions).length === 0 && manages
        ? { ...group, customRoles: [...others, made] }
        : null
    case "roles.delete": {
      if (defined === undefined || system === undefined || !access.can("roles.delete") || !manages) return null
      const gained = system.permissions.filter((permission) => !defined.permissions.includes(permission))
      return access.lacks(gained).length === 0 ? { ...group, customRoles: others } : null
    }
  }
}

/**
 * Whether the finding's commands, played in order by somebody of the roles they name, end as it says. A role on the way
 * may be needed more than once, so there are three to start with and a command may be played again.
 */
export function replay(policy: PolicyEngine, finding: AuditFinding): boolean {
  const from = (group: Group, commands: readonly AuditCommand[], again: number): boolean => {
    const [command, ...rest] = commands
    if (command === undefined) return heldBy(policy, group).has(finding.permission)
    const { permissions = [], role } = command
    const numbers = [...group.accounts.keys()]
    return numbers.some((by) => {
      if (!sends(group.accounts[by], command.by)) return false
      return [null, ...numbers].some((on) => {
        const next = play(policy, group, { command: command.command, by, on, role, permissions })
        return next !== null && (from(next, rest, again) || (again > 0 && from(next, commands, again - 1)))
      })
    })
  }
  return from(groupOf(finding.role, finding.at, 3), finding.commands, 1)
}

function sends(account: Account | undefined, by: string): boolean {
  if (account?.key !== undefined) return account.key.name === by
  const names = [account?.role, account?.projectRole].filter((name) => name != null)
  return names.join(" + ") === by || names.some((name) => name === by)
}
