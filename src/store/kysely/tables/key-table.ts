/**
 * The table of API keys: an organization's, or of a person outside any.
 *
 * @module
 */
import type { ApiKey, StoredSecret } from "../../../api-key/api-key.ts"
import type { KeyHolder, UserId } from "../../../kernel/actor.ts"
import type { MembershipId } from "../../../kernel/id.ts"
import type { SecretHash } from "../../../kernel/secret.ts"
import { boolean, id, integer, json, optional, text, time, words } from "./columns.ts"
import { table } from "./table.ts"

type Flattened = Omit<ApiKey, "holder" | "secret" | "previous" | "createdBy"> & {
  /** The organization, or the account of the person whose it is. */
  readonly home: string
  readonly holderType: KeyHolder["type"]
  readonly holderUserId: UserId | null
  readonly holderMembershipId: MembershipId | null
  readonly secretHash: SecretHash
  readonly secretHint: string
  readonly secretExpiresAt: Date | null
  readonly previousHash: SecretHash | null
  readonly previousHint: string | null
  readonly previousExpiresAt: Date | null
  readonly createdByType: string
  readonly createdById: string
}

const homeOf = ({ organizationId, holder }: ApiKey): string =>
  organizationId ?? (holder.type === "organization" ? "" : `user:${holder.userId}`)

function holderOf({ holderType, holderUserId, holderMembershipId }: Flattened): KeyHolder {
  if (holderUserId === null || holderType === "organization") return { type: "organization" }
  return holderMembershipId === null
    ? { type: "person", userId: holderUserId }
    : { type: "member", userId: holderUserId, membershipId: holderMembershipId }
}

const previousOf = ({ previousHash, previousHint, previousExpiresAt }: Flattened): StoredSecret | null =>
  previousHash === null ? null : { hash: previousHash, hint: previousHint ?? "", expiresAt: previousExpiresAt }

/** Written out, for it is on the path of every request: to copy what is left over costs several times as much. */
function keyOf(flat: Flattened): ApiKey {
  return {
    id: flat.id,
    organizationId: flat.organizationId,
    holder: holderOf(flat),
    name: flat.name,
    projectId: flat.projectId,
    scopes: flat.scopes,
    environment: flat.environment,
    secret: { hash: flat.secretHash, hint: flat.secretHint, expiresAt: flat.secretExpiresAt },
    previous: previousOf(flat),
    enabled: flat.enabled,
    expiresAt: flat.expiresAt,
    revokedAt: flat.revokedAt,
    deletedAt: flat.deletedAt,
    ipRules: flat.ipRules,
    endpointRules: flat.endpointRules,
    rateLimit: flat.rateLimit,
    monthlyUnits: flat.monthlyUnits,
    createdBy: { type: flat.createdByType, id: flat.createdById },
    shownTo: flat.shownTo,
    metadata: flat.metadata,
    createdAt: flat.createdAt,
    revision: flat.revision,
  }
}

export const apiKeys = table<ApiKey, Flattened>(
  "api_keys",
  {
    home: text(160),
    id,
    organizationId: optional(id),
    holderType: text(16),
    holderUserId: optional(text(128)),
    holderMembershipId: optional(id),
    name: words,
    projectId: optional(id),
    scopes: json,
    environment: words,
    secretHash: text(64),
    secretHint: words,
    secretExpiresAt: optional(time),
    previousHash: optional(text(64)),
    previousHint: optional(words),
    previousExpiresAt: optional(time),
    enabled: boolean,
    expiresAt: optional(time),
    revokedAt: optional(time),
    deletedAt: optional(time),
    ipRules: json,
    endpointRules: json,
    rateLimit: optional(json),
    monthlyUnits: optional(integer),
    createdByType: text(16),
    createdById: text(200),
    shownTo: json,
    metadata: json,
    createdAt: time,
    revision: integer,
  },
  {
    key: ["home", "id"],
    indexes: [
      ["secretHash"],
      ["previousHash"],
      ["home", "holderUserId", "id"],
      ["home", "projectId", "id"],
      ["holderUserId", "organizationId"],
    ],
    isOwned: true,
    checks: ["organization_id is null or organization_id = home"],
  },
  ({ holder, secret, previous, createdBy, ...row }) => ({
    ...row,
    home: homeOf({ holder, secret, previous, createdBy, ...row }),
    holderType: holder.type,
    holderUserId: holder.type === "organization" ? null : holder.userId,
    holderMembershipId: holder.type === "member" ? holder.membershipId : null,
    secretHash: secret.hash,
    secretHint: secret.hint,
    secretExpiresAt: secret.expiresAt,
    previousHash: previous?.hash ?? null,
    previousHint: previous?.hint ?? null,
    previousExpiresAt: previous?.expiresAt ?? null,
    createdByType: createdBy.type,
    createdById: createdBy.id,
  }),
  keyOf,
)
