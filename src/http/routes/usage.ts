/**
 * Routes of usage: what was used, by whom and for what.
 *
 * @module
 */
import * as z from "zod"
import { usage } from "../../registry.ts"
import { type Answers, list } from "../answer.ts"
import { type Route, route } from "../route.ts"

const units = z.int()

/** How a quota stands; null for `limit` and `remaining` is no limit. */
export const Quota = z.object({
  of: z.enum(["account", "key"]),
  limit: z.int().nullable(),
  used: z.int(),
  held: z.int(),
  remaining: z.int().nullable(),
  resetAt: z.date(),
})

const KeyUsage = z.object({
  lifetime: units,
  months: list(z.object({ month: z.string(), api: z.string().nullable(), units })),
})
const MemberUsage = z.object({
  total: units,
  byMonth: list(z.object({ month: z.string(), units })),
  byApi: list(z.object({ api: z.string().nullable(), units })),
  byPlan: list(z.object({ plan: z.string().nullable(), units })),
  byKey: list(z.object({ keyId: z.string().nullable(), units })),
})
const OrganizationUsage = MemberUsage.extend({
  byMember: list(z.object({ userId: z.string().nullable(), units })),
})
const AccountUsage = OrganizationUsage.extend({
  byOrganization: list(z.object({ organizationId: z.string().nullable(), units })),
  quota: Quota.nullable(),
})

export const usageAnswers: Answers = { Quota, KeyUsage, MemberUsage, OrganizationUsage, AccountUsage }

const keyId = { keyId: "apiKeyId" }

export const usageRoutes: readonly Route[] = [
  route("GET /organizations/usage", usage.ofOrganization, {
    summary: "What the organization used: by month, API, plan, key and member",
    answer: OrganizationUsage,
  }),
  route("GET /organizations/members/me/usage", usage.ofMember, {
    summary: "What the caller used in the organization",
    without: ["membershipId"],
    answer: MemberUsage,
  }),
  route("GET /organizations/members/{memberId}/usage", usage.ofMember, {
    summary: "What a member used",
    params: { memberId: "membershipId" },
    answer: MemberUsage,
  }),
  route("GET /organizations/keys/{keyId}/usage", usage.ofKey, {
    summary: "What a key used, for life and by month and API",
    params: keyId,
    answer: KeyUsage,
  }),
  route("GET /account/usage", usage.ofAccount, {
    summary: "What the caller's own account paid for, and how its quota stands",
    answer: AccountUsage,
  }),
  route("GET /account/keys/{keyId}/usage", usage.ofKey, {
    summary: "What a key of the caller's own used",
    params: keyId,
    ways: ["session", "key"],
    answer: KeyUsage,
  }),
]
