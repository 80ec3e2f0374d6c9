/**
 * The host's user table, by the model: people who change and people who are erased, in every organization; and what the
 * host records of its own.
 *
 * @module
 */
import { expect } from "vitest"
import type { System } from "../../src/index.ts"
import { type By, type Check, type Core, canonical, type In, isAddress } from "./core.ts"
import type { Memberships } from "./membership-operations.ts"
import { type ApiKey, codeOr, type Organization, type Place, refuse } from "./rows.ts"

export type Change = Readonly<{ email?: string; name?: string | null }>
export type Erasure = Readonly<{ userId: string; emails: readonly string[] }>

const USERS = { type: "system", name: "users" } as System
/** Resources that are the library's own. */
const OURS = [
  ...["organization", "member", "invitation", "role", "project", "project_member", "api_key"],
  ...["ip_rules", "endpoint_rules", "subscription", "quota", "seats"],
]

const isHeldBy = ({ holder, isDeleted }: ApiKey, userId: string): boolean =>
  !isDeleted && holder.type === "member" && holder.userId === userId

const placesOf = ({ projects }: Organization, userId: string): Place[] =>
  projects.flatMap(({ places }) => places.get(userId) ?? [])

export function userOperations(core: Core, { follow, mustSpare, pendingTo, knownTo }: Memberships) {
  const { terms, now, organizations, billing, known, there, record, isLive, isPlaced, mustBeActive } = core
  /** Of each organization, who is on record as erased. */
  const erased = new Map<string, Set<string>>()

  function update(org: Organization, userId: string, { email, name }: Change): void {
    const member = org.members.get(userId)
    const after = { ...(email !== undefined && { email: canonical(email) }), ...(name !== undefined && { name }) }
    const { changed, updates, ends } = follow(org, userId, after)
    // What was offered in projects besides can be accepted still.
    const pending = member === undefined || after.email === undefined ? undefined : pendingTo(org, after.email)
    const accepted = pending?.projects.length === 0 ? [pending] : []
    for (const invitation of accepted) Object.assign(invitation, { status: "accepted", acceptedBy: userId })
    const actions = [...updates, ...accepted.map(() => "invitation.accepted"), ...ends]
    if (actions.length > 0) record(org, USERS, actions, ...changed, ...accepted)
  }

  /** Ends what is theirs, and forgets the invitations that tell of them. */
  function erase(org: Organization, { userId, emails }: Erasure): void {
    const member = org.members.get(userId)
    const pending = org.invitations.filter(({ status }) => status === "pending")
    const sent = pending.filter(({ inviter }) => inviter?.id === userId)
    const received = pending.filter((one) => emails.includes(one.email) && !sent.includes(one))
    const held = org.keys.filter((key) => isHeldBy(key, userId))
    const revoked = terms.revokeOnRemoval ? knownTo(org, userId).filter((key) => !held.includes(key)) : []
    const offer = org.ownershipOffer
    const hasOffer = member !== undefined && offer !== null && [offer.by, offer.membershipId].includes(member.id)
    const live = member === undefined ? [] : sent.filter(isLive)
    const cancelled = [...live, ...sent.filter((one) => !live.includes(one)), ...received]
    const ends = [
      ...placesOf(org, userId).map(() => "project_member.removed"),
      ...live.map(() => "invitation.cancelled"),
      ...revoked.map(() => "api_key.revoked"),
      ...cancelled.slice(live.length).map(() => "invitation.cancelled"),
      ...held.map(() => "api_key.deleted"),
      ...(hasOffer ? ["organization.updated"] : []),
    ]
    const onRecord = erased.get(org.id) ?? new Set()
    if (member !== undefined || ends.length > 0 || !onRecord.has(userId)) {
      org.members.delete(userId)
      for (const { places } of org.projects) places.delete(userId)
      for (const invitation of cancelled) invitation.status = "cancelled"
      for (const key of revoked) Object.assign(key, { revokedAt: now(), graceUntil: null })
      for (const key of held) Object.assign(key, { isDeleted: true, graceUntil: null })
      if (hasOffer) org.ownershipOffer = null
      record(org, USERS, ["member.erased", ...ends], ...cancelled, ...revoked, ...held)
      erased.set(org.id, onRecord.add(userId))
    }
    const isGone = ({ status, email, acceptedBy }: Organization["invitations"][number]) =>
      status !== "pending" && (emails.includes(email) || acceptedBy === userId)
    // Its letters open nothing any more.
    for (const invitation of org.invitations.filter(isGone)) invitation.letter = { ...invitation.letter }
    org.invitations = org.invitations.filter((one) => !isGone(one))
  }

  return {
    "users.update"(userId: string, change: Change): void {
      if (change.email !== undefined && !isAddress(change.email)) refuse("invalid_input")
      for (const org of organizations.values()) update(org, userId, change)
    },
    /** `mentioned` are the organizations that tell of them, which the store says: the model keeps no texts. */
    "users.erase"({ userId, emails }: Erasure, mentioned: readonly string[]): void {
      for (const org of organizations.values()) {
        const member = org.members.get(userId)
        if (member !== undefined && codeOr(() => mustSpare(org, member)) !== undefined) refuse("last_owner")
      }
      for (const org of organizations.values()) {
        const isKnown =
          org.members.has(userId) ||
          isPlaced(org, userId) ||
          org.keys.some((key) => isHeldBy(key, userId)) ||
          org.invitations.some(
            ({ email, acceptedBy, status, inviter }) =>
              emails.includes(email) || acceptedBy === userId || (status === "pending" && inviter?.id === userId),
          )
        if (isKnown) expect(mentioned).toContain(org.id)
        if (mentioned.includes(org.id)) erase(org, { userId, emails })
      }
      const account = billing.accountOf(`user:${userId}`)
      const own = account.keys.filter(({ isDeleted }) => !isDeleted)
      if (own.length > 0) account.revision++
      for (const key of own) Object.assign(key, { isDeleted: true, graceUntil: null, revision: account.revision })
    },
    "activity.record"(by: By, input: In & { action: string }): Check {
      const actor = known(by, "system")
      if (OURS.includes(input.action.split(".")[0] ?? "")) refuse("invalid_input")
      const org = there(input.organizationId)
      mustBeActive(org)
      record(org, actor, [input.action])
      return (answer) => expect(answer).toEqual({ seq: org.revision })
    },
  }
}
