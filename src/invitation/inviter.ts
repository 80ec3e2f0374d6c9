/**
 * Who sends an invitation, and whether they could send it still when it is accepted.
 *
 * @module
 */
import { type ApiKey, isUsable } from "../api-key/api-key.ts"
import { type Actor, apiKeyActor } from "../kernel/actor.ts"
import type { Membership } from "../membership/membership.ts"
import type { Access, PolicyEngine, Rule, RuleOrganization, Standing } from "../policy/policy.ts"
import { assignmentRefusal } from "../role/assignment.ts"
import type { Role } from "../role/role.ts"
import type { Invitation, Inviter } from "./invitation.ts"

/** Who sends: a member-held key sends as its holder, whose membership `caller` is; code and the rest are nobody. */
export function inviterOf(actor: Actor, caller: Pick<Membership, "name" | "email"> | null): Inviter {
  const nobody = { userId: null, apiKeyId: null, name: null, email: null }
  if (actor.type === "user") return { ...nobody, userId: actor.id, name: actor.name, email: actor.email }
  if (actor.type !== "apiKey") return nobody
  if (actor.holder.type === "organization") return { ...nobody, apiKeyId: actor.id }
  return { ...nobody, userId: actor.holder.userId, name: caller?.name ?? null, email: caller?.email ?? null }
}

/** What stands when an invitation is accepted. */
export type Acceptance = Readonly<{
  /** The membership of the person who sent it, or the key that did; null when they are gone. */
  inviter: Membership | null
  inviterKey: ApiKey | null
  organization: RuleOrganization
  policy: PolicyEngine
  rules: readonly Rule[]
  roles: readonly Role[]
  /** Anybody's access: it is asked only which roles there are. */
  access: Pick<Access, "permissionsOf">
  at: Date
}>

/** Whether the role still exists, and whoever sent the invitation could send it now. */
export function inviterStillMay({ role, invitedBy }: Invitation, known: Acceptance): boolean {
  const { organization, policy, rules, roles, access } = known
  if (invitedBy.userId === null && invitedBy.apiKeyId === null) return access.permissionsOf(role) !== null
  const sender = invitedBy.apiKeyId === null ? asMember(known.inviter) : asKey(known.inviterKey, known.at)
  if (sender === null) return false
  const now = policy.resolve({ ...sender, organization, customRoles: roles, rules })
  return now.can("members.invite") && assignmentRefusal(now, { policy, roles }, "invite", role) === null
}

type Sender = Pick<Standing, "actor" | "role" | "scopes">

function asMember(inviter: Membership | null): Sender | null {
  if (inviter === null) return null
  const { userId, email, name, role } = inviter
  const details = { ip: null, userAgent: null, requestId: null, impersonatedBy: null }
  return { actor: { type: "user", id: userId, email, emailVerified: true, name, ...details }, role }
}

function asKey(key: ApiKey | null, at: Date): Sender | null {
  if (key === null || !isUsable(key, at)) return null
  const { id, organizationId, holder, scopes } = key
  const actor = apiKeyActor({ id, organizationId, holder, ip: null, userAgent: null, requestId: null })
  return { actor, role: null, scopes }
}
