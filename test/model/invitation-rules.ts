/**
 * How invitations go out, are found and are judged, by the model.
 *
 * @module
 */
import type { Actor, User } from "../../src/index.ts"
import { among, type Core, canonical, isAddress, senderOf } from "./core.ts"
import type { Memberships } from "./membership-operations.ts"
import {
  codeOr,
  type Invitation,
  type Inviter,
  type Letter,
  type Organization,
  type Project,
  type ProjectOffer,
  refuse,
} from "./rows.ts"
import { personBehind } from "./standing.ts"

export type Reference = Readonly<{ token: string }> | Readonly<{ organizationId: string; invitationId: string }>
export type Offer = Readonly<{ email: string; role?: string; projects?: readonly ProjectOffer[] }>

export const deliveryOf = ({ letter: { state } }: Invitation) =>
  state === "queued" || state === "sent" ? state : "failed"

export type Invitations = ReturnType<typeof invitationsIn>

/** How invitations go out and are found. */
export function invitationsIn(core: Core, { pendingTo }: Memberships) {
  const { terms, now, letters, there, record, expiresAt, isLive, isUsable, open, taken, mustSeat } = core
  const { isIn, isSeated, mustBeAllowed } = core
  const { permissionsOf, mustManage, mustAssign } = core.standing
  const mustHaveRoom = (org: Organization, address: string): void => {
    if (!isSeated(org, address)) mustSeat(org, taken(org))
    if (open(org) >= terms.maxPending) refuse("limit_reached")
  }

  // Inviting.

  const mustPause = ({ sentAt }: Invitation): void => void (now() < sentAt + 60_000 && refuse("rate_limited"))
  function inviterOf(org: Organization, by: Actor): Inviter | null {
    if (by.type === "user") return { id: by.id, keyId: null, name: by.name, email: by.email }
    if (by.type !== "apiKey") return null
    if (by.holder.type === "organization") return { id: null, keyId: by.id, name: null, email: null }
    const { userId } = by.holder
    const { name = null, email = null } = org.members.get(userId) ?? {}
    return { id: userId, keyId: null, name, email }
  }
  function post(org: Organization, by: Actor, invitation: Invitation): void {
    const letter: Letter = { organization: org, invitation, state: "queued", attempts: 0, waitsUntil: 0, token: null }
    letters.push(letter)
    const inviter = inviterOf(org, by)
    Object.assign(invitation, { status: "pending", sentAt: now(), inviter, letter })
  }
  /** Whether they act there: nobody who is in projects only acts in the organization. */
  const mustBeThere = (org: Organization, by: Actor, project?: Project): void => {
    const isThere = isIn(org, by) || project?.places.has(personBehind(by) ?? "") === true
    if (!isThere) refuse("not_found")
    mustBeAllowed(org, by, "members.invite", project)
  }
  const projectIn = (org: Organization, projectId: string): Project =>
    org.projects.find(({ id }) => id === projectId) ?? refuse("not_found")
  function mustOffer(org: Organization, by: Actor, role: string | null, projects: readonly ProjectOffer[]): void {
    if (role !== null) {
      mustBeThere(org, by)
      mustAssign(org, by, "invite", role)
    }
    for (const offered of projects) {
      const project = projectIn(org, offered.projectId)
      mustBeThere(org, by, project)
      mustAssign(org, by, "invite", offered.role, project)
      if (project.isArchived) refuse("project_archived")
    }
  }
  /** Taking back or renewing an offer takes what offering it takes; a role that is gone binds nobody. */
  function mustManageAll(
    org: Organization,
    by: Actor,
    { role, projects }: Pick<Invitation, "role" | "projects">,
  ): void {
    if (role !== null) {
      mustBeThere(org, by)
      if (permissionsOf(org, role) !== null) mustManage(org, by, "invite", role)
    }
    for (const offered of projects) {
      const project = projectIn(org, offered.projectId)
      mustBeThere(org, by, project)
      if (permissionsOf(org, offered.role) !== null) mustManage(org, by, "invite", offered.role, project)
    }
  }
  /** Makes the offer and answers the invitation; it gets its id later. */
  function offer(
    org: Organization,
    by: Actor,
    { email: written, role = null as never, projects = [] }: Offer,
  ): Invitation {
    const email = canonical(written)
    if (!isAddress(written) || (role === null && projects.length === 0)) refuse("invalid_input")
    mustOffer(org, by, role, projects)
    const has = (rows: ReadonlyMap<string, { email: string }>) => [...rows.values()].some((row) => row.email === email)
    if (role !== null && has(org.members)) refuse("already_member")
    if (projects.some(({ projectId }) => has(projectIn(org, projectId).places))) refuse("already_member")
    const earlier = pendingTo(org, email)
    const replaced = earlier !== undefined && isLive(earlier)
    if (replaced) {
      if (terms.whenPending === "refuse") refuse("invitation_pending")
      mustManageAll(org, by, earlier)
      mustPause(earlier)
      earlier.status = "cancelled"
    } else mustHaveRoom(org, email)
    const isTheirs = earlier !== undefined && codeOr(() => mustManageAll(org, by, earlier)) === undefined
    const revived = replaced || !isTheirs ? undefined : earlier
    if (earlier !== undefined && revived === undefined) earlier.status = "cancelled"
    const invitation = revived ?? ({ id: "", revision: 0, email, acceptedBy: null } as unknown as Invitation)
    if (revived === undefined) org.invitations.push(invitation)
    Object.assign(invitation, { role, projects })
    post(org, by, invitation)
    const ended = earlier === undefined || earlier === revived ? [] : [earlier]
    record(org, by, [...ended.map(() => "invitation.cancelled"), "invitation.sent"], ...ended, invitation)
    return invitation
  }
  const statusOf = (invitation: Invitation) =>
    invitation.status === "pending" && !isLive(invitation) ? "expired" : invitation.status
  const shown = (invitation: Invitation) => ({
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    projects: invitation.projects,
    status: statusOf(invitation),
    acceptedBy: invitation.acceptedBy,
    expiresAt: new Date(expiresAt(invitation)),
    revision: invitation.revision,
    delivery: { state: deliveryOf(invitation) },
  })

  // Answering.

  const isOpen = ({ status }: Organization): boolean => status === "active" || status === "suspended"
  const opened = (token: string): Letter => {
    const letter = letters.find((one) => one.token === token) ?? refuse("not_found")
    return letter.invitation.letter === letter && isOpen(letter.organization) ? letter : refuse("not_found")
  }
  function locate(reference: Reference) {
    if ("token" in reference) return { ...opened(reference.token), hasToken: true }
    const organization = there(reference.organizationId)
    return { organization, invitation: among(organization.invitations, reference.invitationId), hasToken: false }
  }
  function mustBeRecipient(by: User, invitation: Invitation, hasToken: boolean): void {
    const matches = by.email === invitation.email
    if (!matches || !by.emailVerified) {
      if (!hasToken || !isLive(invitation)) refuse("not_found")
      refuse(matches ? "email_unverified" : "invitation_email_mismatch")
    }
    if (invitation.status !== "pending") refuse("invitation_closed")
    if (!isLive(invitation)) refuse("invitation_expired")
  }
  function inviterStillMay(
    org: Organization,
    invitation: Invitation,
    gains: Pick<Invitation, "role" | "projects">,
  ): boolean {
    const by = senderOf(org, invitation) ?? ({ type: "system", name: "invitation" } as Actor)
    if (by.type === "apiKey" && !org.keys.some((key) => key.id === by.id && isUsable(key))) return false
    return codeOr(() => mustOffer(org, by, gains.role, gains.projects)) === undefined
  }
  const received = (org: Organization, { id, email, role, projects, inviter }: Invitation) => ({
    ...{ id, email, role, organizationId: org.id, organizationName: org.name },
    projects: projects.map((offered) => ({ ...offered, name: projectIn(org, offered.projectId).name })),
    inviter: inviter?.name ?? inviter?.email ?? null,
  })

  return {
    statusOf,
    mustManageAll,
    mustHaveRoom,
    mustPause,
    post,
    offer,
    shown,
    opened,
    locate,
    mustBeRecipient,
    inviterStillMay,
    received,
  }
}
