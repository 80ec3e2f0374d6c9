/**
 * What the organization does with invitations: send, send many, resend, cancel.
 *
 * @module
 */
import * as z from "zod"
import { subscriptionRefusal } from "../billing/terms.ts"
import type { Actor } from "../kernel/actor.ts"
import { refused } from "../kernel/decision.ts"
import { canonicalEmail, Email } from "../kernel/email.ts"
import { type AnyTenantryError, type ErrorCode, TenantryError } from "../kernel/error.ts"
import { type Ids, idSchema } from "../kernel/id.ts"
import { inputIssues } from "../kernel/input.ts"
import { hashSecret } from "../kernel/secret.ts"
import type { Membership } from "../membership/membership.ts"
import { command } from "../pipeline/command.ts"
import { type Context, type Post, ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { seatsOf, seatWants, tellingSeats } from "../pipeline/seats.ts"
import type { Settings } from "../pipeline/settings.ts"
import type { PolicyEngine } from "../policy/policy.ts"
import { holderRefusal } from "../role/assignment.ts"
import { looseName, RoleName } from "../role/role-name.ts"
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
import { type Book, enter, offer, roomRefusal } from "./offer.ts"

const Locale = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, "expected a BCP 47 language tag")

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

/** What an offer's book is made of. */
const bookWants = (
  emails: readonly Email[],
  asked: Readonly<{ settings: Settings; policy: PolicyEngine; at: Date }>,
) => ({ membersByEmail: emails, pendingByEmail: emails, ...seatWants(asked) })

type BookContext = Context<Readonly<{ organizationId: Invitation["organizationId"] }>, ReturnType<typeof bookWants>>

function bookOf({ input, loaded, settings }: BookContext): Book {
  return {
    organizationId: input.organizationId,
    members: new Set(loaded.membersByEmail.map(({ email }) => email)),
    pending: new Map(loaded.pendingByEmail.map((invitation) => [invitation.email, invitation])),
    seats: seatsOf(settings, loaded),
    open: loaded.pendingCount,
    maxOpen: settings.limits.pendingInvitations,
    whenPending: settings.invitations.whenPending,
  }
}

export const sendInvitation = command({
  name: "invitations.send",
  input: () => inOrganization({ email: Email, role: RoleName, locale: Locale.optional() }),
  actors: ["user", "system", "apiKey"],
  allow: "members.invite",
  facts: ["invitation.sent", "invitation.cancelled", "seats.threshold_reached"],
  wants: (asked) => bookWants([asked.input.email], asked),
  decide: (context) => {
    const { input, access, ids, at, settings, loaded } = context
    const unpaid = subscriptionRefusal(settings.billing, loaded.billed)
    if (unpaid !== null) return { ok: false, refusal: unpaid }
    const { letter, post } = newLetter(context)
    const wanted = { email: input.email, role: input.role, locale: input.locale ?? null }
    const decision = offer(wanted, bookOf(context), access, context, ids.id("inv", at), letter)
    const ruled = ruling(
      decision,
      (facts) => invitationView(sentIn(facts), QUEUED, at),
      decision.ok ? [post(sentIn(decision.facts))] : [],
    )
    return tellingSeats(ruled, context)
  },
})

/** The invitation that an offer's facts end with. */
function sentIn(facts: readonly InvitationFact[]): Invitation {
  const sent = facts.at(-1)?.after
  if (sent == null) throw new Error("an offer ends with the invitation sent")
  return sent
}

/** What became of one address of a batch. */
export type SendResult =
  | Readonly<{ ok: true; email: string; invitation: InvitationView }>
  | Readonly<{ ok: false; email: string; error: AnyTenantryError }>

const Offer = z.strictObject({ email: Email, role: RoleName, locale: Locale.optional() })

/** One address of a batch as it comes in: read loosely, so that a bad one has a result of its own. */
const Item = z.strictObject({
  email: z.string().max(2000),
  role: looseName<RoleName>(2000),
  locale: z.string().max(2000).optional(),
})

export const sendInvitations = command({
  name: "invitations.sendMany",
  input: ({ bulk }) =>
    inOrganization({
      invitations: z.array(Item).min(1).max(bulk),
    }),
  actors: ["user", "system", "apiKey"],
  allow: "members.invite",
  facts: ["invitation.sent", "invitation.cancelled", "seats.threshold_reached"],
  wants: (asked) =>
    bookWants(
      asked.input.invitations.flatMap(({ email }) => canonicalEmail(email) ?? []),
      asked,
    ),
  decide: (context) => {
    const { input, access, ids, at, settings, loaded } = context
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
        ? offer({ ...read.data, locale: read.data.locale ?? null }, book, access, context, ids.id("inv", at), letter)
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
    return tellingSeats(ruled, context)
  },
})

export const resendInvitation = command({
  name: "invitations.resend",
  input: () => inOrganization({ invitationId: idSchema("inv") }),
  actors: ["user", "system", "apiKey"],
  allow: "members.invite",
  facts: ["invitation.resent", "seats.threshold_reached"],
  wants: (asked) => ({ invitation: asked.input.invitationId, ...seatWants(asked) }),
  decide: (context) => {
    const { access, loaded, settings, at } = context
    const { invitation } = loaded
    if (invitation === null) return refused("not_found", {})
    const refusal = holderRefusal(access, "invite", invitation.role)
    if (refusal !== null) return { ok: false, refusal }
    const { letter, post } = newLetter(context)
    const decision = resend(invitation, letter)
    if (decision.ok && access.permissionsOf(invitation.role) === null) return refused("invitation_void", {})
    if (decision.ok && !isLive(invitation, at)) {
      const unpaid = subscriptionRefusal(settings.billing, loaded.billed)
      if (unpaid !== null) return { ok: false, refusal: unpaid }
      const [open, maxOpen] = [loaded.pendingCount, settings.limits.pendingInvitations]
      const full = roomRefusal({ seats: seatsOf(settings, loaded), open, maxOpen })
      if (full !== null) return full
    }
    const view = (facts: readonly InvitationFact[]) => invitationView(facts[0]?.after ?? invitation, QUEUED, at)
    return tellingSeats(ruling(decision, view, [post(invitation)]), context)
  },
})

export const cancelInvitation = command({
  name: "invitations.cancel",
  input: () => inOrganization({ invitationId: idSchema("inv") }),
  actors: ["user", "system", "apiKey"],
  allow: "members.invite",
  facts: ["invitation.cancelled"],
  wants: ({ input }) => ({ invitation: input.invitationId, delivery: input.invitationId }),
  decide: ({ access, loaded, at }) => {
    const { invitation } = loaded
    if (invitation === null) return refused("not_found", {})
    const refusal = holderRefusal(access, "invite", invitation.role)
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
