/**
 * What the recipient does with an invitation: accept or decline.
 *
 * @module
 */
import * as z from "zod"
import { subscriptionRefusal } from "../billing/terms.ts"
import type { Actor, User } from "../kernel/actor.ts"
import { decided, type Refusal, refused } from "../kernel/decision.ts"
import { type InvitationId, idSchema, type OrganizationId } from "../kernel/id.ts"
import { hashSecret, type SecretHash } from "../kernel/secret.ts"
import { follow, type Membership } from "../membership/membership.ts"
import { command } from "../pipeline/command.ts"
import { type Context, ruling } from "../pipeline/operation.ts"
import { seatsOf, seatWants, tellingSeats } from "../pipeline/seats.ts"
import type { ProjectMembership } from "../project/project-membership.ts"
import type { Store } from "../store/store.ts"
import { type AcceptanceFact, acceptWith } from "./acceptance.ts"
import {
  acceptAs,
  decline,
  type Invitation,
  type InvitationFact,
  receivedView,
  recipientRefusal,
} from "./invitation.ts"
import { inviterStillMay } from "./inviter.ts"
import type { Offered } from "./offer.ts"

/** Either what the e-mail's link carries, or what `listMine` showed. */
export type InvitationReference =
  | Readonly<{ token: string }>
  | Readonly<{ organizationId: string; invitationId: string }>

/** A token as a link carries it; whether it is one is decided by its hash. */
export const Token = z.string().min(1).max(200)

const Reference = z
  .strictObject({
    token: Token.optional(),
    organizationId: idSchema("org").optional(),
    invitationId: idSchema("inv").optional(),
  })
  .refine(
    ({ token, organizationId, invitationId }) =>
      token === undefined
        ? organizationId !== undefined && invitationId !== undefined
        : organizationId === undefined && invitationId === undefined,
    "expected `token`, or `organizationId` and `invitationId`",
  )
type Reference = z.output<typeof Reference>

type Found = Readonly<{ organizationId: OrganizationId; invitationId: InvitationId; tokenHash: SecretHash | null }>

async function locate(store: Store, input: Reference): Promise<Found | null> {
  if (input.organizationId !== undefined && input.invitationId !== undefined) {
    return { organizationId: input.organizationId, invitationId: input.invitationId, tokenHash: null }
  }
  const tokenHash = hashSecret(input.token ?? "")
  const received = await store.invitations.findByToken(tokenHash)
  if (received === null) return null
  return { organizationId: received.invitation.organizationId, invitationId: received.invitation.id, tokenHash }
}

const answerWants = (actor: Actor, { invitationId }: Found) => ({
  invitation: invitationId,
  offeredProjects: invitationId,
  memberOf: actor.type === "user" ? actor.id : undefined,
})

type Answering = Context<Reference, ReturnType<typeof answerWants>, Found>

/** The invitation that is being answered, if the token still opens it. */
function opened({ loaded, located }: Answering): Invitation | null {
  const { invitation } = loaded
  return located.tokenHash === null || located.tokenHash === invitation?.tokenHash ? invitation : null
}

/** Why the caller cannot answer this invitation now, or null. */
function answerRefusal({ actor, located, loaded, at }: Answering, invitation: Invitation): Refusal | null {
  if (actor.type !== "user") return refused("forbidden", {}).refusal
  const { status } = loaded.organization
  return (
    recipientRefusal(invitation, actor, located.tokenHash !== null, at) ??
    (status === "active" ? null : refused("organization_inactive", { status }).refusal)
  )
}

/** What the recipient has in the organization now, and in the projects that were offered. */
export type Joined = Readonly<{ membership: Membership | null; projectMemberships: readonly ProjectMembership[] }>

