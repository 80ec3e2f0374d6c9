/**
 * Memberships, by the model: one way in, one way out.
 *
 * @module
 */
import { expect } from "vitest"
import type { Actor, User } from "../../src/index.ts"
import { among, type By, byId, type Check, type Core, canonical, type In, idOf, same } from "./core.ts"
import { type ApiKey, type Invitation, type Member, type Organization, type Place, refuse } from "./rows.ts"

/** Whether that person made the key, holds it, or was shown a secret of it. */
const isOf = ({ createdBy, holder, shownTo }: ApiKey, userId: string): boolean =>
  (createdBy.type === "user" && createdBy.id === userId) ||
  (holder.type === "member" && holder.userId === userId) ||
  shownTo.includes(userId)

/** Learns the id that a membership got. */
export const learn =
  (member: Member): Check =>
  (answer) => {
    member.id = idOf(answer)
    expect(answer).toMatchObject(member)
  }

export type Memberships = ReturnType<typeof membershipsIn>

/** How people come in and go. */
export function membershipsIn(core: Core) {
  const { terms, now, standing, isLive, isSeated, record } = core
  const { law } = terms
  const { held } = standing
  const pendingTo = (org: Organization, email: string) =>
    org.invitations.find((invitation) => invitation.status === "pending" && invitation.email === email)

  function join(
    org: Organization,
    by: Actor,
    how: string,
    member: Omit<Member, "id" | "revision" | "metadata">,
  ): Member {
    const joined = { ...member, id: "", metadata: {}, revision: 0 }
    const pending = pendingTo(org, member.email)
    // What was offered in projects besides can be accepted still.
    const invitation = how === "member.joined" || pending?.projects.length === 0 ? pending : undefined
    org.members.set(member.userId, joined)
    if (invitation === undefined) record(org, by, [how], joined)
    else {
      Object.assign(invitation, { status: "accepted", acceptedBy: member.userId })
      record(org, by, [how, "invitation.accepted"], joined, invitation)
    }
    return joined
  }
  /** Somebody's rows follow what is told of them; live invitations to an address that nobody has any more end. */
  function follow(org: Organization, userId: string, change: Readonly<{ email?: string; name?: string | null }>) {
    const member = org.members.get(userId)
    const places = org.projects.flatMap((project) => project.places.get(userId) ?? [])
    const isNew = (row: Member | Place): boolean =>
      row.email !== (change.email ?? row.email) || row.name !== (change.name === undefined ? row.name : change.name)
    const rows = { members: member !== undefined && isNew(member) ? [member] : [], places: places.filter(isNew) }
    const before = [...rows.members, ...rows.places].map(({ email }) => email)
    for (const row of [...rows.members, ...rows.places]) Object.assign(row, change)
    const isLeft = ({ email }: Invitation): boolean => before.includes(email) && !isSeated(org, email)
    const cancelled = byId(org.invitations.filter((one) => isLive(one) && isLeft(one)))
    for (const invitation of cancelled) invitation.status = "cancelled"
    return {
      changed: [...rows.members, ...rows.places, ...cancelled],
      updates: [...rows.members.map(() => "member.updated"), ...rows.places.map(() => "project_member.updated")],
      ends: cancelled.map(() => "invitation.cancelled"),
    }
  }
  /** The keys that work for somebody who made, held or was shown them. */
  const knownTo = (org: Organization, userId: string): ApiKey[] =>
    byId(org.keys).filter((key) => !key.isDeleted && key.revokedAt === null && isOf(key, userId))
  function mustSpare(org: Organization, member: Member): void {
    if (member.role !== law.owner) return
    if (law.singleOwner) refuse("owner_immutable")
    if ([...org.members.values()].filter(({ role }) => role === law.owner).length === 1) refuse("last_owner")
  }
  function end(org: Organization, by: Actor, member: Member, how: string): Check {
    mustSpare(org, member)
    const isRead = held(org, by).has("apiKeys.read")
    const sent = org.invitations.filter((invitation) => isLive(invitation) && invitation.inviter?.id === member.userId)
    const keys = knownTo(org, member.userId)
    const left = keys.map(({ id, name, holder }) => ({ id, name, holder }))
    org.members.delete(member.userId)
    const placed = org.projects.filter(({ places }) => places.delete(member.userId))
    for (const invitation of sent) invitation.status = "cancelled"
    const revoked = terms.revokeOnRemoval ? keys : []
    for (const key of revoked) Object.assign(key, { revokedAt: now(), graceUntil: null })
    const ended = placed.map(() => `project_${how}`)
    const facts = [how, ...ended, ...sent.map(() => "invitation.cancelled"), ...revoked.map(() => "api_key.revoked")]
    record(org, by, facts, ...sent, ...revoked)
    const membership = { id: member.id, userId: member.userId }
    return (answer) => {
      expect(answer).toMatchObject({ membership, apiKeys: isRead ? left : [] })
      expect((answer as { apiKeys: unknown[] }).apiKeys).toHaveLength(isRead ? left.length : 0)
    }
  }

  return { join, follow, mustSpare, end, pendingTo, knownTo }
}

