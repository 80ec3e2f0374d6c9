/**
 * The ports to the outside: who sends mail, who seals secrets at rest.
 *
 * @module
 */

/** One invitation's e-mail: what it says, and a default rendering of it. */
export type InvitationMessage = Readonly<{
  /** The same at every attempt, so that a repeat can be dropped: hand it on as the idempotency key. */
  id: string
  to: string
  /** BCP 47 tag, for hosts that render their own; the default rendering is English. */
  locale: string | null
  organizationName: string
  /** The inviter's name, else their address, else null. */
  inviter: string | null
  /** Null when the invitation is to projects only. */
  role: string | null
  expiresAt: Date
  /** Holds the token: must not be logged. */
  acceptUrl: string
  subject: string
  text: string
  html: string
}>

/** Sends mail. Must reject when it was not handed over; it is then called again, up to 8 times within 24 hours. */
export interface Mailer {
  /** Must settle within 20 seconds, or counts as failed; may be called again with the same `id`. */
  sendInvitation(message: InvitationMessage): Promise<void>
}

/** Seals what the outbox holds until it is sent. `open` must answer what `seal` was given, in every process. */
export interface SecretBox {
  seal(text: string): string | Promise<string>
  open(text: string): string | Promise<string>
}
