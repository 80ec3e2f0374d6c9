/**
 * Identifiers and randomness, as a port: nothing else reads a random source.
 *
 * @module
 */
import { customAlphabet, nanoid } from "nanoid"
import * as z from "zod"

declare const brand: unique symbol
/** A string that only its own maker produces. */
export type Branded<Name extends string> = string & { readonly [brand]: Name }

export type OrganizationId = Branded<"OrganizationId">
export type MembershipId = Branded<"MembershipId">
export type InvitationId = Branded<"InvitationId">
export type RoleId = Branded<"RoleId">
export type ActivityId = Branded<"ActivityId">
export type MessageId = Branded<"MessageId">
export type ApiKeyId = Branded<"ApiKeyId">
export type SubscriptionId = Branded<"SubscriptionId">
export type HoldId = Branded<"HoldId">
export type ProjectId = Branded<"ProjectId">
export type ProjectMembershipId = Branded<"ProjectMembershipId">

/** The prefix of each kind of id and the type it makes. */
export interface IdKinds {
  org: OrganizationId
  mem: MembershipId
  inv: InvitationId
  role: RoleId
  act: ActivityId
  msg: MessageId
  key: ApiKeyId
  sub: SubscriptionId
  hold: HoldId
  prj: ProjectId
  pmem: ProjectMembershipId
}
export type IdPrefix = keyof IdKinds

/** Where ids and secrets come from. */
export interface Ids {
  /**
   * Must answer an id never answered before that starts with `prefix_`, holds only `[a-z0-9]` after it, is 64
   * characters or fewer, and sorts (as bytes) after every id of that prefix made at an earlier millisecond of `at`.
   */
  id<P extends IdPrefix>(prefix: P, at: Date): IdKinds[P]
  /** Must answer at least 190 bits of cryptographic randomness as 32 or more characters of `[A-Za-z0-9_-]`. */
  token(): string
  /** Must answer at least 190 bits of cryptographic randomness as 32 to 128 characters of `[0-9A-Za-z]`. */
  keySecret(): string
  /** Must answer 16 bytes of cryptographic randomness as 32 hexadecimal digits. */
  salt(): string
  /** Must answer a number in [0, 1), for jitter and slug suffixes; need not be cryptographic. */
  random(): number
}

const BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
const tail = customAlphabet(BASE36, 16)
const unit = customAlphabet("0123456789", 9)
const base62 = customAlphabet("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 32)
const hexadecimal = customAlphabet("0123456789abcdef", 32)

/** 9 characters of base-36 milliseconds (until the year 5188), then 82 random bits from nanoid. */
export const randomIds: Ids = {
  id: <P extends IdPrefix>(prefix: P, at: Date) =>
    `${prefix}_${at.getTime().toString(36).padStart(9, "0")}${tail()}` as IdKinds[P],
  token: () => nanoid(32),
  keySecret: () => base62(),
  salt: () => hexadecimal(),
  random: () => Number(unit()) / 1e9,
}

/** The shape of an id of that kind; anything else is refused before any look-up. */
export function idSchema<P extends IdPrefix>(prefix: P): z.ZodType<IdKinds[P], string> {
  return z
    .string()
    .max(64)
    .regex(new RegExp(`^${prefix}_[a-z0-9]+$`), `expected an id that starts with \`${prefix}_\``)
    .transform((id) => id as IdKinds[P])
}
