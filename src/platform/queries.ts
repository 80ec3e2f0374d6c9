/**
 * What the platform's admin reads: organizations of any status, and what the platform did.
 *
 * @module
 */
import * as z from "zod"
import { readEntry } from "../activity/entry.ts"
import { keyset, page, pageFields } from "../kernel/page.ts"
import { lookup, query } from "../pipeline/query.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { type PlatformOrganizationDetails, platformView } from "./platform.ts"

const Status = z.enum(["active", "suspended", "deleted", "purging"])

export const listOrganizations = lookup({
  name: "platform.organizations.list",
  input: (limits) =>
    z.strictObject({
      status: Status.optional(),
      slugPrefix: z.string().trim().toLowerCase().min(1).max(48).optional(),
      ...pageFields(limits),
    }),
  actors: ["platformAdmin"],
  answer: async ({ input, store, settings: { limits, organizations }, at }) => {
    const by = keyset(input, limits)
    const { status = null, slugPrefix = null } = input
    return page(
      await store.platform.organizations({ status, slugPrefix, ...by }),
      by,
      ({ id }) => id,
      (organization) => platformView(organization, organizations.graceDays, at),
    )
  },
})

export const getAnyOrganization = query({
  name: "platform.organizations.get",
  input: () => inOrganization({}),
  actors: ["platformAdmin"],
  allow: "inside",
  whateverStatus: true,
  wants: ({ at }) => ({ memberCount: true, pendingCount: at, apiKeyCount: true }),
  answer: ({ loaded, settings, at }): PlatformOrganizationDetails => ({
    organization: platformView(loaded.organization, settings.organizations.graceDays, at),
    members: loaded.memberCount,
    invitations: loaded.pendingCount,
    apiKeys: loaded.apiKeyCount,
  }),
})

export const listPlatformActivity = lookup({
  name: "platform.activity.list",
  input: (limits) => z.strictObject(pageFields(limits)),
  actors: ["platformAdmin"],
  answer: async ({ input, store, settings }) => {
    const by = keyset(input, settings.limits)
    return page(await store.platform.entries(by), by, ({ id }) => id, readEntry)
  },
})
