/**
 * Usage: units that were consumed, what they were taken from, and whom they count for.
 *
 * @module
 */
import * as z from "zod"
import type { AccountId } from "../billing/account.ts"
import type { UserId } from "../kernel/actor.ts"
import { TenantryError } from "../kernel/error.ts"
import type { ApiKeyId, HoldId, OrganizationId } from "../kernel/id.ts"
import { inputIssue } from "../kernel/input.ts"
import type { Month } from "./month.ts"

/** Units of use: a safe integer from 1. */
export const Units = z.int().min(1).max(Number.MAX_SAFE_INTEGER)

/** The name of one API of the product. */
export const ApiName = z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "expected the name of an API")

/** Refuses an API that the configuration does not declare, as `invalid_input`; where it declares none, all are good. */
export function requireDeclared(api: string | undefined, apis: readonly string[] | null): void {
  if (api === undefined || apis === null || apis.includes(api)) return
  throw new TenantryError("invalid_input", inputIssue(["api"], "not among the declared `apis`"))
}

/** A caller's own name for a request. */
export const RequestId = z.string().min(1).max(200)

/** Hours that a request id is remembered. */
export const REPLAY_HOURS = 24

/** What units are taken from: an account's quota of a product, or a key's own allowance, in one period. */
export type Meter = Readonly<{
  /** `quota api`, or `key` and the key's id: unique within an account. */
  name: string
  /** When the period began, as text that sorts by time. */
  period: string
}>

/** How a meter stands: what was used, and what is held and neither used, released nor expired. */
export type MeterStanding = Meter & Readonly<{ used: number; held: number }>

/** A meter to take from. `cap` is what used and held may come to; null is no limit. */
export type Take = Meter & Readonly<{ cap: number | null }>

/** What units count for; one counter is kept of each combination. */
export type Counter = Readonly<{
  /** Null for a personal key. */
  organizationId: OrganizationId | null
  /** Null where no key was used. */
  keyId: ApiKeyId | null
  /** The person whose use it is; null for an organization's key. */
  holder: UserId | null
  api: string | null
  plan: string | null
  month: Month
}>

/** A counter as it stands. */
export type UsageRow = Counter & Readonly<{ account: AccountId; units: number; lastUsedAt: Date }>

/** Units to count, everything they are taken from, and whom they count for. */
export type Consumption = Readonly<{
  account: AccountId
  units: number
  /** No meter twice. */
  takes: readonly Take[]
  counter: Counter
  /** The caller's id of the request, made unique within the account; null is a request of its own. */
  request: string | null
  /** The instant, to the minute in `lastUsedAt`. */
  at: Date
}>

/** What came of it. `replayed`: that request was counted before. `refused`: the take at that index has no room. */
export type Consumed = Readonly<{ meters: readonly MeterStanding[] }> &
  (Readonly<{ outcome: "consumed" | "replayed" }> | Readonly<{ outcome: "refused"; by: number }>)

/** What became of a consumption that no cap refuses. */
export type Added = Extract<Consumed, { outcome: "consumed" | "replayed" }>

/** Units kept aside until their cost is known. */
export type Hold = Readonly<{
  id: HoldId
  account: AccountId
  units: number
  meters: readonly Meter[]
  counter: Counter
  createdAt: Date
  /** From then on it keeps nothing aside and cannot be settled. */
  expiresAt: Date
  /** Units that it was settled for, none when it was released; null while it is open. */
  settled: number | null
}>

/** What settling a hold came to, and how its meters then stand. `replayed`: it was settled before, and stays so. */
export type Settled = Readonly<{ outcome: "settled" | "replayed"; hold: Hold; meters: readonly MeterStanding[] }>
