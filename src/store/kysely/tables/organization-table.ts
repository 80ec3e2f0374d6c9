/**
 * The table of organizations.
 *
 * @module
 */
import type { Organization } from "../../../organization/organization.ts"
import { id, integer, json, optional, text, time, words } from "./columns.ts"
import { table } from "./table.ts"

export const organizations = table<Organization, Organization>(
  "organizations",
  {
    id,
    name: words,
    slug: text(48),
    logo: optional(words),
    timezone: words,
    metadata: json,
    status: text(16),
    createdAt: time,
    deletedAt: optional(time),
    suspension: optional(json),
    revision: integer,
    seatsReached: optional(json),
    ownershipOffer: optional(json),
    head: words,
  },
  {
    key: ["id"],
    indexes: [["status", "id"], ["slug"]],
    checks: ["revision >= 0", "status in ('active', 'suspended', 'deleted', 'purging')"],
  },
  (row) => row,
  (flat) => ({ ...flat, suspension: suspensionOf(flat.suspension), ownershipOffer: offerOf(flat.ownershipOffer) }),
)

/** JSON has no instants. */
const offerOf = (offer: Organization["ownershipOffer"]): Organization["ownershipOffer"] =>
  offer && { ...offer, expiresAt: new Date(offer.expiresAt) }

const suspensionOf = (suspension: Organization["suspension"]): Organization["suspension"] =>
  suspension && { ...suspension, at: new Date(suspension.at) }
