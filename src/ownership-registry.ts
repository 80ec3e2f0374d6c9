/**
 * The operations that hand an organization over; part of `organizations` in the registry.
 *
 * @module
 */
import {
  acceptOwnership,
  cancelOwnershipOffer,
  declineOwnership,
  offerOwnership,
  transferOwnership,
} from "./organization/ownership-commands.ts"

/** Ownership: who answers for an organization, and how somebody else comes to. */
export const ownership = {
  /**
   * Hands the owner role to another member at once; the caller, an owner, takes `previousRole`. `system` says
   * `fromMembershipId` where there are several owners. Needs `organization.transfer`. Errors: `feature_off` (the policy
   * has it off, or by offers alone), `forbidden` (no owner, or impersonated), `not_found`, `invalid_input` (oneself or
   * another owner, no such role), `permission_escalation`, `subscription_required`.
   */
  transferOwnership,
  /**
   * Offers the same to a member, who accepts within `expiresInHours`: 168 unless said, 720 at most. A new offer takes the
   * place of the one before. Needs `organization.transfer`. Errors: as for `transferOwnership`.
   */
  offerOwnership,
  /**
   * Takes what was offered to the caller. Errors: `not_found`, alike without an offer, when its time is up, and when
   * whoever made it is no owner any more or the role they would take is gone; `feature_off`, `forbidden` when
   * impersonated, `subscription_required`.
   */
  acceptOwnership,
  /** Turns down what was offered to the caller. Errors: `not_found`, `feature_off`, `forbidden` when impersonated. */
  declineOwnership,
  /** Withdraws the offer, whoever made it. Needs `organization.transfer`. Errors: as for `declineOwnership`. */
  cancelOwnershipOffer,
}
