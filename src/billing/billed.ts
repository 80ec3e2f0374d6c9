/**
 * Who pays, and what they have.
 *
 * @module
 */
import type { RoleName } from "../role/role-name.ts"
import type { MeterStanding } from "../usage/usage.ts"
import type { AccountId } from "./account.ts"
import type { Subscription } from "./subscription.ts"

/** Who pays for an organization: itself, or the one member who holds that role. */
export type Payer = "organization" | Readonly<{ owner: RoleName }>

/** An account that pays. */
export type Billed = Readonly<{
  account: AccountId
  subscriptions: readonly Subscription[]
  /**
   * Of each of the account's quotas (meters named `quota …`) its newest period, with what is held at the instant asked;
   * in the record of a key, of its own meter too, and none where none are asked for.
   */
  meters: readonly MeterStanding[]
}>
