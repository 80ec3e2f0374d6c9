/**
 * Issuing keys and changing what they are good for: nobody makes a key worth more than they hold.
 *
 * @module
 */
import type { KeyHolder } from "../kernel/actor.ts"
import { type Decision, decided, type Refusal, refused } from "../kernel/decision.ts"
import type { ApiKeyId, OrganizationId, ProjectId } from "../kernel/id.ts"
import { inputIssue } from "../kernel/input.ts"
import { hashSecret } from "../kernel/secret.ts"
import type { Access, PolicyEngine } from "../policy/policy.ts"
import { undeclaredApis } from "../restriction/restriction.ts"
import { type ApiKey, type ApiKeyChanges, type ApiKeyFact, neededScopes, type StoredSecret } from "./api-key.ts"
import { hint, type KeySecret } from "./key-secret.ts"

/** What whoever asks holds. */
export type Holding = Pick<Access, "can" | "lacks">

/** What a key is made of, as asked. */
export type KeyWish = ApiKeyChanges & Readonly<{ name: string; scopes: readonly string[]; environment: string }>

/** Where the key is to live. */
export type KeyPlace = Readonly<{
  id: ApiKeyId
  organizationId: OrganizationId | null
  projectId: ProjectId | null
  holder: KeyHolder
  createdBy: ApiKey["createdBy"]
  shownTo: ApiKey["shownTo"]
  /** Keys there are, and may be. */
  count: number
  max: number
}>

export type WishCode = "forbidden" | "permission_escalation" | "invalid_input"

/** What a store keeps of a secret. */
export const stored = (secret: KeySecret): Pick<StoredSecret, "hash" | "hint"> => ({
  hash: hashSecret(secret),
  hint: hint(secret),
})

/** Makes a key with that secret. */
export function create(
  wish: KeyWish,
  place: KeyPlace,
  secret: KeySecret,
  by: Holding,
  apis: readonly string[] | null,
  at: Date,
): Decision<ApiKeyFact, WishCode | "limit_reached"> {
  const { count, max, ...where } = place
  const rules = { ipRules: nonEmpty(wish.ipRules), endpointRules: nonEmpty(wish.endpointRules) }
  const refusal = wishRefusal({ ...wish, ...rules }, wish.scopes, by, apis, at)
  if (refusal !== null) return { ok: false, refusal }
  if (count >= max) return refused("limit_reached", { limit: "apiKeys", max })
  const key: ApiKey = {
    ...where,
    name: wish.name,
    scopes: wish.scopes,
    environment: wish.environment,
    secret: { ...stored(secret), expiresAt: null },
    previous: null,
    enabled: true,
    expiresAt: wish.expiresAt ?? null,
    revokedAt: null,
    deletedAt: null,
    ipRules: wish.ipRules ?? [],
    endpointRules: wish.endpointRules ?? [],
    rateLimit: wish.rateLimit ?? null,
    monthlyUnits: wish.monthlyUnits ?? null,
    metadata: wish.metadata ?? {},
    createdAt: at,
    revision: 0,
  }
  return decided({ action: "api_key.created", before: null, after: key })
}

/** Why those changes to a key are not this caller's to make, or null. */
export const changeRefusal = (
  key: ApiKey,
  changes: ApiKeyChanges,
  by: Holding,
  apis: readonly string[] | null,
  at: Date,
): Refusal<WishCode> | null => wishRefusal(changes, neededScopes(key, changes), by, apis, at)

/**
 * Decides over a key without the scopes that the policy no longer knows: they grant nothing, so that nobody need hold
 * them, and a key that is made worth something anew loses them for good.
 */
export function asKnown(
  key: ApiKey,
  policy: Pick<PolicyEngine, "canonical">,
  decide: (key: ApiKey) => Decision<ApiKeyFact>,
): Decision<ApiKeyFact> {
  const decision = decide({ ...key, scopes: key.scopes.filter((name) => policy.canonical(name) === name) })
  return decision.ok ? decided(...decision.facts.map((fact) => ({ ...fact, before: key }))) : decision
}

function wishRefusal(
  { ipRules, endpointRules, expiresAt }: ApiKeyChanges,
  scopes: readonly string[],
  by: Holding,
  apis: readonly string[] | null,
  at: Date,
): Refusal<WishCode> | null {
  const lacking = by.lacks(scopes)
  if (lacking.length > 0) return refused("permission_escalation", { permissions: lacking }).refusal
  const asks = { "ipRules.manage": ipRules, "endpointRules.manage": endpointRules } as const
  for (const permission of ["ipRules.manage", "endpointRules.manage"] as const) {
    if (asks[permission] !== undefined && !by.can(permission)) return refused("forbidden", { permission }).refusal
  }
  const issues = [
    ...undeclaredApis(ipRules ?? [], apis, ["ipRules"]),
    ...(expiresAt != null && expiresAt <= at ? inputIssue(["expiresAt"], "expected an instant to come").issues : []),
  ]
  return issues.length > 0 ? refused("invalid_input", { issues }).refusal : null
}

/** At creation an empty list asks for nothing; later it takes rules away, and is a change like any other. */
const nonEmpty = <Rule>(rules: readonly Rule[] | undefined): readonly Rule[] | undefined =>
  rules?.length === 0 ? undefined : rules
