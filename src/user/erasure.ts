/**
 * Erasing a person from an organization: everything of theirs ends at once, by the one way out that memberships have.
 * What only tells of the past is forgotten afterwards, a part at a time.
 *
 * @module
 */
import { type ApiKey, type ApiKeyFact, eraseKey, revocations } from "../api-key/api-key.ts"
import { cancel, type Invitation, type InvitationFact } from "../invitation/invitation.ts"
import type { UserId } from "../kernel/actor.ts"
import { type Decision, decided } from "../kernel/decision.ts"
import type { Email } from "../kernel/email.ts"
import { end, erasureOf, type Membership, type MembershipFact } from "../membership/membership.ts"
import type { Organization } from "../organization/organization.ts"
import { endOffer, type OwnershipFact } from "../organization/ownership.ts"
import type { Ownership } from "../policy/policy.ts"
import { leftProject, type ProjectMembership, type ProjectMembershipFact } from "../project/project-membership.ts"

/** A person as the host knows them: one id, and every address that they are known by. */
export type Individual = Readonly<{ userId: UserId; emails: readonly Email[] }>

/** What an organization has of a person. */
export type Traces = Readonly<{
  organization: Organization
  membership: Membership | null
  projects: readonly ProjectMembership[]
  /** Every pending invitation to one of their addresses. */
  received: readonly Invitation[]
  /** Every pending invitation that they sent. */
  sent: readonly Invitation[]
  /** The keys that they hold, and those of the organization that they made or were shown. */
  held: readonly ApiKey[]
  known: readonly ApiKey[]
  /** Whether an entry says already that they were erased. */
  isRecorded: boolean
}>

export type ErasureFact = MembershipFact | ProjectMembershipFact | InvitationFact | ApiKeyFact | OwnershipFact

/** Ends all of it; refused to the last owner. Where nothing is left to end and it is on record, there are no facts. */
export function erase(
  userId: UserId,
  traces: Traces,
  by: Readonly<{ ownership: Ownership; owners: number; revokes: boolean; at: Date }>,
): Decision<ErasureFact, "last_owner" | "owner_immutable"> {
  const { organization, membership, projects, received, sent, held, known, isRecorded } = traces
  const others = known.filter((key) => !isOf(key, held))
  const ended =
    membership === null
      ? decided<ErasureFact>(
          ...projects.map((place) => leftProject(place, "project_member.removed")),
          ...(by.revokes ? revocations(others, by.at) : []),
        )
      : end(membership, "member.erased", { ...by, projects, invited: sent, keys: others })
  if (!ended.ok) return ended
  const invitations = [...new Map([...sent, ...received].map((row) => [row.id, row])).values()]
  const facts: readonly ErasureFact[] = [
    ...ended.facts,
    ...invitations.filter((row) => !ended.facts.some((fact) => fact.after?.id === row.id)).map(cancel),
    ...held.flatMap((key) => factsOf(eraseKey(key, by.at))),
    ...(hasOffer(organization, membership) ? factsOf(endOffer(organization)) : []),
  ]
  const isTold = membership !== null || (facts.length === 0 && isRecorded)
  return decided(...(isTold ? [] : [erasureOf(userId, null)]), ...facts)
}

const isOf = ({ id }: ApiKey, keys: readonly ApiKey[]): boolean => keys.some((key) => key.id === id)

const factsOf = <F extends ErasureFact>(decision: Decision<F>): readonly F[] => (decision.ok ? decision.facts : [])

/** Whether the ownership is offered to that member, or by them. */
const hasOffer = ({ ownershipOffer: offer }: Organization, membership: Membership | null): boolean =>
  offer !== null && membership !== null && [offer.by, offer.membershipId].includes(membership.id)
