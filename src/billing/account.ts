/**
 * Accounts: who pays. Personal keys and subscriptions belong to one.
 *
 * @module
 */
import { UserId } from "../kernel/actor.ts"
import { type Branded, idSchema, type OrganizationId } from "../kernel/id.ts"
import { parseInput } from "../kernel/input.ts"

/** `user:` or `organization:` and the id of whoever pays. */
export type AccountId = Branded<"AccountId">

/** Names an account, for the host's payment webhook. */
export const account = {
  /** A person's own account. */
  user: (id: UserId | string): AccountId => `user:${parseInput(UserId, id)}` as AccountId,
  /** An organization's own account. */
  organization: (id: OrganizationId | string): AccountId =>
    `organization:${parseInput(idSchema("org"), id)}` as AccountId,
}
