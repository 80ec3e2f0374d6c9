/**
 * What recipients do with invitations, by the model.
 *
 * @module
 */
import { expect } from "vitest"
import type { Joined, User } from "../../src/index.ts"
import { type By, byId, type Check, type Core, same } from "./core.ts"
import type { Invitations, Reference } from "./invitation-rules.ts"
import type { Memberships } from "./membership-operations.ts"
import type { Projects } from "./project-operations.ts"
import { type ProjectOffer, refuse } from "./rows.ts"

export function recipientOperations(
  core: Core,
  { join, follow }: Memberships,
  { place }: Projects,
  invitations: Invitations,
) {
  const { organizations, known, record, expiresAt, isLive, mustSeat, mustSubscribe, seating } = core
  const { mustBeActive, isPlaced, isSeated, people, open } = core
  const { opened, locate, mustBeRecipient, inviterStillMay, received } = invitations

  return {
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
      seating(org, actor, () => {
        // Who is in already has this address from here on.
        const { changed, updates, ends } = follow(org, actor.id, { email: actor.email })
        if (gains.role !== null) join(org, actor, "member.joined", { ...person, role: gains.role })
        else {
          Object.assign(invitation, { status: "accepted", acceptedBy: actor.id })
          record(org, actor, ["invitation.accepted"], invitation)
        }
        const before = [...(gains.role === null ? [] : [org.members.get(actor.id)]), invitation]
        const places = gains.projects.map(({ projectId, role }) => place(org, projectId, { ...person, role }))
        const facts = [...places.map(() => "project_member.joined"), ...updates, ...ends]
        record(org, actor, facts, ...places, ...before.flatMap((row) => row ?? []), ...changed)
      })
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
  }
}
