/**
 * How ownership is handed over, by the model.
 *
 * @module
 */
import { expect } from "vitest"
import type { Actor, User } from "../../src/index.ts"
import { among, type By, type Check, type Core, type In, isImpersonated, same } from "./core.ts"
import { type Member, type Organization, type OwnershipOffer, refuse } from "./rows.ts"

type Given = In &
  Readonly<{ membershipId: string; fromMembershipId?: string; previousRole: string; expiresInHours?: number }>

const HOUR = 60 * 60 * 1000

export function ownershipOperations({ terms, now, standing, enter, mustBeActive, mustSubscribe, record }: Core) {
  const { law } = terms
  const ownersOf = (org: Organization): Member[] => [...org.members.values()].filter(({ role }) => role === law.owner)

  /** Whoever may hand over at all, and where. */
  function mayHandOver(by: By, input: In, permission: string | null, ...kinds: Actor["type"][]) {
    const entered = enter(by, input, permission, ...kinds)
    if (isImpersonated(entered.actor)) refuse("forbidden")
    mustBeActive(entered.org)
    if (law.transfer === "off") refuse("feature_off")
    return entered
  }
  /** The owner who steps down. */
  function giver(org: Organization, actor: Actor, caller: Member | null, named: string | undefined): Member {
    if (actor.type !== "system") {
      if (named !== undefined) refuse("invalid_input")
      return caller?.role === law.owner ? caller : refuse("forbidden")
    }
    const [first, second] = ownersOf(org)
    if (named !== undefined) return among(ownersOf(org), named)
    return second === undefined && first !== undefined ? first : refuse("invalid_input")
  }
  function asked(by: By, input: Given) {
    const { actor, org, caller } = mayHandOver(by, input, "organization.transfer", "user", "system")
    const from = giver(org, actor, caller, input.fromMembershipId)
    const to = among(org.members.values(), input.membershipId)
    if (to.role === law.owner || input.previousRole === law.owner) refuse("invalid_input")
    standing.mustAssign(org, actor, "update", input.previousRole)
    mustSubscribe(org)
    return { actor, org, from, to }
  }
  function handOver(org: Organization, actor: Actor, from: Member, to: Member, previousRole: string): Check {
    from.role = previousRole
    to.role = law.owner
    const { by, membershipId } = org.ownershipOffer ?? {}
    if ([from.id, to.id].some((id) => id === by || id === membershipId)) org.ownershipOffer = null
    record(org, actor, ["member.role_changed", "member.role_changed", "organization.ownership_transferred"], from, to)
    const after = { owner: { ...to }, previousOwner: { ...from } }
    return (answer) => expect(answer).toMatchObject(after)
  }

  const shown = ({ expiresAt, ...offer }: OwnershipOffer) => ({ ...offer, expiresAt: new Date(expiresAt) })
  const openIn = (org: Organization): OwnershipOffer => {
    const offer = org.ownershipOffer
    return offer !== null && now() < offer.expiresAt ? offer : refuse("not_found")
  }
  function offeredTo(by: By, input: In) {
    const { actor, org } = mayHandOver(by, input, null, "user")
    const offer = openIn(org)
    const to = org.members.get((actor as User).id)
    return to?.id === offer.membershipId ? { actor, org, offer, to } : refuse("not_found")
  }
  function end(org: Organization, actor: Actor, offer: OwnershipOffer): Check {
    org.ownershipOffer = null
    record(org, actor, ["organization.updated"])
    return same(shown(offer))
  }

  return {
    "organizations.transferOwnership"(by: By, input: Given): Check {
      const { actor, org, from, to } = asked(by, input)
      return handOver(org, actor, from, to, input.previousRole)
    },
    "organizations.offerOwnership"(by: By, input: Given): Check {
      const { actor, org, from, to } = asked(by, input)
      const expiresAt = now() + (input.expiresInHours ?? 168) * HOUR
      const offer = { membershipId: to.id, by: from.id, previousRole: input.previousRole, expiresAt }
      const isSame = JSON.stringify(offer) === JSON.stringify(org.ownershipOffer)
      org.ownershipOffer = offer
      if (!isSame) record(org, actor, ["organization.ownership_offered"])
      return same(shown(offer))
    },
    "organizations.acceptOwnership"(by: By, input: In): Check {
      const { actor, org, offer, to } = offeredTo(by, input)
      const from = among(ownersOf(org), offer.by)
      if (to.role === law.owner || standing.permissionsOf(org, offer.previousRole) === null) refuse("not_found")
      mustSubscribe(org)
      return handOver(org, actor, from, to, offer.previousRole)
    },
    "organizations.declineOwnership"(by: By, input: In): Check {
      const { actor, org, offer } = offeredTo(by, input)
      return end(org, actor, offer)
    },
    "organizations.cancelOwnershipOffer"(by: By, input: In): Check {
      const { actor, org } = mayHandOver(by, input, "organization.transfer", "user", "system")
      return end(org, actor, openIn(org))
    },
  }
}
