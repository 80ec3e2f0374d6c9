/**
 * API keys by themselves: the row, its life, its secret and the verdict on a request. Pure; usable without the rest.
 *
 * @module
 */
export type { KeyHolder } from "../kernel/actor.ts"
export type { SecretHash } from "../kernel/secret.ts"
export { hashSecret } from "../kernel/secret.ts"
export {
  type ApiKey,
  type ApiKeyChanges,
  type ApiKeyFact,
  isUsable,
  remove,
  revoke,
  rotate,
  type StoredSecret,
  secretAt,
  setEnabled,
  update,
} from "./api-key.ts"
export { create, type Holding, type KeyPlace, type KeyWish } from "./issue.ts"
export {
  hint,
  isWellFormed,
  KEY_FORMAT,
  type KeyFormat,
  type KeySecret,
  mintSecret,
  SECRET_PATTERN,
  secretPattern,
} from "./key-secret.ts"
export {
  type BillingTerms,
  effectiveState,
  judge,
  type KeyRecord,
  type KeyRequest,
  type KeyStanding,
  type Restrictions,
  standing,
  VERDICT_STATUS,
  type VerdictCode,
} from "./verdict.ts"
