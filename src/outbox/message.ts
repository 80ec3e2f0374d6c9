/**
 * An outbox message: an e-mail or an event that a commit wrote, to be delivered at least once afterwards.
 *
 * ```
 *   queued ──► sent
 *     │ ▲ └──► dropped   (what it was about is over)
 *     │ └ retry, with backoff
 *     └──────► dead      (8 attempts within 24 hours)
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
  /** A token or an event's JSON, sealed where a secret box is given; null once sent or dropped or its person is erased, a mail's once dead. */
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

/** How one delivery ended; the state it leaves the message in. */
export type Settlement = Readonly<{
  state: MessageState
  attempts: number
  dueAt: Date
  error: string | null
  /** Whether the payload is blanked: always, unless the message stays queued or is an event that can be retried. */
  blank: boolean
}>
