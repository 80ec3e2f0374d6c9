/**
 * Routes of the platform's admin: any organization by its id, as a member of none.
 *
 * @module
 */
import * as z from "zod"
import { platform } from "../../registry.ts"
import { type Answers, pageOf } from "../answer.ts"
import { type Route, route } from "../route.ts"
import { ActivityPage } from "./activity.ts"
import { Organization } from "./organizations.ts"

/** An organization of any status. */
const PlatformOrganization = Organization.extend({
  suspension: z.object({ reason: z.string().nullable(), at: z.date() }).nullable(),
  restorableUntil: z.date().nullable(),
})
const PlatformOrganizationPage = pageOf(PlatformOrganization)
const PlatformOrganizationDetails = z.object({
  organization: PlatformOrganization,
  members: z.int(),
  invitations: z.int(),
  apiKeys: z.int(),
})
const DeletedPlatformOrganization = z.object({ organization: PlatformOrganization, keysUsedLastDay: z.int() })
const PurgedOrganization = z.object({ organizationId: z.string() })

export const platformAnswers: Answers = {
  PlatformOrganization,
  PlatformOrganizationPage,
  PlatformOrganizationDetails,
  DeletedPlatformOrganization,
  PurgedOrganization,
}

const { organizations } = platform
const params = { id: "organizationId" }
const row = "organizationId"

export const platformRoutes: readonly Route[] = [
  route("GET /organizations", organizations.list, {
    summary: "Every organization, by status or by the start of its slug",
    answer: PlatformOrganizationPage,
  }),
  route("GET /organizations/{id}", organizations.get, {
    summary: "Any organization, with how many members, live invitations and keys it has",
    params,
    answer: PlatformOrganizationDetails,
  }),
  route("PATCH /organizations/{id}", organizations.update, {
    summary: "Change any organization's name, slug, logo, time zone or metadata",
    params,
    row,
    answer: PlatformOrganization,
    example: { name: "Acme Ltd" },
  }),
  route("DELETE /organizations/{id}", organizations.delete, {
    summary: "Delete any organization, whoever is in",
    params,
    row,
    answer: DeletedPlatformOrganization,
  }),
  route("POST /organizations/{id}/suspend", organizations.suspend, {
    summary: "Stop an organization: members read and change nothing, keys stop",
    params,
    row,
    answer: PlatformOrganization,
    example: { reason: "unpaid invoices" },
  }),
  route("POST /organizations/{id}/resume", organizations.resume, {
    summary: "Lift a suspension: everything works again at once",
    params,
    row,
    answer: PlatformOrganization,
  }),
  route("POST /organizations/{id}/restore", organizations.restore, {
    summary: "Undo a deletion while that can be done",
    params,
    row,
    answer: PlatformOrganization,
  }),
  route("POST /organizations/{id}/purge", organizations.purge, {
    summary: "Remove a deleted organization for good, once it can no longer be restored",
    params,
    answer: PurgedOrganization,
  }),
  route("GET /platform/activity", platform.activity.list, {
    summary: "What the platform did, newest first",
    answer: ActivityPage,
  }),
]
