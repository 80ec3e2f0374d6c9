/**
 * An API key: a secret that authenticates requests, and what it may be used for.
 *
 * ```
 *              disable
 *   active ◄────────────► disabled        expired (by time)
 *     │        enable        │
 *     └────► revoked ◄───────┘            a revoked or deleted key never comes back
 * ```
 *
 * @module
 */

import { addSeconds } from "date-fns/addSeconds"
import { min } from "date-fns/min"
import type { KeyHolder, UserId } from "../kernel/actor.ts"
import { type Decision, decided, type Fact, refused } from "../kernel/decision.ts"
import type { ApiKeyId, OrganizationId, ProjectId } from "../kernel/id.ts"
import { canonicalJson, type JsonObject } from "../kernel/json.ts"
import type { Metadata } from "../kernel/metadata.ts"
import type { SecretHash } from "../kernel/secret.ts"
import type { RateLimit } from "../rate-limit/rate-limit.ts"
import type { EndpointRule, IpRule } from "../restriction/restriction.ts"

/** One secret of a key, as stored. `expiresAt` is when a rotated one stops; null lives as long as the key. */
export type StoredSecret = Readonly<{ hash: SecretHash; hint: string; expiresAt: Date | null }>

export type ApiKey = Readonly<{
  id: ApiKeyId
  /** Null for a personal key. */
  organizationId: OrganizationId | null
  holder: KeyHolder
  name: string
  /** The one project it works for; null works for the whole organization. */
  projectId: ProjectId | null
  /** Canonical permissions, sorted; none of them means none at all. */
  scopes: readonly string[]
  environment: string
  secret: StoredSecret
  /** The one before the last rotation, while it is still good. */
  previous: StoredSecret | null
  enabled: boolean
  expiresAt: Date | null
  revokedAt: Date | null
  /** A deleted key is no more; its usage stays for reports. */
  deletedAt: Date | null
  ipRules: readonly IpRule[]
  endpointRules: readonly EndpointRule[]
  rateLimit: RateLimit | null
  /** Units that this key may use in a month, besides any quota. */
  monthlyUnits: number | null
  /** The host's own; every verdict shows it. */
  metadata: Metadata<"apiKey">
  createdBy: Readonly<{ type: string; id: string }>
  /** The people who were shown a secret of it that may still work. */
  shownTo: readonly UserId[]
  createdAt: Date
  revision: number
}>

export type ApiKeyFact = Fact<
  | "api_key.created"
  | "api_key.updated"
  | "api_key.enabled"
  | "api_key.disabled"
  | "api_key.rotated"
  | "api_key.revoked"
  | "api_key.deleted",
  ApiKey
>

/** What changes what a key is good for. */
type Worth = "scopes" | "expiresAt" | "ipRules" | "endpointRules" | "rateLimit" | "monthlyUnits"

/** What one may change of a key. */
export type ApiKeyChanges = {
  readonly [Column in "name" | "metadata" | Worth]?: ApiKey[Column] | undefined
}

/** What the changer needs to hold: the key's scopes, wherever a change makes it worth more to whoever has the secret. */
export function neededScopes(key: ApiKey, changes: ApiKeyChanges): readonly string[] {
  const { name: _, metadata: __, ...rest } = changes
  if (Object.values(rest).every((value) => value === undefined)) return []
  return [...new Set([...key.scopes, ...(changes.scopes ?? [])])]
}

const isOver = (key: ApiKey): boolean => key.revokedAt !== null || key.deletedAt !== null

/** Whether it works at that instant, as far as it alone decides. */
export const isUsable = (key: ApiKey, at: Date): boolean =>
  !isOver(key) && key.enabled && (key.expiresAt === null || at < key.expiresAt)

/** Changes a key that is not revoked; nothing that differs is no fact. */
export function update(key: ApiKey, changes: ApiKeyChanges): Decision<ApiKeyFact, "not_found"> {
  if (isOver(key)) return refused("not_found", {})
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const after: ApiKey = { ...key, ...given }
  const same = canonicalJson(apiKeyFields(after)) === canonicalJson(apiKeyFields(key))
  return same ? decided() : decided({ action: "api_key.updated", before: key, after })
}

