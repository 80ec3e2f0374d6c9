/**
 * Offers: whether one more invitation may go out, given everything that already stands. A batch is offers in a row,
 * each over the book that the one before left.
 *
 * @module
 */
import { type Decision, decided, type Refusal, refused } from "../kernel/decision.ts"
import type { Email } from "../kernel/email.ts"
import type { ErrorCode } from "../kernel/error.ts"
import type { InvitationId, OrganizationId, ProjectId } from "../kernel/id.ts"
import { hasSeat, type Seats } from "../membership/membership.ts"
import type { Access } from "../policy/policy.ts"
import { archivedRefusal, type Project } from "../project/project.ts"
import {
  type AssignmentCode,
  assignmentRefusal,
  holderRefusal,
  projectAssignmentRefusal,
  type Roles,
} from "../role/assignment.ts"
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

/** What is offered: a role in the organization, in projects, or both. */
export type Offered = Pick<Invitation, "role" | "projects">

/** To whom, as what. */
export type Offer = Offered & Pick<Invitation, "email" | "locale">

/** Where somebody acts: in the organization, and in those of its projects that they are in. */
export type Reach = Readonly<{
  /** Null for somebody who is in projects only. */
  access: Access | null
  /** Null for somebody who is neither in that project nor in the organization. */
  accessAt: (projectId: ProjectId) => Access | null
}>

/** Why `by` may not offer that, or null; `known` are the projects that there are. */
export function offerRefusal(
  { role, projects }: Offered,
  by: Reach,
  known: readonly Project[],
  roles: Roles,
): Refusal<OfferedCode> | null {
  if (role !== null) {
    const refusal = roleRefusal(by.access, (access) => assignmentRefusal(access, roles, "invite", role))
    if (refusal !== null) return refusal
  }
  for (const offer of projects) {
    const project = known.find(({ id }) => id === offer.projectId)
    const there = project === undefined ? null : by.accessAt(project.id)
    const refusal = roleRefusal(there, (access) => projectAssignmentRefusal(access, roles, "invite", offer.role))
    if (refusal !== null) return refusal
    const closed = project && archivedRefusal(project)
    if (closed) return closed.refusal
  }
  return null
}

type OfferedCode = AssignmentCode | "forbidden" | "not_found" | "project_archived"

/** Why nobody may be invited there, else what `assigned` says. */
function roleRefusal<Code extends ErrorCode>(
  access: Access | null,
  assigned: (access: Access) => Refusal<Code> | null,
): Refusal<Code | "forbidden" | "not_found"> | null {
  if (access === null) return refused("not_found", {}).refusal
  const permission = "members.invite"
  return access.can(permission) ? assigned(access) : refused("forbidden", { permission }).refusal
}

/** Why `by` may not take back or renew what somebody offered, or null: it takes what offering it takes. */
export function holdsRefusal(
  { role, projects }: Offered,
  by: Reach,
): Refusal<"role_not_manageable" | "forbidden" | "not_found"> | null {
  const places = [
    ...(role === null ? [] : [{ access: by.access, role }]),
    ...projects.map((offer) => ({ access: by.accessAt(offer.projectId), role: offer.role })),
  ]
  for (const { access, role: name } of places) {
    const refusal = roleRefusal(access, (there) => holderRefusal(there, "invite", name))
    if (refusal !== null) return refusal
  }
  return null
}

/** Whether everything that is offered can be had still. */
export const isStillThere = (
  { role, projects }: Offered,
  known: readonly Project[],
  { permissionsOf }: Pick<Access, "permissionsOf">,
): boolean =>
  [role, ...projects.map((offer) => offer.role)].every((name) => name === null || permissionsOf(name) !== null) &&
  projects.every(({ projectId }) => known.some(({ id, status }) => id === projectId && status === "active"))

/** What stands when an offer is made. */
export type Book = Readonly<{
  organizationId: OrganizationId
  /** Addresses that already belong to members. */
  members: ReadonlySet<Email>
  /** Addresses that already belong to members of projects, each with those. */
  inProjects: ReadonlyMap<Email, readonly ProjectId[]>
  /** The projects that are offered, those that there are. */
  projects: readonly Project[]
  /** The pending invitation of each address, expired ones included. */
  pending: ReadonlyMap<Email, Invitation>
  seats: Seats
  /** How many live invitations there are, and may be. */
  open: number
  maxOpen: number
  whenPending: "refuse" | "replace"
}>

export type OfferCode =
  | OfferedCode
  | "already_member"
  | "invitation_pending"
  | "rate_limited"
  | "seat_limit_reached"
  | "limit_reached"

/**
 * Makes the offer: a new invitation, or the expired one to the same address revived. An expired one that the sender could
 * not take back is none of theirs to change: it is cancelled, and theirs is new.
 */
export function offer(
  { email, role, projects, locale }: Offer,
  book: Book,
  by: Reach,
  roles: Roles,
  id: InvitationId,
  letter: Letter,
): Decision<InvitationFact, OfferCode> {
  const refusal = offerRefusal({ role, projects }, by, book.projects, roles)
  if (refusal !== null) return { ok: false, refusal }
  const isInProject = projects.some(({ projectId }) => book.inProjects.get(email)?.includes(projectId))
  if ((role !== null && book.members.has(email)) || isInProject) return refused("already_member", {})
  const earlier = book.pending.get(email)
  const unheld = earlier === undefined ? null : holdsRefusal(earlier, by)
  const fresh = { id, organizationId: book.organizationId, email, role, projects, locale }
  if (earlier !== undefined && isLive(earlier, letter.at)) {
    if (book.whenPending === "refuse") {
      return refused("invitation_pending", unheld === null ? { invitationId: earlier.id } : {})
    }
    const kept = unheld ?? pauseRefusal(earlier, letter.at)
    return kept === null ? decided(cancel(earlier), send(fresh, letter)) : { ok: false, refusal: kept }
  }
  const full = roomRefusal(book, isSeated(book)(email))
  if (full !== null) return full
  if (earlier === undefined) return decided(send(fresh, letter))
  if (unheld !== null) return decided(cancel(earlier), send(fresh, letter))
  return decided(revive(earlier, { role, projects, locale }, letter))
}

/** Who has a seat without an invitation. */
export const isSeated =
  ({ members, inProjects }: Pick<Book, "members" | "inProjects">) =>
  (email: Email): boolean =>
    members.has(email) || inProjects.has(email)

/** Why no further live invitation fits, or null; one to somebody who has a seat takes none. */
export function roomRefusal({ seats, open, maxOpen }: Pick<Book, "seats" | "open" | "maxOpen">, seated: boolean) {
  if (!seated && !hasSeat(seats)) return refused("seat_limit_reached", { seats: seats.cap ?? 0 })
  return open < maxOpen ? null : refused("limit_reached", { limit: "pendingInvitations", max: maxOpen })
}

/** The book after those facts. */
export function enter(book: Book, facts: readonly InvitationFact[], at: Date): Book {
  const pending = new Map(book.pending)
  const seated = isSeated(book)
  let added = 0
  for (const { before, after } of facts) {
    if (after === null) continue
    if (!seated(after.email)) added += Number(isLive(after, at)) - Number(before !== null && isLive(before, at))
    if (after.status === "pending") pending.set(after.email, after)
  }
  return { ...book, pending, open: book.open + added, seats: { ...book.seats, taken: book.seats.taken + added } }
}
