/**
 * An outbox message: an e-mail or an event that a commit wrote, to be delivered at least once afterwards.
 *
 * ```
 *   queued ──► sent
 *     │ ▲ └──► dropped   (what it was about is over)
 *     │ └ retry, with backoff
 *     └──────► dead      (8 attempts)
 * ```
 *
 * @module
 */
import type { MessageId, OrganizationId } from "../kernel/id.ts"

export type MessageState = "queued" | "sent" | "dropped" | "dead"

export type Message = Readonly<{
  organizationId: OrganizationId
  id: MessageId
  topic: "invitation.email" | "event"
  /** The id of what it is about: an invitation, an activity entry. */
  subject: string
  /** The activity entry's `seq`: events of one organization go out in this order. */
  seq: number
  /** A token (sealed where a secret box is given) or an event's JSON; null once it is sent, dropped or dead. */
  payload: string | null
  state: MessageState
  attempts: number
  /** Not before this instant. */
  dueAt: Date
  /** Who is delivering it, until `leasedUntil`. */
  lease: string | null
  leasedUntil: Date | null
  /** Why the last attempt failed, without any secret. */
  error: string | null
  createdAt: Date
}>
