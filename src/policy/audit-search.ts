/**
 * The search behind the audit: from one account, every role that it and the accounts it brings in can come to hold.
 *
 * @module
 */
import type { AuditCommand } from "./audit.ts"
import { type Draft, newcomer, usefulRoles, usefulShadows } from "./audit-drafts.ts"
import { type FoundRole, type Holding, heldKey, type Reached, roleKey, systemRoleHeld } from "./audit-holding.ts"
import { accessOf, commandsOf, nameOf, placesOf, type Sender, senders } from "./audit-senders.ts"
import { type CompiledPolicy, namesIn } from "./compile.ts"
import { managePermissions } from "./definition.ts"

/** A role made on the way; `grown` is what it can be edited into once it is held. */
type Made = Draft & Readonly<{ commands: readonly AuditCommand[] }>

/** Everything that is held in the end, the start first; a fixpoint over every command that hands out a role. */
export function reach(policy: CompiledPolicy, customRoles: boolean, start: Holding): readonly Reached[] {
  const search: Search = { policy, reached: new Map(), made: new Map() }
  add(search, start, [])
  for (let before = -1; before !== search.reached.size + search.made.size; ) {
    before = search.reached.size + search.made.size
    for (const sender of senders(policy, [...search.reached.values()])) {
      handOut(search, sender)
      if (sender.project !== null || sender.organization === null) continue
      if (sender.key === null) transfer(search, sender, sender.organization)
      if (customRoles) changeRoles(search, sender, sender.organization.held.role)
    }
  }
  return [...search.reached.values()]
}

type Search = Readonly<{ policy: CompiledPolicy; reached: Map<string, Reached>; made: Map<string, Made> }>

function add({ reached }: Search, held: Holding, commands: readonly (AuditCommand | readonly AuditCommand[])[]): void {
  const key = heldKey(held)
  if (!reached.has(key)) reached.set(key, { held, commands: [...new Set(commands.flat())] })
}

const HAND_OUT = {
  organization: { invite: "invitations.send", update: "memberships.changeRole" },
  project: { invite: "projects.members.add", update: "projects.members.changeRole" },
} as const

/** Inviting into a role, and changing another's role into it. Removing and inviting anew is inviting. */
function handOut(search: Search, sender: Sender): void {
  const { policy, reached, made } = search
  const by = nameOf(sender)
  for (const at of placesOf(sender)) {
    const targets = [
      ...[...policy.roles.keys()].map((name) => ({ ...systemRoleHeld(policy, at, name), commands: [] })),
      ...[...made.values()].flatMap(({ role, places, commands }) =>
        places.includes(at) ? [{ at, role, commands }] : [],
      ),
    ]
    for (const target of targets) {
      if (reached.has(heldKey(target))) continue
      const { role } = target
      const hands = (action: "invite" | "update", from: readonly FoundRole[]): boolean => {
        const access = accessOf(policy, sender, [role, ...from], at)
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
  if (accessOf(search.policy, sender, [], "organization")?.can("organization.transfer") !== true) return
  for (const role of roles.keys()) {
    const command = { command: "organizations.transferOwnership", by: held.role.name, role } as const
    add(search, systemRoleHeld(search.policy, "organization", role), [commands, command])
  }
}

/** Making, editing and deleting roles of the organization's own. */
function changeRoles(search: Search, sender: Sender, maker: FoundRole): void {
  const by = nameOf(sender)
  const commands = commandsOf(sender)
  const access = accessOf(search.policy, sender, [], "organization")
  if (access?.can("roles.create") === true) {
    const drafts = [newcomer(search), ...usefulRoles(search, maker.bits, access), ...usefulShadows(search, access)]
    for (const made of drafts) {
      const { name, bits } = made.role
      const command: AuditCommand = {
        command: "roles.create",
        by,
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
      const now = accessOf(search.policy, sender, [made.role], "organization")
      if (now === null) continue
      const { name } = made.role
      const { grown } = made
      const permissions = grown === null ? [] : namesIn(search.policy, grown.bits)
      if (grown !== null && now.can("roles.update") && now.lacks(permissions).length === 0) {
        const command: AuditCommand = { command: "roles.update", by, role: name, permissions }
        add(search, { at, role: grown }, [holder.commands, commands, command])
      }
      const shadowed = systemRoleHeld(search.policy, at, name)
      if (!search.policy.roles.has(name) || !now.can("roles.delete") || !now.managesSystemRole("update", name)) continue
      if (now.lacks(namesIn(search.policy, shadowed.role.bits)).length > 0) continue
      add(search, shadowed, [holder.commands, commands, { command: "roles.delete", by, role: name }])
    }
  }
}
