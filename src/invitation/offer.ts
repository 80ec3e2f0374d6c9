/**
 * Offers: whether one more invitation may go out, given everything that already stands. A batch is offers in a row,
 * each over the book that the one before left.
 *
 * @module
 */
import { type Decision, decided, refused } from "../kernel/decision.ts"
import type { Email } from "../kernel/email.ts"
import type { InvitationId, OrganizationId } from "../kernel/id.ts"
import { hasSeat, type Seats } from "../membership/membership.ts"
import type { Access } from "../policy/policy.ts"
import { type AssignmentCode, assignmentRefusal, holderRefusal, type Roles } from "../role/assignment.ts"
import type { RoleName } from "../role/role-name.ts"
import {
  cancel,
  type Invitation,
  type InvitationFact,
  isLive,
  type Letter,
  pauseRefusal,
  revive,
  send,
} from "./invitation.ts"

/** To whom, as what. */
export type Offer = Readonly<{ email: Email; role: RoleName; locale: string | null }>

/** What stands when an offer is made. */
export type Book = Readonly<{
  organizationId: OrganizationId
  /** Addresses that already belong to members. */
  members: ReadonlySet<Email>
  /** The pending invitation of each address, expired ones included. */
  pending: ReadonlyMap<Email, Invitation>
  seats: Seats
  /** How many live invitations there are, and may be. */
  open: number
  maxOpen: number
  whenPending: "refuse" | "replace"
}>

export type OfferCode =
  | AssignmentCode
  | "already_member"
  | "invitation_pending"
  | "rate_limited"
  | "seat_limit_reached"
  | "limit_reached"

/** Makes the offer: a new invitation, or the expired one to the same address revived. */
export function offer(
  { email, role, locale }: Offer,
  book: Book,
  by: Access,
  roles: Roles,
  id: InvitationId,
  letter: Letter,
): Decision<InvitationFact, OfferCode> {
  const refusal = assignmentRefusal(by, roles, "invite", role)
  if (refusal !== null) return { ok: false, refusal }
  if (book.members.has(email)) return refused("already_member", {})
  const earlier = book.pending.get(email)
  const fresh = { id, organizationId: book.organizationId, email, role, locale }
  if (earlier !== undefined && isLive(earlier, letter.at)) {
    if (book.whenPending === "refuse") return refused("invitation_pending", { invitationId: earlier.id })
    const held = holderRefusal(by, "invite", earlier.role) ?? pauseRefusal(earlier, letter.at)
    return held === null ? decided(cancel(earlier), send(fresh, letter)) : { ok: false, refusal: held }
  }
  const full = roomRefusal(book)
  if (full !== null) return full
  return decided(earlier === undefined ? send(fresh, letter) : revive(earlier, { role, locale }, letter))
}

/** Why no further live invitation fits, or null. */
export function roomRefusal({ seats, open, maxOpen }: Pick<Book, "seats" | "open" | "maxOpen">) {
  if (!hasSeat(seats)) return refused("seat_limit_reached", { seats: seats.cap ?? 0 })
  return open < maxOpen ? null : refused("limit_reached", { limit: "pendingInvitations", max: maxOpen })
}

/** The book after those facts. */
export function enter(book: Book, facts: readonly InvitationFact[], at: Date): Book {
  const pending = new Map(book.pending)
  let added = 0
  for (const { before, after } of facts) {
    if (after === null) continue
    added += Number(isLive(after, at)) - Number(before !== null && isLive(before, at))
    if (after.status === "pending") pending.set(after.email, after)
  }
  return { ...book, pending, open: book.open + added, seats: { ...book.seats, taken: book.seats.taken + added } }
}
