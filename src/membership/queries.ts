/**
 * Reads of memberships.
 *
 * @module
 */
import * as z from "zod"
import { UserId } from "../kernel/actor.ts"
import { idSchema } from "../kernel/id.ts"
import { keyset, page, pageFields } from "../kernel/page.ts"
import { found } from "../pipeline/operation.ts"
import { query } from "../pipeline/query.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { RoleName } from "../role/role-name.ts"

export const listMembers = query({
  name: "memberships.list",
  input: (limits) =>
    inOrganization({
      role: RoleName.optional(),
      emailPrefix: z.string().trim().toLowerCase().min(1).max(254).optional(),
      ...pageFields(limits),
    }),
  actors: ["user", "system", "apiKey"],
  allow: "members.read",
  wants: ({ input, settings }) => ({
    members: { role: input.role ?? null, emailPrefix: input.emailPrefix ?? null, ...keyset(input, settings.limits) },
  }),
  answer: ({ input, settings, loaded }) =>
    page(
      loaded.members,
      keyset(input, settings.limits),
      ({ id }) => id,
      (row) => row,
    ),
})

export const getMember = query({
  name: "memberships.get",
  input: () => inOrganization({ membershipId: idSchema("mem") }),
  actors: ["user", "system", "apiKey"],
  allow: "members.read",
  wants: ({ input }) => ({ membership: input.membershipId }),
  answer: ({ loaded }) => found(loaded.membership),
})

export const findMember = query({
  name: "memberships.find",
  input: () => inOrganization({ userId: UserId }),
  actors: ["user", "system", "apiKey"],
  allow: "members.read",
  wants: ({ input }) => ({ memberOf: input.userId }),
  answer: ({ loaded }) => loaded.memberOf,
})
