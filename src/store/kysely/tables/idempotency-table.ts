/**
 * The table of requests that were begun with an idempotency key, and of their answers.
 *
 * @module
 */
import type { AccountId } from "../../../billing/account.ts"
import { id, optional, text, time, words } from "./columns.ts"
import { flatTable } from "./table.ts"

/** `request` and `fingerprint` are hashes; `answer` is JSON, and null while the request is under way. */
export type BegunRow = Readonly<{
  account: AccountId
  request: string
  fingerprint: string
  answer: string | null
  expiresAt: Date
}>

export const idempotency = flatTable<BegunRow>(
  "idempotency",
  { account: text(160), request: id, fingerprint: id, answer: optional(words), expiresAt: time },
  { key: ["account", "request"], indexes: [["expiresAt"]] },
)
