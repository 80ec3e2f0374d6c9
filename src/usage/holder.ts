/**
 * Whose use it is.
 *
 * @module
 */
import type { Actor, UserId } from "../kernel/actor.ts"

/** The person whom a use counts for: the caller, or whoever holds the key; null for an organization's key and the host. */
export function userBehind(actor: Actor): UserId | null {
  if (actor.type === "user") return actor.id
  return actor.type === "apiKey" && actor.holder.type !== "organization" ? actor.holder.userId : null
}
