/**
 * Invitations, by the model.
 *
 * @module
 */
import { expect } from "vitest"
import type { Actor, User } from "../../src/index.ts"
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
import { learn, type Memberships } from "./membership-operations.ts"
import { codeOr, type Invitation, type Inviter, type Letter, type Organization, refuse } from "./rows.ts"

export type Reference = Readonly<{ token: string }> | Readonly<{ organizationId: string; invitationId: string }>
type Offer = Readonly<{ email: string; role: string }>

export const deliveryOf = ({ letter: { state } }: Invitation) =>
  state === "queued" || state === "sent" ? state : "failed"

export type Invitations = ReturnType<typeof invitationsIn>

/** How invitations go out and are found. */
export function invitationsIn(core: Core, { pendingTo }: Memberships) {
  const { terms, now, letters, there, record, expiresAt, isLive, isUsable, open, taken, mustSeat } = core
  const { permissionsOf, held, mustManage, mustAssign } = core.standing
  const mustHaveRoom = (org: Organization): void => {
    mustSeat(org, taken(org))
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
  /** Makes the offer and answers the invitation; it gets its id later. */
  function offer(org: Organization, by: Actor, { email: written, role }: Offer): Invitation {
    const email = canonical(written)
    if (!isAddress(written)) refuse("invalid_input")
    mustAssign(org, by, "invite", role)
    if ([...org.members.values()].some((member) => member.email === email)) refuse("already_member")
    const earlier = pendingTo(org, email)
    const replaced = earlier !== undefined && isLive(earlier)
    if (replaced) {
      if (terms.whenPending === "refuse") refuse("invitation_pending")
      mustManage(org, by, "invite", earlier.role)
      mustPause(earlier)
      earlier.status = "cancelled"
    } else mustHaveRoom(org)
    const revived = replaced ? undefined : earlier
    const invitation = revived ?? ({ id: "", revision: 0, email, acceptedBy: null } as unknown as Invitation)
    if (revived === undefined) org.invitations.push(invitation)
    invitation.role = role
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
  function inviterStillMay(org: Organization, invitation: Invitation): boolean {
    const { role } = invitation
    const by = senderOf(org, invitation)
    if (by === null) return permissionsOf(org, role) !== null
    if (by.type === "apiKey" && !org.keys.some((key) => key.id === by.id && isUsable(key))) return false
    try {
      mustAssign(org, by, "invite", role)
      return held(org, by).has("members.invite")
    } catch {
      return false
    }
  }
  const received = (org: Organization, { id, email, role, inviter }: Invitation) => ({
    ...{ id, email, role, organizationId: org.id, organizationName: org.name },
    inviter: inviter?.name ?? inviter?.email ?? null,
  })

  return {
    statusOf,
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

export function invitationOperations(core: Core, { join }: Memberships, invitations: Invitations) {
  const { organizations, known, anybody, enter, enterToChange, mustBeActive, record, expiresAt, isLive } = core
  const { mustSeat, mustSubscribe, seating } = core
  const { permissionsOf, mustManage } = core.standing
  const {
    statusOf,
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

  return {
    "invitations.send"(by: By, input: In & Offer): Check {
      anybody(by)
      if (!isAddress(input.email)) refuse("invalid_input")
      const { actor, org } = enterToChange(by, input, "members.invite")
      mustSubscribe(org)
      const invitation = seating(org, actor, () => offer(org, actor, input))
      return (answer) => {
        invitation.id ||= idOf(answer)
        expect(answer).toMatchObject({ ...shown(invitation), organizationId: org.id })
      }
    },
    "invitations.sendMany"(by: By, input: In & { invitations: readonly Offer[] }): Check {
      const { actor, org } = enterToChange(by, input, "members.invite")
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
    "invitations.preview"(_: By, { token }: { token: string }): Check {
      const { organization, invitation } = opened(token)
      if (!isLive(invitation)) refuse("not_found")
      const { id: _id, organizationId: _organizationId, ...shown } = received(organization, invitation)
      return (answer) => expect(answer).toEqual({ ...shown, expiresAt: new Date(expiresAt(invitation)) })
    },
    "invitations.accept"(by: By, reference: Reference): Check {
      const actor = known(by, "user") as User
      const { organization: org, invitation, hasToken } = locate(reference)
      const member = org.members.get(actor.id)
      if (member !== undefined && invitation.acceptedBy === actor.id) return same(member)
      mustBeRecipient(actor, invitation, hasToken)
      mustBeActive(org)
      if (member !== undefined) {
        Object.assign(invitation, { status: "accepted", acceptedBy: actor.id })
        record(org, actor, ["invitation.accepted"], invitation)
        return same(member)
      }
      if (!inviterStillMay(org, invitation)) refuse("invitation_void")
      mustSubscribe(org)
      mustSeat(org, org.members.size)
      const { role } = invitation
      return learn(join(org, actor, "member.joined", { userId: actor.id, email: actor.email, name: actor.name, role }))
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
      const { actor, org } = enterToChange(by, input, "members.invite")
      const invitation = among(org.invitations, input.invitationId)
      const isRole = permissionsOf(org, invitation.role) !== null
      if (isRole) mustManage(org, actor, "invite", invitation.role)
      if (invitation.status !== "pending") refuse("invitation_closed")
      mustPause(invitation)
      if (!isRole) refuse("invitation_void")
      if (!isLive(invitation)) {
        mustSubscribe(org)
        mustHaveRoom(org)
      }
      seating(org, actor, () => {
        post(org, actor, invitation)
        record(org, actor, ["invitation.resent"], invitation)
      })
      return (answer) => expect(answer).toMatchObject(shown(invitation))
    },
    "invitations.cancel"(by: By, input: In & { invitationId: string }): Check {
      const { actor, org } = enterToChange(by, input, "members.invite")
      const invitation = among(org.invitations, input.invitationId)
      if (permissionsOf(org, invitation.role) !== null) mustManage(org, actor, "invite", invitation.role)
      if (invitation.status !== "cancelled") {
        if (invitation.status !== "pending") refuse("invitation_closed")
        invitation.status = "cancelled"
        record(org, actor, ["invitation.cancelled"], invitation)
      }
      return (answer) => expect(answer).toMatchObject(shown(invitation))
    },
  }
}
