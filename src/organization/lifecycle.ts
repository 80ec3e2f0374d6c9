/**
 * What the platform does with an organization: stops it, ends it, brings it back.
 *
 * ```
 *   active ◄──────► suspended
 *      │  ▲           │   ▲      restore leads back to where deletion came from
 *      ▼  │           ▼   │
 *         deleted ────────┘
 *            │ once the grace period has ended
 *            ▼
 *         purging ──► (gone)
 * ```
 *
 * @module
 */
import { addHours } from "date-fns/addHours"
import { type Decision, decided, type Refusal, refused } from "../kernel/decision.ts"
import { type Organization, type OrganizationFact, removal } from "./organization.ts"

type Inactive = "organization_inactive"

/** Why what ended cannot be changed; or null. */
export const endedRefusal = ({ status }: Organization): Refusal<Inactive> | null =>
  status === "deleted" || status === "purging" ? refused("organization_inactive", { status }).refusal : null

/** Stops it: members read, keys and mail wait. Another reason is a change, none given is not. */
export function suspend(
  organization: Organization,
  reason: string | null,
  at: Date,
): Decision<OrganizationFact, Inactive> {
  const refusal = endedRefusal(organization)
  if (refusal !== null) return { ok: false, refusal }
  const { suspension } = organization
  if (suspension !== null && (reason === null || reason === suspension.reason)) return decided()
  const after: Organization = { ...organization, status: "suspended", suspension: { reason, at: suspension?.at ?? at } }
  return decided({ action: "organization.suspended", before: organization, after })
}

/** Lifts a suspension. */
export function resume(organization: Organization): Decision<OrganizationFact, Inactive> {
  const refusal = endedRefusal(organization)
  if (refusal !== null) return { ok: false, refusal }
  if (organization.status === "active") return decided()
  const after: Organization = { ...organization, status: "active", suspension: null }
  return decided({ action: "organization.resumed", before: organization, after })
}

/** Deletes it, whoever is in. */
export function removeByPlatform(organization: Organization, at: Date): Decision<OrganizationFact, Inactive> {
  if (organization.status === "deleted") return decided()
  const refusal = endedRefusal(organization)
  return refusal === null ? decided(removal(organization, at)) : { ok: false, refusal }
}

/** Undoes a deletion within the grace period; what was suspended is suspended again. */
export function restore(organization: Organization, graceDays: number, at: Date): Decision<OrganizationFact, Inactive> {
  const { status, suspension } = organization
  if (status === "active" || status === "suspended") return decided()
  const until = restorableUntil(organization, graceDays)
  if (until === null || at >= until) return refused("organization_inactive", { status })
  const after: Organization = { ...organization, status: suspension === null ? "active" : "suspended", deletedAt: null }
  return decided({ action: "organization.restored", before: organization, after })
}

/** Begins the end of a deleted organization whose grace period is over; one that began goes on. */
export function purge(organization: Organization, graceDays: number, at: Date): Decision<OrganizationFact, "conflict"> {
  if (organization.status === "purging") return decided()
  const until = restorableUntil(organization, graceDays)
  if (until === null || at < until) return refused("conflict", {})
  return decided({ action: "organization.purged", before: organization, after: { ...organization, status: "purging" } })
}

/** When a deletion can no longer be undone; null where there is nothing to undo. */
export const restorableUntil = ({ status, deletedAt }: Organization, graceDays: number): Date | null =>
  status === "deleted" && deletedAt !== null ? addHours(deletedAt, 24 * graceDays) : null
