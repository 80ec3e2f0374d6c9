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
import { organizationView } from "./organization.ts"
import { Slug } from "./slug.ts"

export const getOrganization = query({
  name: "organizations.get",
  input: () => inOrganization({}),
  actors: ["user", "system"],
  allow: "organization.read",
  wants: () => ({}),
  answer: ({ loaded }) => organizationView(loaded.organization),
})

export const findOrganization = orNull("organizations.find", getOrganization)

export const getOrganizationBySlug = query({
  name: "organizations.getBySlug",
  input: () => z.strictObject({ slug: Slug }),
  actors: ["user", "system"],
  allow: "organization.read",
  locate: async (store, { slug }) => {
    const organizationId: OrganizationId | null = await store.organizations.idOfSlug(slug)
    return organizationId === null ? null : { organizationId }
  },
  wants: () => ({}),
  answer: ({ loaded }) => organizationView(loaded.organization),
})

export const team = query({
  name: "organizations.team",
  input: (limits) => inOrganization({ limit: pageFields(limits).limit }),
  actors: ["user", "system"],
  allow: "members.read",
  wants: ({ input, settings }) => ({
    members: { role: null, emailPrefix: null, ...keyset(input, settings.limits) },
    invitations: { status: "pending", liveAt: null, expiredAt: null, ...keyset(input, settings.limits) },
  }),
  answer: ({ input, settings, loaded, at }) => {
    const by = keyset(input, settings.limits)
    return {
      members: page(
        loaded.members,
        by,
        ({ id }) => id,
        (member) => member,
      ),
      invitations: page(
        loaded.invitations,
        by,
        ({ invitation }) => invitation.id,
        ({ invitation, delivery }) => invitationView(invitation, delivery, at),
      ),
    }
  },
})
