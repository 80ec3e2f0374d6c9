/**
 * The search behind the audit: from one account, every role that it and the accounts it brings in can come to hold.
 *
 * @module
 */
import { type User, user } from "../kernel/actor.ts"
import { type Access, resolveAccess } from "./access.ts"
import type { AuditCommand } from "./audit.ts"
import { type Bits, isStrictSubset } from "./bits.ts"
import { type CompiledPolicy, compilePermissions, namesIn } from "./compile.ts"
import { manageActions, managePermissions } from "./definition.ts"
import type { CustomRole } from "./standing.ts"

/** Where a role is held. */
export type Place = "organization" | "project"

/** A role as the search meets it: the policy's, or one that somebody made on the way. */
type FoundRole = Readonly<{ name: string; bits: Bits; definition: CustomRole | null }>

/** A role held by somebody in the group. */
export type Holding = Readonly<{ at: Place; role: FoundRole }>

/** A role held, and the commands that led there. */
export type Reached = Readonly<{ held: Holding; commands: readonly AuditCommand[] }>

/** A role made on the way; `grown` is what it can be edited into once it is held. */
type Made = Readonly<{ role: FoundRole; commands: readonly AuditCommand[]; grown: FoundRole | null }>

type Draft = Omit<Made, "commands">

/** Somebody in the group: a role in the organization, a role in the project, or both. */
type Sender = Readonly<{ organization: Reached | null; project: Reached | null }>

/** The system role of that name, held there. */
export const systemRoleHeld = (policy: CompiledPolicy, at: Place, name: string): Holding => ({
  at,
  role: { name, bits: policy.roles.get(name)?.bits ?? policy.nothing, definition: null },
})

/** Everything that is held in the end, the start first; a fixpoint over every command that hands out a role. */
export function reach(policy: CompiledPolicy, customRoles: boolean, start: Holding): readonly Reached[] {
  const actor = user({ id: "audit", email: "audit@tenantry.example", emailVerified: true })
  const search: Search = { policy, actor, reached: new Map(), made: new Map() }
  add(search, start, [])
  for (let before = -1; before !== search.reached.size + search.made.size; ) {
    before = search.reached.size + search.made.size
    for (const sender of senders(search)) {
      handOut(search, sender)
      if (sender.project !== null || sender.organization === null) continue
      transfer(search, sender, sender.organization)
      if (customRoles) changeRoles(search, sender, sender.organization)
    }
  }
  return [...search.reached.values()]
}

type Search = Readonly<{ policy: CompiledPolicy; actor: User; reached: Map<string, Reached>; made: Map<string, Made> }>

const roleKey = ({ name, bits, definition }: FoundRole): string =>
  definition === null ? name : `${name}=${bits.join()}`
const heldKey = ({ at, role }: Holding): string => `${at}:${roleKey(role)}`

function add({ reached }: Search, held: Holding, commands: readonly (AuditCommand | readonly AuditCommand[])[]): void {
  const key = heldKey(held)
  if (!reached.has(key)) reached.set(key, { held, commands: [...new Set(commands.flat())] })
}

function senders({ reached }: Search): readonly Sender[] {
  const all = [...reached.values()]
  const within = (at: Place) => [null, ...all.filter(({ held }) => held.at === at)]
  return within("organization").flatMap((organization) =>
    within("project").flatMap((project) => ((organization ?? project) ? [{ organization, project }] : [])),
  )
}

const commandsOf = ({ organization, project }: Sender): readonly AuditCommand[] => [
  ...(organization?.commands ?? []),
  ...(project?.commands ?? []),
]

const nameOf = ({ organization, project }: Sender): string =>
  [organization, project].flatMap((reached) => reached?.held.role.name ?? []).join(" + ")

/** What the sender may do while `others` are defined as they are; null when two of these cannot stand together. */
function accessOf({ policy, actor }: Search, sender: Sender, others: readonly FoundRole[], at: Place): Access | null {
  const role = sender.organization?.held.role ?? null
  const projectRole = sender.project?.held.role ?? null
  const named = new Map<string, FoundRole>()
  for (const each of [role, projectRole, ...others]) {
    if (each === null) continue
    if (roleKey(named.get(each.name) ?? each) !== roleKey(each)) return null
    named.set(each.name, each)
  }
  return resolveAccess(policy, {
    actor,
    organization: { id: "org_audit", name: "audit", slug: "audit", metadata: {} },
    role: role?.name ?? null,
    customRoles: [...named.values()].flatMap(({ definition }) => definition ?? []),
    ...(at === "project" && { project: { id: "prj_audit", role: projectRole?.name ?? null } }),
  })
}

const HAND_OUT = {
  organization: { invite: "invitations.send", update: "memberships.changeRole" },
  project: { invite: "projects.members.add", update: "projects.members.changeRole" },
} as const

