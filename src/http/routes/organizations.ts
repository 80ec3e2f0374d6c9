/**
 * Routes of the organization itself, what the caller may do in it, and who owns it.
 *
 * @module
 */
import * as z from "zod"
import { access, organizations } from "../../registry.ts"
import { type Answers, Fields } from "../answer.ts"
import { type Route, route } from "../route.ts"

const OwnershipOffer = z.object({
  membershipId: z.string(),
  by: z.string(),
  previousRole: z.string(),
  expiresAt: z.date(),
})

/** What everybody inside may see of an organization. */
const CurrentOrganization = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  logo: z.string().nullable(),
  timezone: z.string(),
  metadata: Fields,
  status: z.enum(["active", "suspended", "deleted", "purging"]),
  createdAt: z.date(),
  deletedAt: z.date().nullable(),
  revision: z.int(),
})

/** An organization as its members see it. */
export const Organization = CurrentOrganization.extend({ ownershipOffer: OwnershipOffer.nullable() })

/** One person's role in one project. */
export const ProjectMembership = z.object({
  id: z.string(),
  organizationId: z.string(),
  projectId: z.string(),
  userId: z.string(),
  email: z.string(),
  name: z.string().nullable(),
  role: z.string(),
  joinedAt: z.date(),
  revision: z.int(),
})

/** One person's role in the organization. */
export const Membership = ProjectMembership.omit({ projectId: true }).extend({ metadata: Fields })

const OwnershipTransfer = z.object({ owner: Membership, previousOwner: Membership })
const Ownership = z.object({ offer: OwnershipOffer.nullable() })
const Permissions = z.object({ role: z.string().nullable(), permissions: z.record(z.string(), z.boolean()) })
const DeletedOrganization = z.object({ organization: Organization, keysUsedLastDay: z.int() })

export const organizationAnswers: Answers = {
  Organization,
  CurrentOrganization,
  Membership,
  ProjectMembership,
  OwnershipOffer,
  OwnershipTransfer,
  Ownership,
  Permissions,
  DeletedOrganization,
}

const handover = { membershipId: "mem_0mjw3k5d0aa1bb2cc3dd4ee5f", previousRole: "admin" }

export const organizationRoutes: readonly Route[] = [
  route("POST /organizations", organizations.create, {
    summary: "Begin an organization, as its owner",
    without: ["owner"],
    status: 201,
    answer: Organization,
    example: { name: "Acme", timezone: "America/Los_Angeles" },
  }),
  route("GET /organizations/lookup", organizations.getBySlug, {
    summary: "The organization of that slug",
    answer: Organization,
  }),
  route("GET /organizations/me", organizations.current, {
    summary: "The organization of the session or key",
    answer: CurrentOrganization,
  }),
  route("PATCH /organizations/me", organizations.update, {
    summary: "Change the organization's name, slug, logo, time zone or metadata",
    row: "organizationId",
    answer: Organization,
    example: { name: "Acme Ltd", logo: "https://acme.example/logo.png" },
  }),
  route("DELETE /organizations/me", organizations.delete, {
    summary: "Delete the organization: access, keys and invitations are dead at once",
    row: "organizationId",
    answer: DeletedOrganization,
  }),
  route("GET /organizations/me/permissions", access, {
    summary: "What the caller may do: every permission, held or not",
    answer: Permissions,
    show: (access) => ({ role: access.role, permissions: { ...access.permissions() } }),
  }),
  route("GET /organizations/me/ownership", organizations.get, {
    summary: "The open offer of ownership, if there is one",
    answer: Ownership,
    show: ({ ownershipOffer }) => ({ offer: ownershipOffer }),
  }),
  route("POST /organizations/me/ownership/transfer", organizations.transferOwnership, {
    summary: "Hand the ownership to another member at once",
    without: ["fromMembershipId"],
    answer: OwnershipTransfer,
    example: handover,
  }),
  route("POST /organizations/me/ownership/offer", organizations.offerOwnership, {
    summary: "Offer the ownership to a member",
    without: ["fromMembershipId"],
    status: 201,
    answer: OwnershipOffer,
    example: { ...handover, expiresInHours: 72 },
  }),
  route("DELETE /organizations/me/ownership/offer", organizations.cancelOwnershipOffer, {
    summary: "Withdraw the offer of ownership",
    answer: OwnershipOffer,
  }),
  route("POST /organizations/me/ownership/accept", organizations.acceptOwnership, {
    summary: "Take the ownership that was offered to the caller",
    answer: OwnershipTransfer,
  }),
  route("POST /organizations/me/ownership/decline", organizations.declineOwnership, {
    summary: "Turn down the ownership that was offered to the caller",
    answer: OwnershipOffer,
  }),
]
