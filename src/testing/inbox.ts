/**
 * A mailer that keeps what it was given.
 *
 * @module
 */
import type { InvitationMessage, Mailer } from "../outbox/mailer.ts"

/** A mailer in a test's hands. */
export interface Inbox extends Mailer {
  /** Every message that was handed over, oldest first. */
  readonly all: readonly InvitationMessage[]
  /** The newest message to that address, or null. */
  last(to: string): InvitationMessage | null
  /** Makes the next sendings fail. */
  failNext(times?: number): void
}

/** An empty inbox. */
export function inbox(): Inbox {
  const all: InvitationMessage[] = []
  let failures = 0
  return {
    all,
    last: (to) => all.findLast((message) => message.to === to) ?? null,
    failNext(times = 1) {
      failures = times
    },
    async sendInvitation(message) {
      if (failures > 0) {
        failures--
        throw new Error("the mail server is down")
      }
      all.push(message)
    },
  }
}