/** Inviting into a role, and changing another's role into it. Removing and inviting anew is inviting. */
function handOut(search: Search, sender: Sender): void {
  const { policy, reached, made } = search
  const by = nameOf(sender)
  for (const at of sender.project === null ? (["organization", "project"] as const) : (["project"] as const)) {
    if (at === "organization" && sender.organization === null) continue
    const targets = [
      ...[...policy.roles.keys()].map((name) => ({ ...systemRoleHeld(policy, at, name), commands: [] })),
      ...[...made.values()].map(({ role, commands }) => ({ at, role, commands })),
    ]
    for (const target of targets) {
      if (reached.has(heldKey(target))) continue
      const { role } = target
      const hands = (action: "invite" | "update", from: readonly FoundRole[]): boolean => {
        const access = accessOf(search, sender, [role, ...from], at)
        const allowed = access?.can(managePermissions[action]) === true
        return allowed && [role, ...from].every(({ name }) => access.manages(action, name))
      }
      const before = [target.commands, commandsOf(sender)]
      if (hands("invite", [])) {
        add(search, target, [...before, { command: HAND_OUT[at].invite, by, role: role.name }])
        continue
      }
      for (const { held, commands } of [...reached.values()]) {
        if (held.at !== at || !hands("update", [held.role])) continue
        const command = { command: HAND_OUT[at].update, by, role: role.name, from: held.role.name }
        add(search, target, [...before, commands, command])
      }
    }
  }
}

/** The owner hands the owner role over and takes a role they name. */
function transfer(search: Search, sender: Sender, { held, commands }: Reached): void {
  const { ownership, roles } = search.policy
  if (held.role.name !== ownership.role || ownership.transfer === "off") return
  if (accessOf(search, sender, [], "organization")?.can("organization.transfer") !== true) return
  for (const role of roles.keys()) {
    const command = { command: "organizations.transferOwnership", by: held.role.name, role } as const
    add(search, systemRoleHeld(search.policy, "organization", role), [commands, command])
  }
}

/** Making, editing and deleting roles of the organization's own. */
function changeRoles(search: Search, sender: Sender, { held, commands }: Reached): void {
  const access = accessOf(search, sender, [], "organization")
  if (access?.can("roles.create") === true) {
    for (const made of [...usefulRoles(search, held.role, access), ...usefulShadows(search, access)]) {
      const { name, bits } = made.role
      const command: AuditCommand = {
        command: "roles.create",
        by: held.role.name,
        role: name,
        permissions: namesIn(search.policy, bits),
      }
      const key = roleKey(made.role)
      if (!search.made.has(key)) search.made.set(key, { ...made, commands: [...commands, command] })
    }
  }
  for (const at of ["organization", "project"] as const) {
    for (const made of [...search.made.values()]) {
      const holder = search.reached.get(heldKey({ at, role: made.role }))
      if (holder === undefined) continue
      const now = accessOf(search, sender, [made.role], "organization")
      if (now === null) continue
      const { name } = made.role
      const { grown } = made
      const permissions = grown === null ? [] : namesIn(search.policy, grown.bits)
      if (grown !== null && now.can("roles.update") && now.lacks(permissions).length === 0) {
        const command: AuditCommand = { command: "roles.update", by: held.role.name, role: name, permissions }
        add(search, { at, role: grown }, [holder.commands, commands, command])
      }
      const shadowed = systemRoleHeld(search.policy, at, name)
      if (!search.policy.roles.has(name) || !now.can("roles.delete") || !now.managesSystemRole("update", name)) continue
      if (now.lacks(namesIn(search.policy, shadowed.role.bits)).length > 0) continue
      add(search, shadowed, [holder.commands, commands, { command: "roles.delete", by: held.role.name, role: name }])
    }
  }
}

/** System roles that nobody in the group holds yet and whose holders manage somebody: what they grant is not enough. */
const ambitions = ({ policy, reached }: Search): readonly FoundRole[] =>
  [...policy.roles.values()].flatMap((role) => {
    const held = systemRoleHeld(policy, "organization", role.name)
    const manages = manageActions.some((action) => role.manages[action].size > 0)
    return manages && role.name !== policy.ownership.role && !reached.has(heldKey(held)) ? [held.role] : []
  })

/**
 * The smallest roles out of what the maker holds whose holder manages one more system role: all that it grants and
 * more, and the action's permission. A role equal to the maker's own is made smaller first and edited once it is held.
 */
function usefulRoles(search: Search, maker: FoundRole, access: Access): readonly Draft[] {
  const { policy } = search
  const mine = namesIn(policy, maker.bits)
  return ambitions(search).flatMap((target) =>
    (["invite", "update"] as const).flatMap((action): readonly Draft[] => {
      const granted = namesIn(policy, target.bits)
      const asked = new Set([...granted, managePermissions[action]])
      const extra = mine.find((permission) => !asked.has(permission))
      if (asked.size === granted.length && extra !== undefined) asked.add(extra)
      if (asked.size === granted.length || access.lacks([...asked]).length > 0) return []
      const whole = madeOf(policy, nameFor(policy, action, target.name), [...asked])
      if (isStrictSubset(whole.bits, maker.bits)) return [{ role: whole, grown: null }]
      return [{ role: madeOf(policy, whole.name, [...asked].slice(1)), grown: whole }]
    }),
  )
}

/** The smallest shadows of system roles that the maker could delete again, once somebody holds them. */
function usefulShadows(search: Search, access: Access): readonly Draft[] {
  return ambitions(search).flatMap((target) => {
    const granted = namesIn(search.policy, target.bits)
    if (!access.manages("update", target.name) || access.lacks(granted).length > 0) return []
    return [{ role: madeOf(search.policy, target.name, granted.slice(0, 1)), grown: null }]
  })
}

const madeOf = (policy: CompiledPolicy, name: string, permissions: readonly string[]): FoundRole => ({
  name,
  bits: compilePermissions(policy, permissions),
  definition: { name, permissions },
})

/** A name that says what the role is made for, and is none of the policy's. */
function nameFor({ roles }: CompiledPolicy, action: "invite" | "update", target: string): string {
  let name = `${action}s-${target}`
  while (roles.has(name)) name += "-x"
  return name
}
