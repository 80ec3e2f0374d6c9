/**
 * What the outbox asks of a store. None of it touches an organization's revision.
 *
 * @module
 */
import type { MessageId, OrganizationId } from "../kernel/id.ts"
import type { Keyset } from "../kernel/page.ts"
import type { Message, MessageState, Settlement } from "./message.ts"

export type { Settlement } from "./message.ts"

/** How the queue stands: counts by state, and when the oldest message still queued was created. */
export type OutboxHealth = Readonly<{ queued: number; dead: number; oldestQueuedAt: Date | null }>

export interface OutboxRepository {
  /**
   * Must lease to `lease`, until `until`, and answer at most `limit` queued messages that are due at `at` and not
   * leased then: the longest due first, but an organization's events by `seq`. Two claims must never answer the same message within one lease. An event must not be
   * answered while an earlier event of its organization is queued and not in the same answer.
   */
  claim(by: Readonly<{ lease: string; at: Date; until: Date; limit: number }>): Promise<readonly Message[]>
  /** Must apply the settlement and end the lease if `lease` still holds the message; must answer whether it did. */
  settle(organizationId: OrganizationId, id: MessageId, lease: string, outcome: Settlement): Promise<boolean>
  /** Must answer the page of messages in that state, by id ascending. */
  list(state: MessageState, by: Keyset): Promise<readonly Message[]>
  /** Must queue a dead event anew, due at `at` with no attempts; must answer whether there was one with a payload. */
  retry(organizationId: OrganizationId, id: MessageId, at: Date): Promise<boolean>
  /** Must delete a dead message; must answer whether there was one. */
  discard(organizationId: OrganizationId, id: MessageId): Promise<boolean>
  /** Must answer how the queue stands. */
  health(): Promise<OutboxHealth>
}
