/**
 * Invitations, by the model: what the organization does with them.
 *
 * @module
 */
import { expect } from "vitest"
import { type By, byId, type Check, type Core, type In, idOf, isAddress, same } from "./core.ts"
import type { Invitations, Offer } from "./invitation-rules.ts"
import { codeOr, type Organization, type ProjectOffer, refuse } from "./rows.ts"

export function invitationOperations(core: Core, invitations: Invitations) {
  const { anybody, enter, record, isLive, mustSubscribe, seating } = core
  const { mustBeActive, enterAnywhere, isIn, mustBeAllowed } = core
  const { permissionsOf } = core.standing
  const { statusOf, mustManageAll, mustHaveRoom, mustPause, post, offer, shown } = invitations

  const isClosed = (org: Organization, { projectId }: ProjectOffer): boolean =>
    org.projects.some(({ id, isArchived }) => id === projectId && isArchived)
  /** The invitation, for whoever could have sent it. */
  function invited(by: By, input: In & { invitationId: string }) {
    const { actor, org } = enterAnywhere(by, input)
    const found = org.invitations.find(({ id }) => id === input.invitationId)
    if (isIn(org, actor) && found?.role !== null) mustBeAllowed(org, actor, "members.invite")
    mustBeActive(org)
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
