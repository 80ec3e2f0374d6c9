/**
 * Who sends commands in an audit: people with a role in the organization, in the project or both, and keys they made.
 *
 * @module
 */
import { apiKeyActor, user } from "../kernel/actor.ts"
import type { ApiKeyId, OrganizationId } from "../kernel/id.ts"
import { type Access, resolveAccess } from "./access.ts"
import type { AuditCommand } from "./audit.ts"
import { type FoundRole, type Place, type Reached, roleKey } from "./audit-holding.ts"
import type { CompiledPolicy } from "./compile.ts"
import type { Standing } from "./standing.ts"

/** An organization's key with every scope that its maker holds: what a smaller one manages, it manages too. */
type Key = Readonly<{ at: Place; command: AuditCommand; scopes: readonly string[] }>

/** Somebody in the group: a role in the organization, a role in the project, or both; or a key that they made. */
export type Sender = Readonly<{ organization: Reached | null; project: Reached | null; key: Key | null }>

const organization = { id: "org_audit", name: "audit", slug: "audit", metadata: {} }
const person = user({ id: "audit", email: "audit@tenantry.example", emailVerified: true })
const keyActor = apiKeyActor({
  id: "key_audit" as ApiKeyId,
  organizationId: organization.id as OrganizationId,
  projectId: null,
  holder: { type: "organization" },
  ip: null,
  userAgent: null,
  requestId: null,
})

/** Everybody in the group who could send a command. */
export function senders(policy: CompiledPolicy, reached: readonly Reached[]): readonly Sender[] {
  const within = (at: Place) => [null, ...reached.filter(({ held }) => held.at === at)]
  return within("organization").flatMap((organization) =>
    within("project").flatMap((project) => {
      const holder = { organization, project, key: null }
      return organization === null && project === null ? [] : [holder, ...keysOf(policy, holder)]
    }),
  )
}

/** Where the sender acts: with a role in a project, there; what they may do elsewhere, another sender does. */
export const placesOf = ({ organization, project, key }: Sender): readonly Place[] =>
  project === null && organization !== null && key?.at !== "project" ? ["organization", "project"] : ["project"]

/** The commands that made the sender who they are. */
export const commandsOf = ({ organization, project, key }: Sender): readonly AuditCommand[] => [
  ...(organization?.commands ?? []),
  ...(project?.commands ?? []),
  ...(key === null ? [] : [key.command]),
]

/** What `by` says of the sender. */
export const nameOf = ({ organization, project, key }: Sender): string =>
  key?.command.role ?? [organization, project].flatMap((reached) => reached?.held.role.name ?? []).join(" + ")

/** What the sender may do while `others` are defined as they are; null when two of these cannot stand together. */
export function accessOf(
  policy: CompiledPolicy,
  { organization: member, project, key }: Sender,
  others: readonly FoundRole[],
  at: Place,
): Access | null {
  const role = key === null ? (member?.held.role ?? null) : null
  const projectRole = key === null ? (project?.held.role ?? null) : null
  const named = new Map<string, FoundRole>()
  for (const each of [role, projectRole, ...others]) {
    if (each === null) continue
    if (roleKey(named.get(each.name) ?? each) !== roleKey(each)) return null
    named.set(each.name, each)
  }
  const standing: Standing = {
    actor: key === null ? person : keyActor,
    organization,
    role: role?.name ?? null,
    customRoles: [...named.values()].flatMap(({ definition }) => definition ?? []),
    scopes: key?.scopes ?? [],
    ...(at === "project" && { project: { id: "prj_audit", role: projectRole?.name ?? null } }),
  }
  return resolveAccess(policy, standing)
}

/** The keys that somebody can make: for the organization, or for the project where their role there adds something. */
function keysOf(policy: CompiledPolicy, holder: Sender): readonly Sender[] {
  const at = holder.project === null ? "organization" : "project"
  const access = accessOf(policy, holder, [], at)
  if (access?.can("apiKeys.create") !== true) return []
  const by = nameOf(holder)
  const scopes = policy.names.filter((permission) => access.can(permission))
  const command: AuditCommand = { command: "apiKeys.create", by, role: `key of ${by}`, permissions: scopes }
  return [{ ...holder, key: { at, command, scopes } }]
}
