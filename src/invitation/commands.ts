/**
 * What the organization does with invitations: send, send many, resend, cancel.
 *
 * @module
 */
import * as z from "zod"
import { subscriptionRefusal } from "../billing/terms.ts"
import type { Actor } from "../kernel/actor.ts"
import { refused } from "../kernel/decision.ts"
import { canonicalEmail } from "../kernel/email.ts"
import { type AnyTenantryError, type ErrorCode, TenantryError } from "../kernel/error.ts"
import { type Ids, idSchema } from "../kernel/id.ts"
import { inputIssues } from "../kernel/input.ts"
import { hashSecret } from "../kernel/secret.ts"
import type { Membership } from "../membership/membership.ts"
import { command } from "../pipeline/command.ts"
import { type Gate, type Post, ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { seatsInvited, seatsOf, seatWants, tellingSeats } from "../pipeline/seats.ts"
import type { Settings } from "../pipeline/settings.ts"
import {
  cancelPending,
  deliveryFailed,
  type Invitation,
  type InvitationFact,
  type InvitationView,
  invitationView,
  isLive,
  type Letter,
  resend,
} from "./invitation.ts"
import { inviterOf } from "./inviter.ts"
import { enter, holdsRefusal, isSeated, isStillThere, offer, roomRefusal } from "./offer.ts"
import { bookOf, bookWants, projectsIn, reachOf } from "./offer-commands.ts"
import { Item, isSomething, NOTHING, offered, offerSchema, wanted } from "./offer-input.ts"

const QUEUED = { state: "queued", reason: null } as const

/** A letter with a token of its own, and the post that carries the token. */
function newLetter(by: Readonly<{ actor: Actor; caller: Membership | null; ids: Ids; at: Date; settings: Settings }>) {
  const token = by.ids.token()
  const letter: Letter = {
    tokenHash: hashSecret(token),
    messageId: by.ids.id("msg", by.at),
    invitedBy: inviterOf(by.actor, by.caller),
    at: by.at,
    ttlHours: by.settings.invitations.expireAfterHours,
  }
  const post = ({ id }: Invitation): Post => ({ messageId: letter.messageId, invitationId: id, token })
  return { letter, post }
}

export const sendInvitation = command({
  name: "invitations.send",
  input: (limits) => inOrganization(offered(limits)).refine(isSomething, NOTHING),
  actors: ["user", "system", "apiKey"],
  inAnyProject: true,
  facts: ["invitation.sent", "invitation.cancelled", "seats.threshold_reached"],
  wants: (asked) => bookWants([asked.input.email], projectsIn([asked.input]), asked),
  // What is offered in projects is asked there.
  allow: ({ input, isInOrganization }) => (isInOrganization && input.role !== undefined ? "members.invite" : "inside"),
  decide: (context) => {
    const { input, ids, at, settings, loaded } = context
    const unpaid = subscriptionRefusal(settings.billing, loaded.billed)
    if (unpaid !== null) return { ok: false, refusal: unpaid }
    const { letter, post } = newLetter(context)
    const book = bookOf(context)
    const decision = offer(wanted(input), book, reachOf(context), context, ids.id("inv", at), letter)
    const ruled = ruling(
      decision,
      (facts) => invitationView(sentIn(facts), QUEUED, at),
      decision.ok ? [post(sentIn(decision.facts))] : [],
    )
    return tellingSeats(ruled, context, seatsInvited(ruled, isSeated(book), at))
  },
})

/** The invitation that an offer's facts end with. */
function sentIn(facts: readonly InvitationFact[]): Invitation {
  const sent = facts.at(-1)?.after
  if (sent == null) throw new Error("an offer ends with the invitation sent")
  return sent
}

/** What was offered in projects is asked there. */
const mayInvite = ({ loaded, isInOrganization }: MayInvite): Gate =>
  isInOrganization && loaded.invitation?.role !== null ? "members.invite" : "inside"

type MayInvite = Readonly<{ loaded: Readonly<{ invitation: Invitation | null }>; isInOrganization: boolean }>

/** What became of one address of a batch. */
export type SendResult =
  | Readonly<{ ok: true; email: string; invitation: InvitationView }>
  | Readonly<{ ok: false; email: string; error: AnyTenantryError }>

export const sendInvitations = command({
  name: "invitations.sendMany",
  input: ({ bulk }) =>
    inOrganization({
      invitations: z.array(Item).min(1).max(bulk),
    }),
  actors: ["user", "system", "apiKey"],
  inAnyProject: true,
  facts: ["invitation.sent", "invitation.cancelled", "seats.threshold_reached"],
  wants: (asked) =>
    bookWants(
      asked.input.invitations.flatMap(({ email }) => canonicalEmail(email) ?? []),
      projectsIn(asked.input.invitations),
      asked,
    ),
  allow: ({ input, isInOrganization }) =>
    isInOrganization && input.invitations.some(({ role }) => role !== undefined) ? "members.invite" : "inside",
  decide: (context) => {
    const { input, ids, at, settings, loaded } = context
    const Offer = offerSchema(settings.limits)
    const unpaid = subscriptionRefusal(settings.billing, loaded.billed)
    if (unpaid !== null) return { ok: false, refusal: unpaid }
    const facts: InvitationFact[] = []
    const posts: Post[] = []
    const results: ((committed: readonly InvitationFact[]) => SendResult)[] = []
    let book = bookOf(context)
    for (const item of input.invitations) {
      const read = Offer.safeParse(item)
      const { letter, post } = newLetter(context)
      const decision = read.success
        ? offer(wanted(read.data), book, reachOf(context), context, ids.id("inv", at), letter)
        : refused("invalid_input", { issues: inputIssues(read.error) })
      if (decision.ok) {
        const { id } = sentIn(decision.facts)
        facts.push(...decision.facts)
        posts.push(post(sentIn(decision.facts)))
        book = enter(book, decision.facts, at)
        results.push((committed) => {
          const sent = sentIn(committed.filter(({ after }) => after?.id === id))
          return { ok: true, email: sent.email, invitation: invitationView(sent, QUEUED, at) }
        })
      } else {
        const { code, details } = decision.refusal
        const error = new TenantryError<ErrorCode>(code, details) as AnyTenantryError
        results.push(() => ({ ok: false, email: canonicalEmail(item.email) ?? item.email, error }))
      }
    }
    const ruled = ruling({ ok: true, facts }, (committed) => results.map((result) => result(committed)), posts)
    return tellingSeats(ruled, context, seatsInvited(ruled, isSeated(book), at))
  },
})

export const resendInvitation = command({
  name: "invitations.resend",
  input: () => inOrganization({ invitationId: idSchema("inv") }),
  actors: ["user", "system", "apiKey"],
  inAnyProject: true,
  facts: ["invitation.resent", "seats.threshold_reached"],
  wants: (asked) => ({
    invitation: asked.input.invitationId,
    offeredProjects: asked.input.invitationId,
    isInviteeIn: asked.input.invitationId,
    ...seatWants(asked),
    pendingCount: asked.at,
  }),
  allow: (context) => mayInvite(context),
  decide: (context) => {
    const { access, loaded, settings, at } = context
    const { invitation } = loaded
    if (invitation === null) return refused("not_found", {})
    const refusal = holdsRefusal(invitation, reachOf(context))
    if (refusal !== null) return { ok: false, refusal }
    const { letter, post } = newLetter(context)
    const decision = resend(invitation, letter)
    if (decision.ok && !isStillThere(invitation, loaded.offeredProjects, access)) return refused("invitation_void", {})
    if (decision.ok && !isLive(invitation, at)) {
      const unpaid = subscriptionRefusal(settings.billing, loaded.billed)
      if (unpaid !== null) return { ok: false, refusal: unpaid }
      const [open, maxOpen] = [loaded.pendingCount, settings.limits.pendingInvitations]
      const full = roomRefusal({ seats: seatsOf(settings, loaded), open, maxOpen }, loaded.isInviteeIn)
      if (full !== null) return full
    }
    const view = (facts: readonly InvitationFact[]) => invitationView(facts[0]?.after ?? invitation, QUEUED, at)
    const ruled = ruling(decision, view, [post(invitation)])
    return tellingSeats(
      ruled,
      context,
      seatsInvited(ruled, () => loaded.isInviteeIn, at),
    )
  },
})

export const cancelInvitation = command({
  name: "invitations.cancel",
  input: () => inOrganization({ invitationId: idSchema("inv") }),
  actors: ["user", "system", "apiKey"],
  inAnyProject: true,
  facts: ["invitation.cancelled"],
  wants: ({ input }) => ({ invitation: input.invitationId, delivery: input.invitationId }),
  allow: (context) => mayInvite(context),
  decide: (context) => {
    const { loaded, at } = context
    const { invitation } = loaded
    if (invitation === null) return refused("not_found", {})
    const refusal = holdsRefusal(invitation, reachOf(context))
    if (refusal !== null) return { ok: false, refusal }
    return ruling(cancelPending(invitation), (facts) =>
      invitationView(facts[0]?.after ?? invitation, loaded.delivery ?? QUEUED, at),
    )
  },
})

/** What the outbox records when it gives up; no part of the facade. */
export const recordFailedDelivery = command({
  name: "invitations.recordFailedDelivery",
  input: () => inOrganization({ invitationId: idSchema("inv"), messageId: idSchema("msg") }),
  actors: ["system"],
  allow: "inside",
  facts: ["invitation.delivery_failed"],
  wants: ({ input }) => ({ invitation: input.invitationId }),
  decide: ({ input, loaded: { invitation } }) =>
    invitation === null ? refused("not_found", {}) : ruling(deliveryFailed(invitation, input.messageId), () => null),
})