export const acceptInvitation = command({
  name: "invitations.accept",
  input: () => Reference as z.ZodType<Reference, InvitationReference>,
  actors: ["user"],
  facts: [
    ...(["member.joined", "project_member.joined", "invitation.accepted", "seats.threshold_reached"] as const),
    ...(["member.updated", "project_member.updated", "invitation.cancelled"] as const),
  ],
  locate,
  wants: (asked) => ({
    ...answerWants(asked.actor, asked.located),
    projectMembershipsOf: asked.actor.type === "user" ? { userId: asked.actor.id } : undefined,
    inviter: asked.located.invitationId,
    inviterProjects: asked.located.invitationId,
    inviterKey: asked.located.invitationId,
    isInviteeIn: asked.located.invitationId,
    pendingTo: asked.actor.type === "user" ? asked.actor.id : undefined,
    ...seatWants(asked),
  }),
  allow: "recipient",
  decide: (context) => {
    const { actor, loaded, settings, at } = context
    const invitation = opened(context)
    if (invitation === null || actor.type !== "user") return refused("not_found", {})
    const { memberOf: member = null, projectMembershipsOf: held = [] } = loaded
    const offered = held.filter((row) => invitation.projects.some(({ projectId }) => projectId === row.projectId))
    const now: Joined = { membership: member, projectMemberships: offered }
    const isIn = member !== null || offered.length > 0
    if (invitation.acceptedBy === actor.id && isIn) return ruling(decided<InvitationFact>(), () => now)
    const refusal = answerRefusal(context, invitation)
    if (refusal !== null) return { ok: false, refusal }
    const gains = {
      role: member === null ? invitation.role : null,
      projects: invitation.projects.filter(({ projectId }) => held.every((row) => row.projectId !== projectId)),
    }
    if (gains.role === null && gains.projects.length === 0) {
      return ruling(decided(acceptAs(invitation, actor.id)), () => now)
    }
    if (!inviterStillMay(invitation, gains, { ...context, ...loaded })) return refused("invitation_void", {})
    const unpaid = subscriptionRefusal(settings.billing, loaded.billed)
    if (unpaid !== null) return { ok: false, refusal: unpaid }
    // The seat that the invitation holds is the one taken: others' invitations stand in nobody's way. One to an address
    // that somebody has who is in holds none.
    const pendingCount = loaded.isInviteeIn ? loaded.pendingCount : 0
    const isSeated = member !== null || held.length > 0
    const seats = seatsOf(settings, { ...loaded, pendingCount }, isSeated)
    const rows = rowsOf(gains, invitation.organizationId, actor, context)
    // Who is in already has this address from here on, in all of it.
    const moved = follow(member, held, { email: actor.email }, { toNew: [], toOld: loaded.pendingTo ?? [], at })
    const known = { seats, projects: loaded.offeredProjects, moved }
    const accepted = ruling(acceptWith(invitation, actor.id, rows, known), (facts) => joinedBy(facts, now))
    return tellingSeats(accepted, context, Number(!isSeated) - Number(!loaded.isInviteeIn))
  },
})

/** The rows of somebody who comes in. */
function rowsOf(
  { role, projects }: Offered,
  organizationId: OrganizationId,
  by: User,
  { ids, at, settings }: Pick<Answering, "ids" | "at" | "settings">,
) {
  const person = { organizationId, userId: by.id, email: by.email, name: by.name, joinedAt: at, revision: 0 }
  const membership: Membership | null =
    role === null ? null : { ...person, id: ids.id("mem", at), role, metadata: settings.metadata.ofNewMember }
  const projectMemberships = projects.map(
    (offer): ProjectMembership => ({ ...person, id: ids.id("pmem", at), ...offer }),
  )
  return { membership, projectMemberships }
}

/** What somebody has after those facts who had `before`. */
function joinedBy(facts: readonly AcceptanceFact[], { membership, projectMemberships }: Joined): Joined {
  let member = membership
  const places = new Map(projectMemberships.map((row) => [row.id, row]))
  for (const fact of facts) {
    if (fact.action === "member.joined" || fact.action === "member.updated") member = fact.after
    const isPlace = fact.action === "project_member.joined" || fact.action === "project_member.updated"
    if (!isPlace || fact.after === null) continue
    if (fact.before === null || places.has(fact.after.id)) places.set(fact.after.id, fact.after)
  }
  return { membership: member, projectMemberships: [...places.values()] }
}

export const declineInvitation = command({
  name: "invitations.decline",
  input: () => Reference as z.ZodType<Reference, InvitationReference>,
  actors: ["user"],
  facts: ["invitation.declined"],
  locate,
  wants: ({ actor, located }) => answerWants(actor, located),
  allow: "recipient",
  decide: (context) => {
    const { loaded } = context
    const invitation = opened(context)
    if (invitation === null) return refused("not_found", {})
    const refusal = answerRefusal(context, invitation)
    if (refusal !== null) return { ok: false, refusal }
    const view = receivedView(invitation, loaded.organization.name, loaded.offeredProjects)
    return ruling(decided(decline(invitation)), () => view)
  },
})
