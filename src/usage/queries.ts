/**
 * Reports of use: of a key, a member, an organization, an account. They show what is written, not what waits in a buffer.
 *
 * @module
 */
import * as z from "zod"
import type { ListedKey } from "../api-key/key-view.ts"
import { standingOf } from "../billing/terms.ts"
import type { Actor } from "../kernel/actor.ts"
import { TenantryError } from "../kernel/error.ts"
import { idSchema } from "../kernel/id.ts"
import { inputIssue } from "../kernel/input.ts"
import type { Membership } from "../membership/membership.ts"
import { accountQuery, inEither } from "../pipeline/account.ts"
import { found } from "../pipeline/operation.ts"
import { onOwnAccount } from "../pipeline/own-account.ts"
import { query } from "../pipeline/query.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { limitsOf, type QuotaView, quotaView } from "./consumption.ts"
import { userBehind } from "./holder.ts"
import type { Month } from "./month.ts"
import { type AccountUsage, accountUsage, keyUsage, memberUsage, organizationUsage } from "./report.ts"
import type { UsageRow } from "./usage.ts"

const InMonth = {
  month: z
    .string()
    .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, "expected a month, as `2026-03`")
    .transform((month) => month as Month)
    .optional(),
}

const ACTORS = ["user", "system", "apiKey"] as const

const ofKey = { apiKeyId: idSchema("key"), ...InMonth }

/** Whether it is the caller, or a key that the caller holds. A deleted key is known by what it used. */
function isOwnKey(actor: Actor, apiKeyId: string, key: ListedKey | null, rows: readonly UsageRow[]): boolean {
  if (actor.type === "apiKey") return actor.id === apiKeyId
  const user = userBehind(actor)
  if (user === null) return false
  const holder = key?.key.holder ?? null
  if (holder !== null) return holder.type !== "organization" && holder.userId === user
  return rows.length > 0 && rows.every((row) => row.holder === user)
}

/** A key that was deleted before it was ever used is none. */
function requireKnown(key: ListedKey | null | undefined, rows: readonly UsageRow[]): readonly UsageRow[] {
  if (rows.length === 0) found(key)
  return rows
}

export const usageOfKey = inEither(
  query({
    name: "usage.ofKey",
    input: () => inOrganization(ofKey),
    actors: ACTORS,
    wants: ({ input }) => ({
      apiKey: input.apiKeyId,
      usage: { keyId: input.apiKeyId, holder: null, month: null },
    }),
    allow: ({ actor, input, loaded }) =>
      isOwnKey(actor, input.apiKeyId, loaded.apiKey, loaded.usage) ? "inside" : "usage.read",
    answer: ({ input, loaded }) => keyUsage(requireKnown(loaded.apiKey, loaded.usage), input.month ?? null),
  }),
  onOwnAccount({
    name: "usage.ofKey",
    kind: "query",
    input: () => z.strictObject(ofKey),
    scope: null,
    wants: ({ apiKeyId }) => ({ apiKey: apiKeyId, usage: { keyId: apiKeyId, holder: null, month: null } }),
    apply: ({ input, loaded }) => {
      const own = (loaded.usage ?? []).filter(({ organizationId }) => organizationId === null)
      return keyUsage(requireKnown(loaded.apiKey, own), input.month ?? null)
    },
  }),
)

const isSelf = (actor: Actor, member: Membership | null | undefined): boolean =>
  member != null && member.userId === userBehind(actor)

export const usageOfMember = query({
  name: "usage.ofMember",
  input: () => inOrganization({ membershipId: idSchema("mem").optional(), ...InMonth }),
  actors: ACTORS,
  wants: ({ input, actor }) => ({
    membership: input.membershipId,
    usage: {
      keyId: null,
      holder: input.membershipId === undefined ? userBehind(actor) : null,
      month: input.month ?? null,
    },
  }),
  allow: ({ actor, input, loaded }) =>
    actor.type === "user" && (input.membershipId === undefined || isSelf(actor, loaded.membership))
      ? "inside"
      : "usage.read",
  answer: ({ actor, input, loaded }) => {
    const userId = input.membershipId === undefined ? userBehind(actor) : found(loaded.membership).userId
    if (userId === null) {
      throw new TenantryError("invalid_input", inputIssue(["membershipId"], "expected by a caller who is no member"))
    }
    return memberUsage(loaded.usage.filter(({ holder }) => holder === userId))
  },
})

export const usageOfOrganization = query({
  name: "usage.ofOrganization",
  input: () => inOrganization(InMonth),
  actors: ACTORS,
  allow: "usage.read",
  wants: ({ input }) => ({ usage: { keyId: null, holder: null, month: input.month ?? null } }),
  answer: ({ loaded }) => organizationUsage(loaded.usage),
})

/** What is billed to the caller's own account, and how its quota stands; null where nobody is billed. */
export type OwnUsage = AccountUsage & Readonly<{ quota: QuotaView | null }>

export const usageOfAccount = accountQuery({
  name: "usage.ofAccount",
  input: () => z.strictObject(InMonth),
  wants: ({ input, at }) => ({
    usage: { keyId: null, holder: null, month: input.month ?? null },
    billed: { at },
  }),
  answer: ({ actor, at, loaded, settings }): OwnUsage => {
    const { billed, usage } = loaded
    const use = { billing: settings.billing, billed, organization: null, key: null, holder: actor.id }
    const [limit] = limitsOf(use, at)
    return {
      ...accountUsage(usage),
      quota: limit === undefined ? null : quotaView(limit, standingOf(limit, billed.meters)),
    }
  },
})
