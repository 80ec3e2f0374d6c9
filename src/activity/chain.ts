/**
 * How entries are chained: each hash covers the one before it and the entry's own text, and that text covers a salted
 * digest of each person, so that a person can be erased without breaking the chain.
 *
 * @module
 */
import { createHmac, hash } from "node:crypto"
import type { UserId } from "../kernel/actor.ts"
import type { ActivityId, OrganizationId } from "../kernel/id.ts"
import { canonicalJson, type JsonObject } from "../kernel/json.ts"
import type { PersonalPart } from "./activity.ts"

/** What `Entry.body` says, as canonical JSON. `v` is the version of this form. */
export type Body = Readonly<{
  v: 1
  organizationId: OrganizationId
  seq: number
  /** Hash of the entry before, empty for the first: by it an entry vouches for its predecessor. */
  prev: string
  id: ActivityId
  action: string
  at: string
  actor: Readonly<{
    type: string
    id: string
    userId: UserId | null
    requestId: string | null
    impersonatedBy: UserId | null
    commitment: string | null
  }>
  target: Readonly<{ type: string; id: string; userId: UserId | null; commitment: string | null }>
  before: JsonObject | null
  after: JsonObject | null
}>

/** `user:u_ada`, `member:mem_…`: how an entry's columns name its actor and target. */
export const reference = ({ type, id }: Readonly<{ type: string; id: string }>): string => `${type}:${id}`

/** The hash of an entry: SHA-256 of the previous hash, a line feed and the body; an HMAC where a key is given. */
export function entryHash(prev: string, body: string, key: string | null): string {
  const text = `${prev}\n${body}`
  return key === null ? hash("sha256", text, "hex") : createHmac("sha256", key).update(text).digest("hex")
}

/** The digest of one person: SHA-256 of the salt, a line feed and the fields as canonical JSON. */
export const commitment = ({ salt, fields }: PersonalPart): string =>
  hash("sha256", `${salt}\n${canonicalJson(fields)}`, "hex")
