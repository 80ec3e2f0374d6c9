/**
 * Commands on the people of a project.
 *
 * @module
 */
import * as z from "zod"
import { type ApiKey, leftKey } from "../api-key/api-key.ts"
import { subscriptionRefusal } from "../billing/terms.ts"
import type { Invitation } from "../invitation/invitation.ts"
import { UserId } from "../kernel/actor.ts"
import { type Decision, refused } from "../kernel/decision.ts"
import { Email } from "../kernel/email.ts"
import { idSchema } from "../kernel/id.ts"
import { line } from "../kernel/text.ts"
import { hasSeat } from "../membership/membership.ts"
import { command } from "../pipeline/command.ts"
import { type Context, found, ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { addressWants, reservedFor, seatsOf, seatWants, subscriptionWants, tellingSeats } from "../pipeline/seats.ts"
import { holderRefusal, projectAssignmentRefusal } from "../role/assignment.ts"
import { RoleName } from "../role/role-name.ts"
import type { Wants } from "../store/store.ts"
import {
  changeProjectRole,
  endProject,
  joinProject,
  type ProjectMembership,
  type ProjectMembershipFact,
} from "./project-membership.ts"

const PersonInput = z.strictObject({ id: UserId, email: Email, name: line(1, 100).optional() })

const inProject = { projectId: idSchema("prj") }

export const addProjectMember = command({
  name: "projects.members.add",
  input: () =>
    inOrganization({
      ...inProject,
      role: RoleName,
      membershipId: idSchema("mem").optional(),
      user: PersonInput.optional(),
    }).refine(({ membershipId, user }) => (membershipId === undefined) !== (user === undefined), {
      path: ["membershipId"],
      error: "expected either `membershipId` or `user`",
    }),
  actors: ["user", "system", "apiKey"],
  project: ({ input }) => input.projectId,
  allow: "members.invite",
  facts: ["project_member.added", "seats.threshold_reached"],
  wants: (asked) => {
    const { user, membershipId } = asked.input
    const whose = user === undefined ? membershipId && { membershipId } : { userId: user.id }
    return {
      membership: membershipId,
      memberOf: user?.id,
      projectMembershipsOf: whose,
      ...addressWants(...(user === undefined ? [] : [user.email])),
      ...seatWants(asked),
    }
  },
  decide: (context) => {
    const { input, actor, access, policy, roles, settings, loaded, at, ids } = context
    const project = found(context.project)
    // Who is no member yet comes in by an invitation; the host's own code knows whom it brings.
    if (input.user !== undefined && actor.type !== "system") return refused("forbidden", {})
    const member = loaded.membership ?? loaded.memberOf ?? null
    const held = loaded.projectMembershipsOf ?? []
    const known = member ?? held[0]
    const person = known === undefined ? input.user : { id: known.userId, email: known.email, name: known.name }
    if (person === undefined) return refused("not_found", {})
    const refusal =
      projectAssignmentRefusal(access, { policy, roles }, "invite", input.role) ??
      subscriptionRefusal(settings.billing, loaded.billed)
    if (refusal !== null) return { ok: false, refusal }
    const membership: ProjectMembership = {
      id: ids.id("pmem", at),
      organizationId: input.organizationId,
      projectId: project.id,
      userId: person.id,
      email: person.email,
      name: person.name ?? null,
      role: input.role,
      joinedAt: at,
      revision: 0,
    }
    const existing = held.find(({ projectId }) => projectId === project.id) ?? null
    const isSeated = known !== undefined
    const reserved = member === null ? reservedFor(loaded, at) : 0
    const seats = seatsOf(settings, loaded, isSeated, reserved)
    const joined: Decision<ProjectMembershipFact> = joinProject(membership, "project_member.added", {
      project,
      existing,
    })
    const decision = joined.ok && !hasSeat(seats) ? refused("seat_limit_reached", { seats: seats.cap ?? 0 }) : joined
    return tellingSeats(
      ruling(decision, (facts) => facts[0]?.after ?? membership),
      context,
      (isSeated ? 0 : 1) - reserved,
    )
  },
})

export const changeProjectMemberRole = command({
  name: "projects.members.changeRole",
  input: () => inOrganization({ ...inProject, projectMembershipId: idSchema("pmem"), role: RoleName }),
  actors: ["user", "system", "apiKey"],
  project: ({ input }) => input.projectId,
  allow: "members.update",
  facts: ["project_member.role_changed"],
  wants: (asked) => ({ projectMembership: asked.input.projectMembershipId, ...subscriptionWants(asked) }),
  decide: (context) => {
    const { input, access, policy, roles, settings, loaded } = context
    const project = found(context.project)
    const membership = found(loaded.projectMembership)
    if (membership.projectId !== project.id) return refused("not_found", {})
    const assigned = () =>
      projectAssignmentRefusal(access, { policy, roles }, "update", input.role) ??
      subscriptionRefusal(settings.billing, loaded.billed)
    const refusal =
      holderRefusal(access, "update", membership.role) ?? (input.role === membership.role ? null : assigned())
    if (refusal !== null) return { ok: false, refusal }
    return ruling(changeProjectRole(membership, input.role, project), (facts) => facts[0]?.after ?? membership)
  },
})

/** What ends beside a project membership. */
type Theirs = Readonly<{ isMember: boolean; invited: readonly Invitation[]; keys: readonly ApiKey[] }>

/** Ends a project membership; whoever may read keys is told which of the project's that person knows, to rotate them. */
function ended(
  membership: ProjectMembership,
  how: "project_member.removed" | "project_member.left",
  { access, settings, at }: Pick<Context<unknown, Wants>, "access" | "settings" | "at">,
  theirs: Theirs,
) {
  const keys = theirs.keys.filter(({ projectId }) => projectId === membership.projectId)
  const decision = endProject(membership, how, { ...theirs, keys, revokes: settings.apiKeys.revokeOnRemoval, at })
  const apiKeys = access.can("apiKeys.read") ? keys.map(leftKey) : []
  return ruling(decision, () => ({ projectMembership: membership, apiKeys }))
}

export const removeProjectMember = command({
  name: "projects.members.remove",
  input: () => inOrganization({ ...inProject, projectMembershipId: idSchema("pmem") }),
  actors: ["user", "system", "apiKey"],
  project: ({ input }) => input.projectId,
  facts: ["project_member.removed", "project_member.left", "invitation.cancelled", "api_key.revoked"],
  wants: ({ input: { projectMembershipId }, at }) => ({
    projectMembership: projectMembershipId,
    memberBehind: projectMembershipId,
    pendingFrom: { sender: { projectMembershipId }, at },
    keysOf: { projectMembershipId },
  }),
  allow: ({ input, actor, callerProjects }) =>
    actor.type === "user" && callerProjects[0]?.id === input.projectMembershipId ? "inside" : "members.remove",
  decide: (context) => {
    const { input, actor, access, callerProjects, loaded } = context
    const membership = found(loaded.projectMembership)
    if (membership.projectId !== input.projectId) return refused("not_found", {})
    const self = callerProjects[0]?.id === membership.id
    // Only a person leaves: a key that could end its holder's membership would leave for them.
    if (self && actor.type !== "user") return refused("forbidden", {})
    const refusal = self ? null : holderRefusal(access, "remove", membership.role)
    if (refusal !== null) return { ok: false, refusal }
    return ended(membership, self ? "project_member.left" : "project_member.removed", context, {
      isMember: loaded.memberBehind !== null,
      invited: loaded.pendingFrom,
      keys: loaded.keysOf,
    })
  },
})

export const leaveProject = command({
  name: "projects.members.leave",
  input: () => inOrganization(inProject),
  actors: ["user"],
  project: ({ input }) => input.projectId,
  allow: "inside",
  facts: ["project_member.left", "invitation.cancelled", "api_key.revoked"],
  wants: ({ actor, at }) => ({
    pendingFrom: actor.type === "user" ? { sender: { userId: actor.id }, at } : undefined,
    keysOf: actor.type === "user" ? { userId: actor.id } : undefined,
  }),
  decide: (context) => {
    const { caller, callerProjects, loaded } = context
    return ended(found(callerProjects[0]), "project_member.left", context, {
      isMember: caller !== null,
      invited: loaded.pendingFrom ?? [],
      keys: loaded.keysOf ?? [],
    })
  },
})
