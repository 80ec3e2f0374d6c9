/**
 * What API keys ask of a store.
 *
 * @module
 */
import type { Payer } from "../billing/billed.ts"
import type { UserId } from "../kernel/actor.ts"
import type { ApiKeyId, ProjectId } from "../kernel/id.ts"
import type { Keyset } from "../kernel/page.ts"
import type { Answer } from "../kernel/port.ts"
import type { SecretHash } from "../kernel/secret.ts"
import type { Whose } from "../membership/repository.ts"
import type { Read } from "../store/read.ts"
import type { ApiKey } from "./api-key.ts"
import type { ListedKey } from "./key-view.ts"
import type { KeyRecord } from "./verdict.ts"

/** Which keys a list shows: those that this person holds, bound to that project; null is every key. */
export type ApiKeyFilter = Readonly<{ holder: UserId | null; projectId: ProjectId | null }>

/** Reads of one account's keys. */
export interface AccountKeyReads {
  /** Must answer that key, with the membership that holds it and the project it is bound to, or null; a deleted key is none. */
  apiKey: Read<ApiKeyId, ListedKey | null>
  /** Must answer the page of keys that match and are not deleted, by id ascending. */
  apiKeys: Read<ApiKeyFilter & Keyset, readonly ListedKey[]>
  /** Must answer how many keys are not deleted. */
  apiKeyCount: Read<true, number>
}

/** Reads inside one organization. */
export interface ApiKeyReads extends AccountKeyReads {
  /** Must answer the key that asks, or null; a deleted key is none. */
  actingKey: Read<ApiKeyId, ApiKey | null>
  /** Must answer every key, neither revoked nor deleted, that the user created, holds or was shown, by id ascending. */
  keysOf: Read<Whose, readonly ApiKey[]>
  /** Must answer how many keys were used last at that instant or later, deleted ones among them. */
  keysUsedSince: Read<Date, number>
}

/** Who pays for organizations, the instant, and whether it is asked where the meters stand: counting tells that too. */
export type SecretAsk = Readonly<{ payer: Payer; at: Date; meters: boolean }>

/** Look-ups across organizations and accounts. */
export interface ApiKeyRepository {
  /**
   * Must answer the key one of whose secrets has that hash, expired or not, with everything its verdict depends on, as
   * of one instant; null when there is none. Must answer no meters unless they are asked for. What is answered may be
   * shared: nobody changes it.
   */
  findBySecret(hash: SecretHash, by: SecretAsk): Answer<KeyRecord | null>
}