/** Turns a key on or off; a revoked one stays dead. */
export function setEnabled(key: ApiKey, enabled: boolean): Decision<ApiKeyFact, "not_found"> {
  if (isOver(key)) return refused("not_found", {})
  if (key.enabled === enabled) return decided()
  return decided({ action: enabled ? "api_key.enabled" : "api_key.disabled", before: key, after: { ...key, enabled } })
}

/**
 * Gives a key a new secret. The old one lives on for `graceSeconds`, never past the key's own expiry; one that was left
 * from an earlier rotation dies, so that at most two live at once. It revives nothing: a disabled key stays disabled.
 */
export function rotate(
  key: ApiKey,
  secret: Pick<StoredSecret, "hash" | "hint">,
  graceSeconds: number,
  at: Date,
  shownTo: UserId | null = null,
): Decision<ApiKeyFact, "not_found"> {
  if (isOver(key)) return refused("not_found", {})
  const graceEnd = addSeconds(at, graceSeconds)
  const expiresAt = key.expiresAt === null ? graceEnd : min([graceEnd, key.expiresAt])
  const previous = graceSeconds > 0 ? { ...key.secret, expiresAt } : null
  const known = new Set([...(previous === null ? [] : key.shownTo), ...(shownTo === null ? [] : [shownTo])])
  const after: ApiKey = { ...key, secret: { ...secret, expiresAt: null }, previous, shownTo: [...known] }
  return decided({ action: "api_key.rotated", before: key, after })
}

/** Ends a key for good, whoever ends it; ending it again is no fact. */
export function revoke(key: ApiKey, at: Date): Decision<ApiKeyFact, never> {
  if (isOver(key)) return decided()
  return decided({ action: "api_key.revoked", before: key, after: { ...key, previous: null, revokedAt: at } })
}

/** The facts that those of these keys that work still are ended for good. */
export const revocations = (keys: readonly ApiKey[], at: Date): readonly ApiKeyFact[] =>
  keys.flatMap((key) => {
    const decision = revoke(key, at)
    return decision.ok ? decision.facts : []
  })

/** Takes a key away for good: its secret is gone, its row stays for the reports of what it used. */
export function remove(key: ApiKey, at: Date): Decision<ApiKeyFact, never> {
  if (key.deletedAt !== null) return decided()
  const secret = { ...key.secret, hash: "" as SecretHash }
  return decided({ action: "api_key.deleted", before: key, after: { ...key, secret, previous: null, deletedAt: at } })
}

/** Takes away the key of somebody who is erased, and what they wrote of it and where they used it from; no entry repeats it. */
export const eraseKey = (key: ApiKey, at: Date): Decision<ApiKeyFact, never> =>
  remove({ ...key, name: "", ipRules: [] }, at)

/** Which of a key's secrets that is at that instant; null for neither. */
export function secretAt(key: ApiKey, hash: SecretHash, at: Date): "current" | "previous" | null {
  if (key.deletedAt !== null) return null
  if (hash === key.secret.hash) return "current"
  const { previous } = key
  if (previous === null || hash !== previous.hash) return null
  return previous.expiresAt === null || at < previous.expiresAt ? "previous" : null
}

/** What remains of somebody who is gone: keys that they know, or knew when they made them. */
export type LeftKey = Readonly<Pick<ApiKey, "id" | "name" | "holder"> & { hint: string }>

/** A key as whoever has to rotate it is told of it. */
export const leftKey = ({ id, name, holder, secret }: ApiKey): LeftKey => ({ id, name, holder, hint: secret.hint })

/** What activity records of a key; no secret and no hash. */
export const apiKeyFields = (key: ApiKey) =>
  ({
    name: key.name,
    holder: key.holder.type === "organization" ? "organization" : `${key.holder.type}:${key.holder.userId}`,
    projectId: key.projectId,
    scopes: key.scopes,
    environment: key.environment,
    hint: key.secret.hint,
    enabled: key.enabled,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    ipRules: key.ipRules.map(({ cidr, api }) => (api === null ? cidr : `${cidr} ${api}`)),
    endpointRules: [...key.endpointRules],
    rateLimit: key.rateLimit === null ? null : { ...key.rateLimit },
    monthlyUnits: key.monthlyUnits,
    metadata: key.metadata,
  }) satisfies JsonObject