export function membershipOperations(core: Core, { join, follow, mustSpare, end }: Memberships) {
  const { enter, enterToChange, mustBeActive, mustBeAllowed, mustSeat, mustSubscribe, seating, taken } = core
  const { isPlaced, reserved, record } = core
  const { mustManage, mustAssign } = core.standing

  return {
    "memberships.list"(by: By, input: In & { role?: string; emailPrefix?: string }): Check {
      const { org } = enter(by, input, "members.read")
      const matches = [...org.members.values()].filter(
        ({ role, email }) => (input.role ?? role) === role && email.startsWith(canonical(input.emailPrefix ?? "")),
      )
      return (answer) => expect(answer).toMatchObject(byId(matches))
    },
    "memberships.get"(by: By, input: In & { membershipId: string }): Check {
      const { org } = enter(by, input, "members.read")
      const member = among(org.members.values(), input.membershipId)
      return (answer) => expect(answer).toMatchObject(member)
    },
    "memberships.find"(by: By, input: In & { userId: string }): Check {
      const { org } = enter(by, input, "members.read")
      return same(org.members.get(input.userId) ?? null)
    },
    "memberships.add"(by: By, input: In & { user: { id: string; email: string; name?: string }; role: string }): Check {
      const { actor, org } = enterToChange(by, input, null, "system")
      mustAssign(org, actor, "invite", input.role)
      mustSubscribe(org)
      if (org.members.has(input.user.id)) refuse("already_member")
      const email = canonical(input.user.email)
      if (!isPlaced(org, input.user.id)) mustSeat(org, taken(org) - reserved(org, email))
      const member = { userId: input.user.id, email, name: input.user.name ?? null, role: input.role }
      const added = seating(org, actor, () => {
        const { changed, updates, ends } = follow(org, member.userId, {
          email,
          ...(input.user.name !== undefined && { name: input.user.name }),
        })
        const joined = join(org, actor, "member.added", member)
        record(org, actor, [...updates, ...ends], ...changed)
        return joined
      })
      return learn(added)
    },
    "memberships.changeRole"(by: By, input: In & { membershipId: string; role: string }): Check {
      const { actor, org } = enterToChange(by, input, "members.update")
      const member = among(org.members.values(), input.membershipId)
      mustManage(org, actor, "update", member.role)
      if (input.role !== member.role) {
        mustAssign(org, actor, "update", input.role)
        mustSubscribe(org)
        mustSpare(org, member)
        member.role = input.role
        record(org, actor, ["member.role_changed"], member)
      }
      return (answer) => expect(answer).toMatchObject(member)
    },
    "memberships.update"(by: By, input: In & { membershipId: string; metadata: object }): Check {
      const { actor, org } = enterToChange(by, input, "members.update")
      const member = among(org.members.values(), input.membershipId)
      mustManage(org, actor, "update", member.role)
      if (JSON.stringify(input.metadata) !== JSON.stringify(member.metadata)) {
        member.metadata = input.metadata
        record(org, actor, ["member.updated"], member)
      }
      return (answer) => expect(answer).toMatchObject(member)
    },
    "memberships.remove"(by: By, input: In & { membershipId: string }): Check {
      const { actor, org, caller } = enter(by, input, null)
      const own = caller?.id === input.membershipId
      if (!own || actor.type !== "user") mustBeAllowed(org, actor, "members.remove")
      mustBeActive(org)
      const member = among(org.members.values(), input.membershipId)
      if (own && actor.type !== "user") refuse("forbidden")
      if (!own) mustManage(org, actor, "remove", member.role)
      return end(org, actor, member, own ? "member.left" : "member.removed")
    },
    "memberships.leave"(by: By, input: In): Check {
      const { actor, org } = enterToChange(by, input, null, "user")
      return end(org, actor, org.members.get((actor as User).id) ?? refuse("not_found"), "member.left")
    },
  }
}
