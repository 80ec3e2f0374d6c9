/**
 * Whether a key may do what a request wants: pure, over the record that one read answers. Nothing is counted here.
 *
 * @module
 */

import type { Billed } from "../billing/billed.ts"
import { hasPlans, type Plans } from "../billing/plan.ts"
import { API, isActive, SEATS, subscriptionTo } from "../billing/subscription.ts"
import type { SecretHash } from "../kernel/secret.ts"
import type { Membership } from "../membership/membership.ts"
import type { Organization } from "../organization/organization.ts"
import type { Project } from "../project/project.ts"
import {
  allowsAddress,
  allowsEndpoint,
  type CompiledEndpointRules,
  type CompiledIpRules,
  type Restriction,
} from "../restriction/restriction.ts"
import type { Role } from "../role/role.ts"
import type { RoleName } from "../role/role-name.ts"
import { type ApiKey, secretAt } from "./api-key.ts"

/** Why a key is refused, in the order in which it is looked at. */
export const VERDICT_STATUS = {
  malformed: 401,
  not_found: 401,
  revoked: 401,
  disabled: 401,
  expired: 401,
  organization_inactive: 401,
  holder_inactive: 401,
  project_inactive: 401,
  subscription_inactive: 403,
  ip_not_allowed: 403,
  endpoint_not_allowed: 403,
  permission_denied: 403,
  rate_limited: 429,
  quota_exceeded: 429,
  unavailable: 503,
} as const
export type VerdictCode = keyof typeof VERDICT_STATUS

/** What one read answers about a secret: the key and everything that a verdict depends on. */
export type KeyRecord = Readonly<{
  key: ApiKey
  /** Null for a personal key. */
  organization: Organization | null
  /** The membership of a member-held key's holder; null when they left, and for other keys. */
  member: Membership | null
  /** The custom role that the holder's role stands for; null for a system role. */
  role: Role | null
  /** The project that the key is bound to; null for other keys. */
  project: Pick<Project, "id" | "status"> | null
  /** The role there of the member who holds the key, and the custom role that it stands for; null without one. */
  projectRole: Readonly<{ name: RoleName; custom: Role | null }> | null
  /** The rules of the organization, and of the member who holds the key. */
  organizationRules: Restriction | null
  memberRules: Restriction | null
  /** Whether the organization has no more than one person. */
  isAlone: boolean
  /** Who pays, that account's subscriptions, and where its and the key's meters stand. */
  billed: Billed
}>

/** What a request says of itself. */
export type KeyRequest = Readonly<{
  ip?: string | undefined
  method?: string | undefined
  path?: string | undefined
  api?: string | undefined
  projectId?: string | undefined
}>

/** The rules of every level that binds this key: the organization's, the member's, the key's own. */
export type Restrictions = Readonly<{
  ip: readonly CompiledIpRules[]
  endpoint: readonly CompiledEndpointRules[]
}>

/** Whether a subscription is asked for, by which plans it is judged, and who owns; null asks for none. */
export type BillingTerms = Readonly<{ plans: Plans; ownerRole: string }> | null

/** What a key's own state depends on. */
export type KeyStanding = Pick<KeyRecord, "key" | "organization" | "member" | "project" | "isAlone"> &
  Readonly<{ billed: Pick<Billed, "subscriptions"> }>

/** How a key stands by itself, whatever the request: what lists show and `verify` starts with. */
export function standing(record: KeyStanding, billing: BillingTerms, at: Date): VerdictCode | null {
  const { key, organization, member, project } = record
  if (key.revokedAt !== null) return "revoked"
  if (!key.enabled) return "disabled"
  if (key.expiresAt !== null && at >= key.expiresAt) return "expired"
  if (key.organizationId !== null && organization?.status !== "active") return "organization_inactive"
  if (key.holder.type === "member" && member?.id !== key.holder.membershipId) return "holder_inactive"
  if (key.projectId !== null && !(project?.id === key.projectId && project.status === "active"))
    return "project_inactive"
  return billing === null || isPaidFor(record, billing) ? null : "subscription_inactive"
}

/**
 * The API's subscription must be active. Once the one for seats is cancelled and nobody but the owner is left, only
 * keys that the owner holds spend what remains: people who left may know the others.
 */
function isPaidFor(
  { key, member, isAlone, billed }: KeyStanding,
  { plans, ownerRole }: NonNullable<BillingTerms>,
): boolean {
  const { subscriptions } = billed
  if (!isActive(subscriptionTo(subscriptions, API), API, plans)) return false
  const isEmptied =
    key.organizationId !== null && isAlone && subscriptionTo(subscriptions, SEATS)?.status === "cancelled"
  return !isEmptied || !hasPlans(plans, SEATS) || member?.role === ownerRole
}

/** The state that lists show. */
export function effectiveState(code: VerdictCode | null): "active" | "disabled" | "expired" | "revoked" | "inactive" {
  if (code === null) return "active"
  return code === "revoked" || code === "disabled" || code === "expired" ? code : "inactive"
}

/** The first reason against the request, in the order of `VERDICT_STATUS`, or which secret of the key it came with. */
export function judge(
  record: KeyRecord,
  hash: SecretHash,
  request: KeyRequest,
  terms: Readonly<{ billing: BillingTerms; restrictions: Restrictions; isHeld: boolean }>,
  at: Date,
): Readonly<{ ok: true; secret: "current" | "previous" }> | Readonly<{ ok: false; code: VerdictCode }> {
  const no = (code: VerdictCode) => ({ ok: false, code }) as const
  const secret = secretAt(record.key, hash, at)
  if (secret === null) return no("not_found")
  const state = standing(record, terms.billing, at)
  if (state !== null) return no(state)
  for (const rules of terms.restrictions.ip) if (!allowsAddress(rules, request)) return no("ip_not_allowed")
  for (const rules of terms.restrictions.endpoint)
    if (!allowsEndpoint(rules, request)) return no("endpoint_not_allowed")
  const { projectId } = record.key
  const elsewhere = projectId !== null && request.projectId !== undefined && request.projectId !== projectId
  return elsewhere || !terms.isHeld ? no("permission_denied") : { ok: true, secret }
}
