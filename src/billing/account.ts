/**
 * Accounts: who pays. Personal keys and subscriptions belong to one.
 *
 * @module
 */
import * as z from "zod"
import { UserId } from "../kernel/actor.ts"
import { type Branded, idSchema, type OrganizationId } from "../kernel/id.ts"
import { parseInput } from "../kernel/input.ts"

/** `user:` or `organization:` and the id of whoever pays. */
export type AccountId = Branded<"AccountId">

/** What a person's account has of its own: the revision that guards its keys and subscriptions. */
export type Account = Readonly<{ id: AccountId; createdAt: Date; revision: number }>

/** The person or the organization whose account it is. */
export const accountHolder = (id: AccountId): Readonly<{ type: "user" | "organization"; id: string }> => {
  const colon = id.indexOf(":")
  return { type: id.slice(0, colon) as "user" | "organization", id: id.slice(colon + 1) }
}

/** An account's id as input. */
export const AccountId: z.ZodType<AccountId, string> = z
  .string()
  .refine((id) => {
    const { type, id: holder } = accountHolder(id as AccountId)
    if (type === "user") return UserId.safeParse(holder).success
    return type === "organization" && idSchema("org").safeParse(holder).success
  }, "expected `user:` or `organization:` and an id")
  .transform((id) => id as AccountId)

/** Names an account, for the host's payment webhook. */
export const account = {
  /** A person's own account. */
  user: (id: UserId | string): AccountId => `user:${parseInput(UserId, id)}` as AccountId,
  /** An organization's own account. */
  organization: (id: OrganizationId | string): AccountId =>
    `organization:${parseInput(idSchema("org"), id)}` as AccountId,
}
