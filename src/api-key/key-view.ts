/**
 * What people who may read keys see of one: everything but its hashes.
 *
 * @module
 */
import { min } from "date-fns/min"
import type { Billed } from "../billing/billed.ts"
import type { Membership } from "../membership/membership.ts"
import type { Organization } from "../organization/organization.ts"
import type { Project } from "../project/project.ts"
import type { ApiKey } from "./api-key.ts"
import { type BillingTerms, effectiveState, standing } from "./verdict.ts"

/** A key with what its row does not hold. */
export type ListedKey = Readonly<{
  key: ApiKey
  /** To the minute, never going back, whoever pays; null before its first use. */
  lastUsedAt: Date | null
  /** The membership that holds it; null when it has ended, and for a key that no member holds. */
  member: Membership | null
  /** The project that it is bound to; null for other keys. */
  project: Project | null
}>

/** What `verify` would say of it by itself: `inactive` is for a reason outside the key. */
export type ApiKeyState = ReturnType<typeof effectiveState>

/** A key as lists show it. */
export type ApiKeyView = Omit<ApiKey, "secret" | "previous" | "deletedAt" | "enabled" | "shownTo"> &
  Readonly<{
    /** Prefix and environment of its secret, then its first and last four characters. */
    hint: string
    /** Until when the secret before the last rotation works too; null when it does not. */
    previousUntil: Date | null
    state: ApiKeyState
    /** To the minute; null before its first use. */
    lastUsedAt: Date | null
  }>

/** What a key's state depends on besides its row. */
export type Surrounding = Readonly<{
  organization: Organization | null
  billed: Pick<Billed, "subscriptions">
  /** Whether the organization has no more than one person. */
  isAlone: boolean
  billing: BillingTerms
  at: Date
}>

/** The key as lists show it, in the state that `verify` would find it in. */
export function apiKeyView({ key, lastUsedAt, member, project }: ListedKey, by: Surrounding): ApiKeyView {
  const { secret, previous, deletedAt: _deleted, enabled: _enabled, shownTo: _shown, ...seen } = key
  const record = { key, organization: by.organization, member, project, isAlone: by.isAlone, billed: by.billed }
  const ends = [previous?.expiresAt, key.expiresAt].filter((end) => end != null)
  const until = previous === null || ends.length === 0 ? null : min(ends)
  return {
    ...seen,
    hint: secret.hint,
    previousUntil: until !== null && until > by.at ? until : null,
    state: effectiveState(standing(record, by.billing, by.at)),
    lastUsedAt,
  }
}
