/**
 * What the recipient does with an invitation: accept or decline.
 *
 * @module
 */
import * as z from "zod"
import { subscriptionRefusal } from "../billing/terms.ts"
import type { Actor } from "../kernel/actor.ts"
import { decided, type Refusal, refused } from "../kernel/decision.ts"
import { type InvitationId, idSchema, type OrganizationId } from "../kernel/id.ts"
import { hashSecret, type SecretHash } from "../kernel/secret.ts"
import { join, joinedIn, type Membership } from "../membership/membership.ts"
import { command } from "../pipeline/command.ts"
import { type Context, ruling } from "../pipeline/operation.ts"
import { payerWants, seatsOf } from "../pipeline/seats.ts"
import type { Store } from "../store/store.ts"
import {
  acceptAs,
  decline,
  type Invitation,
  type InvitationFact,
  receivedView,
  recipientRefusal,
} from "./invitation.ts"
import { inviterStillMay } from "./inviter.ts"

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

export const acceptInvitation = command({
  name: "invitations.accept",
  input: () => Reference as z.ZodType<Reference, InvitationReference>,
  actors: ["user"],
  facts: ["member.joined", "invitation.accepted"],
  locate,
  wants: (asked) => ({
    ...answerWants(asked.actor, asked.located),
    inviter: asked.located.invitationId,
    inviterKey: asked.located.invitationId,
    memberCount: true,
    ...payerWants(asked),
  }),
  allow: "recipient",
  decide: (context) => {
    const { actor, loaded, settings, at, ids } = context
    const invitation = opened(context)
    if (invitation === null || actor.type !== "user") return refused("not_found", {})
    const member = loaded.memberOf ?? null
    if (invitation.acceptedBy === actor.id && member !== null) return ruling(decided<InvitationFact>(), () => member)
    const refusal = answerRefusal(context, invitation)
    if (refusal !== null) return { ok: false, refusal }
    if (member !== null) return ruling(decided(acceptAs(invitation, actor.id)), () => member)
    const known = { ...context, ...loaded }
    if (!inviterStillMay(invitation, known)) return refused("invitation_void", {})
    const unpaid = subscriptionRefusal(settings.billing, loaded.billed)
    if (unpaid !== null) return { ok: false, refusal: unpaid }
    const membership: Membership = {
      id: ids.id("mem", at),
      organizationId: invitation.organizationId,
      userId: actor.id,
      email: actor.email,
      name: actor.name,
      role: invitation.role,
      metadata: settings.metadata.ofNewMember,
      joinedAt: at,
      revision: 0,
    }
    // The seat that the invitation holds is the one taken: others' invitations stand in nobody's way.
    const seats = seatsOf(settings, { ...loaded, pendingCount: 0 })
    const decision = join(membership, "member.joined", { existing: null, pending: invitation, seats })
    return ruling(decision, (facts) => joinedIn(facts) ?? membership)
  },
})

export const declineInvitation = command({
  name: "invitations.decline",
  input: () => Reference as z.ZodType<Reference, InvitationReference>,
  actors: ["user"],
  facts: ["invitation.declined"],
  locate,
  wants: ({ actor, located }) => answerWants(actor, located),
  allow: "recipient",
  decide: (context) => {
    const invitation = opened(context)
    if (invitation === null) return refused("not_found", {})
    const refusal = answerRefusal(context, invitation)
    if (refusal !== null) return { ok: false, refusal }
    const view = receivedView(invitation, context.loaded.organization.name)
    return ruling(decided(decline(invitation)), () => view)
  },
})
