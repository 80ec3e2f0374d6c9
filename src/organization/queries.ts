/**
 * Reads of organizations.
 *
 * @module
 */
import * as z from "zod"
import { invitationView } from "../invitation/invitation.ts"
import type { OrganizationId } from "../kernel/id.ts"
import { keyset, page, pageFields } from "../kernel/page.ts"
import { orNull, query } from "../pipeline/query.ts"
import { inOrganization } from "../pipeline/schema.ts"
import type { Limits } from "../pipeline/settings.ts"
import { type OrganizationView, organizationView } from "./organization.ts"
import { Slug } from "./slug.ts"

export const getOrganization = query({
  name: "organizations.get",
  input: () => inOrganization({}),
  actors: ["user", "system", "apiKey"],
  allow: "organization.read",
  wants: () => ({}),
  answer: ({ loaded, at }) => organizationView(loaded.organization, at),
})

export const currentOrganization = query({
  name: "organizations.current",
  input: () => inOrganization({}),
  actors: ["user", "system", "apiKey"],
  allow: "inside",
  wants: () => ({}),
  answer: ({ loaded, at }): Omit<OrganizationView, "ownershipOffer"> => {
    const { ownershipOffer: _offer, ...shown } = organizationView(loaded.organization, at)
    return shown
  },
})

export const findOrganization = orNull("organizations.find", getOrganization)

export const getOrganizationBySlug = query({
  name: "organizations.getBySlug",
  input: () => z.strictObject({ slug: Slug }),
  actors: ["user", "system", "apiKey"],
  allow: "organization.read",
  locate: async (store, { slug }) => {
    const organizationId: OrganizationId | null = await store.organizations.idOfSlug(slug)
    return organizationId === null ? null : { organizationId }
  },
  wants: () => ({}),
  answer: ({ loaded, at }) => organizationView(loaded.organization, at),
})

/** Where the page of one half of the team starts. */
const half = (limit: number | undefined, cursor: string | undefined, limits: Limits) =>
  keyset({ limit, cursor }, limits)

export const team = query({
  name: "organizations.team",
  input: (limits) => {
    const { cursor, limit } = pageFields(limits)
    return inOrganization({ limit, membersCursor: cursor, invitationsCursor: cursor })
  },
  actors: ["user", "system", "apiKey"],
  allow: "members.read",
  wants: ({ input: { limit, membersCursor, invitationsCursor }, settings: { limits } }) => ({
    members: { role: null, emailPrefix: null, ...half(limit, membersCursor, limits) },
    invitations: { status: "pending", liveAt: null, expiredAt: null, ...half(limit, invitationsCursor, limits) },
  }),
  answer: ({ input: { limit, membersCursor, invitationsCursor }, settings: { limits }, loaded, at }) => ({
    members: page(
      loaded.members,
      half(limit, membersCursor, limits),
      ({ id }) => id,
      (member) => member,
    ),
    invitations: page(
      loaded.invitations,
      half(limit, invitationsCursor, limits),
      ({ invitation }) => invitation.id,
      ({ invitation, delivery }) => invitationView(invitation, delivery, at),
    ),
  }),
})
