/**
 * Commands on memberships.
 *
 * @module
 */
import * as z from "zod"
import { type ApiKey, leftKey } from "../api-key/api-key.ts"
import { subscriptionRefusal } from "../billing/terms.ts"
import type { Invitation } from "../invitation/invitation.ts"
import { UserId } from "../kernel/actor.ts"
import { decided, refused } from "../kernel/decision.ts"
import { Email } from "../kernel/email.ts"
import { idSchema } from "../kernel/id.ts"
import { metadataInput } from "../kernel/metadata.ts"
import { line } from "../kernel/text.ts"
import { command } from "../pipeline/command.ts"
import { type Context, ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { addressWants, reservedFor, seatsOf, seatWants, subscriptionWants, tellingSeats } from "../pipeline/seats.ts"
import type { ProjectMembership } from "../project/project-membership.ts"
import { assignmentRefusal, holderRefusal } from "../role/assignment.ts"
import { RoleName } from "../role/role-name.ts"
import { changeRole, end, type FollowedFact, follow, join, joinedIn, type Membership, update } from "./membership.ts"

const PersonInput = z.strictObject({ id: UserId, email: Email, name: line(1, 100).optional() })

export const addMember = command({
  name: "memberships.add",
  input: (limits, schemas) =>
    inOrganization({
      user: PersonInput,
      role: RoleName,
      metadata: metadataInput("member", limits, schemas).prefault({}),
    }),
  actors: ["system"],
  allow: "members.invite",
  facts: [
    ...(["member.added", "invitation.accepted", "seats.threshold_reached"] as const),
    ...(["project_member.updated", "invitation.cancelled"] as const),
  ],
  wants: (asked) => ({
    memberOf: asked.input.user.id,
    projectMembershipsOf: { userId: asked.input.user.id },
    pendingTo: asked.input.user.id,
    ...addressWants(asked.input.user.email),
    ...seatWants(asked),
  }),
  decide: (context) => {
    const { input, access, policy, roles, settings, loaded, at, ids } = context
    const refusal =
      assignmentRefusal(access, { policy, roles }, "invite", input.role) ??
      subscriptionRefusal(settings.billing, loaded.billed)
    if (refusal !== null) return { ok: false, refusal }
    // What was offered in projects besides can be accepted still.
    const pending = loaded.pendingByEmail.find(({ projects }) => projects.length === 0) ?? null
    const reserved = reservedFor(loaded, at)
    const isSeated = loaded.projectMembershipsOf.length > 0
    const membership: Membership = {
      id: ids.id("mem", at),
      organizationId: input.organizationId,
      userId: input.user.id,
      email: input.user.email,
      name: input.user.name ?? null,
      role: input.role,
      metadata: input.metadata,
      joinedAt: at,
      revision: 0,
    }
    const seats = seatsOf(settings, loaded, isSeated, reserved)
    const joined = join(membership, "member.added", { existing: loaded.memberOf, pending, seats })
    // Who is in projects already has this address from here on, in all of them.
    const moved = follow(null, loaded.projectMembershipsOf, input.user, { toNew: [], toOld: loaded.pendingTo, at })
    const decision = joined.ok ? decided<FollowedFact>(...joined.facts, ...moved) : joined
    return tellingSeats(
      ruling(decision, (facts) => joinedIn(facts) ?? membership),
      context,
      (isSeated ? 0 : 1) - reserved,
    )
  },
})

export const changeMemberRole = command({
  name: "memberships.changeRole",
  input: () => inOrganization({ membershipId: idSchema("mem"), role: RoleName }),
  actors: ["user", "system", "apiKey"],
  allow: "members.update",
  facts: ["member.role_changed"],
  wants: (asked) => ({
    membership: asked.input.membershipId,
    membersWithRole: asked.policy.ownership.role as RoleName,
    ...subscriptionWants(asked),
  }),
  decide: ({ input, access, policy, roles, settings, loaded }) => {
    const { membership } = loaded
    if (membership === null) return refused("not_found", {})
    const assigned = () =>
      assignmentRefusal(access, { policy, roles }, "update", input.role) ??
      subscriptionRefusal(settings.billing, loaded.billed)
    const refusal =
      holderRefusal(access, "update", membership.role) ?? (input.role === membership.role ? null : assigned())
    if (refusal !== null) return { ok: false, refusal }
    const known = { ownership: policy.ownership, owners: loaded.membersWithRole }
    return ruling(changeRole(membership, input.role, known), (facts) => facts[0]?.after ?? membership)
  },
})

export const updateMember = command({
  name: "memberships.update",
  input: (limits, schemas) =>
    inOrganization({ membershipId: idSchema("mem"), metadata: metadataInput("member", limits, schemas) }),
  actors: ["user", "system", "apiKey"],
  allow: "members.update",
  facts: ["member.updated"],
  wants: ({ input }) => ({ membership: input.membershipId }),
  decide: ({ input, access, loaded }) => {
    const { membership } = loaded
    if (membership === null) return refused("not_found", {})
    const refusal = holderRefusal(access, "update", membership.role)
    if (refusal !== null) return { ok: false, refusal }
    return ruling(update(membership, input.metadata), (facts) => facts[0]?.after ?? membership)
  },
})

export const removeMember = command({
  name: "memberships.remove",
  input: () => inOrganization({ membershipId: idSchema("mem") }),
  actors: ["user", "system", "apiKey"],
  facts: [
    ...(["member.removed", "member.left", "project_member.removed", "project_member.left"] as const),
    ...(["invitation.cancelled", "api_key.revoked"] as const),
  ],
  wants: ({ input, policy, at }) => ({
    membership: input.membershipId,
    membersWithRole: policy.ownership.role as RoleName,
    projectMembershipsOf: { membershipId: input.membershipId },
    pendingFrom: { sender: { membershipId: input.membershipId }, at },
    keysOf: { membershipId: input.membershipId },
  }),
  allow: ({ input, actor, caller }) =>
    actor.type === "user" && caller?.id === input.membershipId ? "inside" : "members.remove",
  decide: (context) => {
    const { actor, access, loaded, caller } = context
    const { membership } = loaded
    if (membership === null) return refused("not_found", {})
    const self = caller?.id === membership.id
    // Only a person leaves: a key that could end its holder's membership would leave for them.
    if (self && actor.type !== "user") return refused("forbidden", {})
    const refusal = self ? null : holderRefusal(access, "remove", membership.role)
    if (refusal !== null) return { ok: false, refusal }
    return ended(membership, self ? "member.left" : "member.removed", context, {
      projects: loaded.projectMembershipsOf,
      invited: loaded.pendingFrom,
      keys: loaded.keysOf,
    })
  },
})

/** Ends a membership; whoever may read keys is told which ones that person made or held, to rotate them. */
function ended(
  membership: Membership,
  how: "member.removed" | "member.left",
  { access, policy, settings, loaded, at }: Context<unknown, { readonly membersWithRole: RoleName }>,
  theirs: Readonly<{
    projects: readonly ProjectMembership[]
    invited: readonly Invitation[]
    keys: readonly ApiKey[]
  }>,
) {
  const { revokeOnRemoval: revokes } = settings.apiKeys
  const known = { ownership: policy.ownership, owners: loaded.membersWithRole, ...theirs, revokes, at }
  const apiKeys = access.can("apiKeys.read") ? theirs.keys.map(leftKey) : []
  return ruling(end(membership, how, known), () => ({ membership, apiKeys }))
}

export const leave = command({
  name: "memberships.leave",
  input: () => inOrganization({}),
  actors: ["user"],
  allow: "inside",
  facts: ["member.left", "project_member.left", "invitation.cancelled", "api_key.revoked"],
  wants: ({ actor, policy, at }) => ({
    membersWithRole: policy.ownership.role as RoleName,
    projectMembershipsOf: actor.type === "user" ? { userId: actor.id } : undefined,
    pendingFrom: actor.type === "user" ? { sender: { userId: actor.id }, at } : undefined,
    keysOf: actor.type === "user" ? { userId: actor.id } : undefined,
  }),
  decide: (context) => {
    const { caller, loaded } = context
    if (caller === null) return refused("not_found", {})
    return ended(caller, "member.left", context, {
      projects: loaded.projectMembershipsOf ?? [],
      invited: loaded.pendingFrom ?? [],
      keys: loaded.keysOf ?? [],
    })
  },
})
