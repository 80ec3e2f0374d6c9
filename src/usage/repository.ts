/**
 * What usage asks of a store. None of it touches a revision.
 *
 * @module
 */
import type { AccountId } from "../billing/account.ts"
import type { UserId } from "../kernel/actor.ts"
import type { ApiKeyId, HoldId } from "../kernel/id.ts"
import type { Answer } from "../kernel/port.ts"
import type { Read } from "../store/read.ts"
import type { Month } from "./month.ts"
import type { Added, Consumed, Consumption, Hold, Settled, UsageRow } from "./usage.ts"

/** Which counters: of that key, of that person, of that month. Null is every one. */
export type UsageFilter = Readonly<{ keyId: ApiKeyId | null; holder: UserId | null; month: Month | null }>

/** Reads inside one organization, and of one account. */
export interface UsageReads {
  /**
   * Must answer every counter that matches, in any order: an organization's, whoever pays, or an account's, whatever it
   * pays for.
   */
  usage: Read<UsageFilter, readonly UsageRow[]>
  /** Must answer that hold, or null; after its end for 24 hours at least. */
  hold: Read<HoldId, Hold | null>
}

export interface UsageRepository {
  /**
   * Must add the units to every meter taken from and to the counter, or to none: a take must find that what is used and
   * held and the units together are within its cap, under any concurrency. A request counted for that account within
   * the 24 hours before must change nothing. Must answer how each meter taken from then stands, in their order.
   */
  consume(consumption: Consumption): Answer<Consumed>
  /**
   * Must add the units of every consumption to its meters and counter, whatever their caps, all of them or none; those
   * whose request was counted before change nothing. Must answer what became of each, in their order, with its meters as
   * they stand as if the consumptions had come one after another.
   */
  add(consumptions: readonly Consumption[]): Promise<readonly Added[]>
  /**
   * As `consume`, but must keep the units aside instead: until it is settled or expires the hold counts as held by its
   * meters, and by no counter. A replay must change nothing and make no hold.
   */
  hold(consumption: Consumption, hold: Pick<Hold, "id" | "expiresAt">): Promise<Consumed>
  /**
   * Must end an open hold that has not expired at `at` and add `units` to its meters and counter; 0 only ends it. Must
   * answer the hold as settled; one that was settled before as it is, told apart, and null when it is unknown or expired.
   * Must answer how each of its meters then stands, in their order.
   */
  settle(account: AccountId, id: HoldId, units: number, at: Date): Promise<Settled | null>
}
