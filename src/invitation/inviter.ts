/**
 * Who sends an invitation, and whether they could send it still when it is accepted.
 *
 * @module
 */
import { type ApiKey, isUsable } from "../api-key/api-key.ts"
import { type Actor, apiKeyActor } from "../kernel/actor.ts"
import type { Membership } from "../membership/membership.ts"
import type { PolicyEngine, Rule, RuleOrganization } from "../policy/policy.ts"
import type { Project } from "../project/project.ts"
import type { ProjectMembership } from "../project/project-membership.ts"
import type { Role } from "../role/role.ts"
import type { Invitation, Inviter } from "./invitation.ts"
import { type Offered, offerRefusal, type Reach } from "./offer.ts"

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
  /** That person's memberships in the projects it offers. */
  inviterProjects: readonly ProjectMembership[]
  inviterKey: ApiKey | null
  /** The projects it offers. */
  offeredProjects: readonly Project[]
  organization: RuleOrganization
  policy: PolicyEngine
  rules: readonly Rule[]
  roles: readonly Role[]
  at: Date
}>

/** Whether what it still gives exists, and whoever sent the invitation could send that now. */
export function inviterStillMay({ invitedBy }: Invitation, offered: Offered, known: Acceptance): boolean {
  const by = reachOf(invitedBy, known)
  return by !== null && offerRefusal(offered, by, known.offeredProjects, known) === null
}

/** Where whoever sent it acts now, or null when they are gone. */
function reachOf(invitedBy: Inviter, known: Acceptance): Reach | null {
  const { inviter, inviterProjects, inviterKey, organization, policy, rules, roles, at } = known
  const isCode = invitedBy.userId === null && invitedBy.apiKeyId === null
  const sender = isCode
    ? CODE
    : invitedBy.apiKeyId === null
      ? asPerson(inviter ?? inviterProjects[0])
      : asKey(inviterKey, at)
  if (sender === null) return null
  const { actor, scopes } = sender
  const standing = { actor, organization, role: inviter?.role ?? null, customRoles: roles, rules }
  const bound = actor.type === "apiKey" ? actor.projectId : null
  const isInOrganization = bound === null && (actor.type !== "user" || inviter !== null)
  return {
    access: isInOrganization ? policy.resolve({ ...standing, scopes }) : null,
    accessAt: (projectId) => {
      const role = inviterProjects.find((held) => held.projectId === projectId)?.role ?? null
      const isThere = isInOrganization || role !== null || bound === projectId
      return isThere ? policy.resolve({ ...standing, scopes, project: { id: projectId, role } }) : null
    },
  }
}

type Sender = Readonly<{ actor: Actor; scopes: readonly string[] }>

const CODE: Sender = { actor: { type: "system", name: "invitation" }, scopes: [] }

function asPerson(inviter: Pick<Membership, "userId" | "email" | "name"> | undefined): Sender | null {
  if (inviter === undefined) return null
  const { userId, email, name } = inviter
  const details = { ip: null, userAgent: null, requestId: null, impersonatedBy: null }
  return { actor: { type: "user", id: userId, email, emailVerified: true, name, ...details }, scopes: [] }
}

function asKey(key: ApiKey | null, at: Date): Sender | null {
  if (key === null || !isUsable(key, at)) return null
  const { id, organizationId, projectId, holder, scopes } = key
  const nothing = { ip: null, userAgent: null, requestId: null }
  return { actor: apiKeyActor({ id, organizationId, projectId, holder, ...nothing }), scopes }
}
