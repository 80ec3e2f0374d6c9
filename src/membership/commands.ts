/**
 * Commands on memberships.
 *
 * @module
 */
import * as z from "zod"
import { isLive } from "../invitation/invitation.ts"
import { UserId } from "../kernel/actor.ts"
import { refused } from "../kernel/decision.ts"
import { Email } from "../kernel/email.ts"
import { idSchema } from "../kernel/id.ts"
import { line } from "../kernel/text.ts"
import { command } from "../pipeline/command.ts"
import { ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { assignmentRefusal, holderRefusal } from "../role/assignment.ts"
import { RoleName } from "../role/role-name.ts"
import { changeRole, end, join, joinedIn, type Membership } from "./membership.ts"

const PersonInput = z.strictObject({ id: UserId, email: Email, name: line(1, 100).optional() })

export const addMember = command({
  name: "memberships.add",
  input: () => inOrganization({ user: PersonInput, role: RoleName }),
  actors: ["system"],
  allow: "members.invite",
  facts: ["member.added", "invitation.accepted"],
  wants: ({ input, at }) => ({
    memberOf: input.user.id,
    pendingByEmail: [input.user.email],
    memberCount: true,
    pendingCount: at,
  }),
  decide: ({ input, access, policy, roles, settings, loaded, at, ids }) => {
    const refusal = assignmentRefusal(access, { policy, roles }, "invite", input.role)
    if (refusal !== null) return { ok: false, refusal }
    const pending = loaded.pendingByEmail[0] ?? null
    const reserved = pending !== null && isLive(pending, at) ? 1 : 0
    const membership: Membership = {
      id: ids.id("mem", at),
      organizationId: input.organizationId,
      userId: input.user.id,
      email: input.user.email,
      name: input.user.name ?? null,
      role: input.role,
      joinedAt: at,
      revision: 0,
    }
    const seats = { taken: loaded.memberCount + loaded.pendingCount - reserved, cap: settings.seats.cap }
    return ruling(
      join(membership, "member.added", { existing: loaded.memberOf, pending, seats }),
      (facts) => joinedIn(facts) ?? membership,
    )
  },
})

export const changeMemberRole = command({
  name: "memberships.changeRole",
  input: () => inOrganization({ membershipId: idSchema("mem"), role: RoleName }),
  actors: ["user", "system"],
  allow: "members.update",
  facts: ["member.role_changed"],
  wants: ({ input, policy }) => ({
    membership: input.membershipId,
    membersWithRole: policy.ownership.role as RoleName,
  }),
  decide: ({ input, access, policy, roles, loaded }) => {
    const { membership } = loaded
    if (membership === null) return refused("not_found", {})
    const refusal =
      holderRefusal(access, "update", membership.role) ??
      (input.role === membership.role ? null : assignmentRefusal(access, { policy, roles }, "update", input.role))
    if (refusal !== null) return { ok: false, refusal }
    const known = { ownership: policy.ownership, owners: loaded.membersWithRole }
    return ruling(changeRole(membership, input.role, known), (facts) => facts[0]?.after ?? membership)
  },
})

export const removeMember = command({
  name: "memberships.remove",
  input: () => inOrganization({ membershipId: idSchema("mem") }),
  actors: ["user", "system"],
  facts: ["member.removed", "member.left", "invitation.cancelled"],
  wants: ({ input, policy, at }) => ({
    membership: input.membershipId,
    membersWithRole: policy.ownership.role as RoleName,
    pendingFrom: { sender: { membershipId: input.membershipId }, at },
  }),
  allow: ({ input, caller }) => (caller?.id === input.membershipId ? "inside" : "members.remove"),
  decide: ({ access, policy, loaded, caller, at }) => {
    const { membership } = loaded
    if (membership === null) return refused("not_found", {})
    const self = caller?.id === membership.id
    const refusal = self ? null : holderRefusal(access, "remove", membership.role)
    if (refusal !== null) return { ok: false, refusal }
    const known = { ownership: policy.ownership, owners: loaded.membersWithRole, invited: loaded.pendingFrom, at }
    return ruling(end(membership, self ? "member.left" : "member.removed", known), () => ({ membership }))
  },
})

export const leave = command({
  name: "memberships.leave",
  input: () => inOrganization({}),
  actors: ["user"],
  allow: "inside",
  facts: ["member.left", "invitation.cancelled"],
  wants: ({ actor, policy, at }) => ({
    membersWithRole: policy.ownership.role as RoleName,
    pendingFrom: actor.type === "user" ? { sender: { userId: actor.id }, at } : undefined,
  }),
  decide: ({ policy, loaded, caller, at }) => {
    if (caller === null) return refused("not_found", {})
    const known = { ownership: policy.ownership, owners: loaded.membersWithRole, invited: loaded.pendingFrom ?? [], at }
    return ruling(end(caller, "member.left", known), () => ({ membership: caller }))
  },
})
