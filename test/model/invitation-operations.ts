/**
 * Invitations, by the model.
 *
 * @module
 */
import { expect } from "vitest"
import type { Actor, Joined, User } from "../../src/index.ts"
import {
  among,
  type By,
  byId,
  type Check,
  type Core,
  canonical,
  type In,
  idOf,
  isAddress,
  same,
  senderOf,
} from "./core.ts"
import type { Memberships } from "./membership-operations.ts"
import type { Projects } from "./project-operations.ts"
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
type Offer = Readonly<{ email: string; role?: string; projects?: readonly ProjectOffer[] }>

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
    const revived = replaced ? undefined : earlier
    const invitation = revived ?? ({ id: "", revision: 0, email, acceptedBy: null } as unknown as Invitation)
    if (revived === undefined) org.invitations.push(invitation)
    Object.assign(invitation, { role, projects })
    post(org, by, invitation)
    const rows = replaced ? [earlier, invitation] : [invitation]
    record(org, by, [...(replaced ? ["invitation.cancelled"] : []), "invitation.sent"], ...rows)
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

export function invitationOperations(core: Core, { join }: Memberships, { place }: Projects, invitations: Invitations) {
  const { organizations, known, anybody, enter, record, expiresAt, isLive, mustSeat, mustSubscribe, seating } = core
  const { mustBeActive, enterAnywhere, isIn, isPlaced, isSeated, mustBeAllowed, people, open } = core
  const { permissionsOf } = core.standing
  const {
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
  } = invitations

  const isClosed = (org: Organization, { projectId }: ProjectOffer): boolean =>
    org.projects.some(({ id, isArchived }) => id === projectId && isArchived)
  /** The invitation, for whoever could have sent it. */
  function invited(by: By, input: In & { invitationId: string }) {
    const { actor, org } = enterAnywhere(by, input)
    const found = org.invitations.find(({ id }) => id === input.invitationId)
    if (isIn(org, actor) && found?.role !== null) mustBeAllowed(org, actor, "members.invite")
    const invitation = found ?? refuse("not_found")
    mustManageAll(org, actor, invitation)
    return { actor, org, invitation }
  }

  return {
    "invitations.send"(by: By, input: In & Offer): Check {
      anybody(by)
      if (!isAddress(input.email)) refuse("invalid_input")
      if (input.role === undefined && (input.projects ?? []).length === 0) refuse("invalid_input")
      const { actor, org } = enterAnywhere(by, input)
      if (input.role !== undefined && isIn(org, actor)) mustBeAllowed(org, actor, "members.invite")
      mustBeActive(org)
      mustSubscribe(org)
      const invitation = seating(org, actor, () => offer(org, actor, input))
      return (answer) => {
        invitation.id ||= idOf(answer)
        expect(answer).toMatchObject({ ...shown(invitation), organizationId: org.id })
      }
    },
    "invitations.sendMany"(by: By, input: In & { invitations: readonly Offer[] }): Check {
      const { actor, org } = enterAnywhere(by, input)
      const isMixed = input.invitations.some(({ role }) => role !== undefined)
      if (isIn(org, actor) && isMixed) mustBeAllowed(org, actor, "members.invite")
      mustBeActive(org)
      mustSubscribe(org)
      const offers = () => input.invitations.map((item) => codeOr(() => offer(org, actor, item)))
      const results = seating(org, actor, offers)
      const sent = results.filter((result) => typeof result !== "string")
      return (answer) => {
        const answers = answer as readonly { ok: boolean; invitation?: unknown; error?: { code: string } }[]
        const learned = (at: number) => answers[at]?.invitation
        for (const [at, result] of results.entries()) if (typeof result !== "string") result.id ||= idOf(learned(at))
        expect(sent.every(({ id }) => id !== "")).toBe(true)
        const codes = results.map((result) => (typeof result === "string" ? result : result.id))
        expect(answers.map((one) => (one.ok ? idOf(one.invitation) : one.error?.code))).toEqual(codes)
        for (const [at, result] of results.entries()) {
          if (typeof result === "string") continue
          // The answers say what each row came to, whatever a later item of the batch did to it.
          const { delivery: _, ...row } = shown(result)
          expect(learned(at)).toMatchObject(row)
        }
      }
    },
    "invitations.list"(by: By, input: In & { status?: string }): Check {
      const { org } = enter(by, input, "members.read")
      const matches = byId(org.invitations).filter((one) => (input.status ?? statusOf(one)) === statusOf(one))
      return (answer) => expect(answer).toMatchObject(matches.map(shown))
    },
    "invitations.find"(by: By, input: In & { invitationId: string }): Check {
      const { org } = enter(by, input, "members.read")
      const invitation = org.invitations.find(({ id }) => id === input.invitationId)
      return same(invitation === undefined ? null : shown(invitation))
    },
    "invitations.listMine"(by: By): Check {
      const actor = known(by, "user") as User
      if (!actor.emailVerified) refuse("email_unverified")
      const mine = [...organizations.values()].flatMap((org) =>
        org.status !== "active"
          ? []
          : org.invitations.filter((one) => isLive(one) && one.email === actor.email).map((one) => received(org, one)),
      )
      return (answer) => expect(answer).toMatchObject(byId(mine))
    },
    "invitations.preview"(_by: By, { token }: { token: string }): Check {
      const { organization, invitation } = opened(token)
      if (!isLive(invitation)) refuse("not_found")
      const {
        id: _id,
        organizationId: _organizationId,
        projects: _projects,
        ...shown
      } = received(organization, invitation)
      return (answer) => expect(answer).toEqual({ ...shown, expiresAt: new Date(expiresAt(invitation)) })
    },
    "invitations.accept"(by: By, reference: Reference): Check {
      const actor = known(by, "user") as User
      const { organization: org, invitation, hasToken } = locate(reference)
      const member = org.members.get(actor.id)
      const offered = org.projects.filter(({ id }) => invitation.projects.some(({ projectId }) => projectId === id))
      const held = () => byId(offered.flatMap(({ places }) => places.get(actor.id) ?? []))
      const joined = (): Check => (answer) => {
        const { membership, projectMemberships } = answer as Joined
        const now = org.members.get(actor.id)
        if (now !== undefined && membership !== null) now.id ||= membership.id
        for (const { places, id } of offered) {
          const row = places.get(actor.id)
          const found = projectMemberships.find(({ projectId }) => projectId === id)
          if (row !== undefined && found !== undefined) row.id ||= found.id
        }
        same(now ?? null)(membership)
        expect(byId(projectMemberships)).toMatchObject(held())
      }
      const isBack = member !== undefined || held().length > 0
      if (isBack && invitation.acceptedBy === actor.id) return joined()
      mustBeRecipient(actor, invitation, hasToken)
      mustBeActive(org)
      const isNew = ({ projectId }: ProjectOffer) =>
        held().length === 0 || !offered.some(({ id, places }) => id === projectId && places.has(actor.id))
      const gains = { role: member === undefined ? invitation.role : null, projects: invitation.projects.filter(isNew) }
      if (gains.role === null && gains.projects.length === 0) {
        Object.assign(invitation, { status: "accepted", acceptedBy: actor.id })
        record(org, actor, ["invitation.accepted"], invitation)
        return joined()
      }
      if (!inviterStillMay(org, invitation, gains)) refuse("invitation_void")
      mustSubscribe(org)
      const isShared = isSeated(org, invitation.email)
      if (member === undefined && !isPlaced(org, actor.id)) mustSeat(org, people(org) + (isShared ? open(org) : 0))
      const person = { userId: actor.id, email: actor.email, name: actor.name }
      if (gains.role !== null) join(org, actor, "member.joined", { ...person, role: gains.role })
      else {
        Object.assign(invitation, { status: "accepted", acceptedBy: actor.id })
        record(org, actor, ["invitation.accepted"], invitation)
      }
      const before = [...(gains.role === null ? [] : [org.members.get(actor.id)]), invitation]
      const places = gains.projects.map(({ projectId, role }) => place(org, projectId, { ...person, role }))
      const facts = places.map(() => "project_member.joined")
      record(org, actor, facts, ...places, ...before.flatMap((row) => row ?? []))
      return joined()
    },
    "invitations.decline"(by: By, reference: Reference): Check {
      const actor = known(by, "user") as User
      const { organization: org, invitation, hasToken } = locate(reference)
      mustBeRecipient(actor, invitation, hasToken)
      mustBeActive(org)
      invitation.status = "declined"
      record(org, actor, ["invitation.declined"], invitation)
      return same(received(org, invitation))
    },
    "invitations.resend"(by: By, input: In & { invitationId: string }): Check {
      const { actor, org, invitation } = invited(by, input)
      const { role, projects } = invitation
      const isRole =
        (role === null || permissionsOf(org, role) !== null) &&
        projects.every((offered) => permissionsOf(org, offered.role) !== null && !isClosed(org, offered))
      if (invitation.status !== "pending") refuse("invitation_closed")
      mustPause(invitation)
      if (!isRole) refuse("invitation_void")
      if (!isLive(invitation)) {
        mustSubscribe(org)
        mustHaveRoom(org, invitation.email)
      }
      seating(org, actor, () => {
        post(org, actor, invitation)
        record(org, actor, ["invitation.resent"], invitation)
      })
      return (answer) => expect(answer).toMatchObject(shown(invitation))
    },
    "invitations.cancel"(by: By, input: In & { invitationId: string }): Check {
      const { actor, org, invitation } = invited(by, input)
      if (invitation.status !== "cancelled") {
        if (invitation.status !== "pending") refuse("invitation_closed")
        invitation.status = "cancelled"
        record(org, actor, ["invitation.cancelled"], invitation)
      }
      return (answer) => expect(answer).toMatchObject(shown(invitation))
    },
  }
}
