/**
 * Keys, by the model: how one stands, how it looks in lists, and from where and for what it works.
 *
 * @module
 */
import { expect } from "vitest"
import { API, type Check, type Core, SEATS } from "./core.ts"
import type { Account, ApiKey, Organization } from "./rows.ts"

/** What a request says of itself. */
export type Request = Readonly<{
  ip?: string
  method?: string
  path?: string
  api?: string
  permission?: string
  projectId?: string
  units?: number
  requestId?: string
  meter?: boolean
}>

/** What a key outside any organization may be for. */
export const PERSONAL: ReadonlySet<string> = new Set(["api.use"])

/** Whether rules such as `203.0.113.0/24` admit an address; none restrict nothing. */
export const admits = (rules: readonly string[], ip: string | undefined): boolean =>
  rules.length === 0 || rules.some((rule) => ip?.startsWith(rule.slice(0, rule.lastIndexOf("."))) ?? false)

/** Whether rules such as `GET /v1/cars/**` allow a call; none restrict nothing. */
export const allows = (rules: readonly string[], { method, path }: Request): boolean =>
  rules.length === 0 ||
  rules.some((rule) => {
    const [name = "", pattern = ""] = rule.split(" ")
    return method === name && path !== undefined && path.startsWith(pattern.slice(0, -"**".length))
  })

export type KeyRules = ReturnType<typeof keyRulesIn>

export function keyRulesIn(core: Core) {
  const { terms, now, billing, hasHolder, organizations, people } = core
  const { law } = terms

  const payerOf = ({ organization, holder }: ApiKey): Account =>
    organization !== null
      ? billing.payerOf(organization)
      : billing.accountOf(holder.type === "organization" ? "" : `user:${holder.userId}`)
  /** The role of the member who holds it. */
  const roleBehind = (org: Organization, key: ApiKey): string | null =>
    key.holder.type === "member" && hasHolder(org, key) ? (org.members.get(key.holder.userId)?.role ?? null) : null

  /** The API is paid for, and so are the seats, unless nobody but the owner is left to use it. */
  function isPaidFor(key: ApiKey): boolean {
    const payer = payerOf(key)
    if (terms.billing.account === "none") return true
    if (!billing.isActive(payer, API)) return false
    const { organization } = key
    if (organization === null || people(organization) > 1 || !billing.hasPlans(SEATS)) return true
    const isClosed = payer.subscriptions.get(SEATS)?.status === "cancelled"
    return !isClosed || roleBehind(organization, key) === law.owner
  }

  /** Why the key does not work, whatever the request, or null. */
  function stateOf(key: ApiKey): string | null {
    const { organization } = key
    if (key.revokedAt !== null) return "revoked"
    if (!key.enabled) return "disabled"
    if (key.expiresAt !== null && now() >= key.expiresAt) return "expired"
    if (organization !== null && organization.status !== "active") return "organization_inactive"
    if (organization !== null && !hasHolder(organization, key)) return "holder_inactive"
    if (key.project?.isArchived) return "project_inactive"
    return isPaidFor(key) ? null : "subscription_inactive"
  }

  /** Which of its secrets that is, or null for one that works no more. */
  function secretIn(key: ApiKey, text: string): "current" | "previous" | null {
    const { secrets, graceUntil, isDeleted } = key
    const age = isDeleted ? -1 : secrets.toReversed().indexOf(text)
    if (age === 0) return "current"
    return age === 1 && graceUntil !== null && now() < graceUntil ? "previous" : null
  }
  const allKeys = (): ApiKey[] => [
    ...[...organizations.values()].flatMap(({ keys }) => keys),
    ...[...billing.accounts.values()].flatMap(({ keys }) => keys),
  ]

  /** The key as lists show it. */
  function shown(key: ApiKey) {
    const state = stateOf(key)
    const isOwnReason = state === "revoked" || state === "disabled" || state === "expired"
    const until = key.graceUntil === null ? 0 : Math.min(key.graceUntil, key.expiresAt ?? key.graceUntil)
    const at = (instant: number | null) => (instant === null ? null : new Date(instant))
    return {
      ...{ id: key.id, name: key.name, holder: key.holder, scopes: key.scopes, createdBy: key.createdBy },
      projectId: key.project?.id ?? null,
      ...{ organizationId: key.organization?.id ?? null, revision: key.revision, endpointRules: key.endpointRules },
      ...{ ipRules: key.ipRules.map((cidr) => ({ cidr, api: null })), monthlyUnits: key.monthlyUnits },
      ...{ expiresAt: at(key.expiresAt), revokedAt: at(key.revokedAt), lastUsedAt: at(key.lastUsed) },
      previousUntil: now() < until ? at(until) : null,
      state: state === null ? "active" : isOwnReason ? state : "inactive",
    }
  }
  /** Looks at a key's row in an answer, and finds no secret in it. */
  const showing =
    (key: ApiKey): Check =>
    (answer) => {
      expect(answer).toMatchObject(shown(key))
      expect(Object.keys(answer as object)).not.toContain("secret")
    }

  return { payerOf, roleBehind, stateOf, secretIn, allKeys, shown, showing }
}
