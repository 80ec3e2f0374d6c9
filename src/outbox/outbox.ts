/**
 * The outbox as the host's own code uses it: deliver, or look after what could not be delivered.
 *
 * @module
 */
import type { Page, PageLimits } from "../kernel/page.ts"
import type { Delivered, DeliveryDeps } from "./deliver.ts"
import type { Message, MessageState } from "./message.ts"
import type { OutboxHealth } from "./repository.ts"
import type { WorkerOptions } from "./worker.ts"

/** A message as lists show it: without what it carries. */
export type MessageView = Omit<Message, "payload" | "lease">

/** Delivery of e-mails and events; for the host's own code, so without an actor. */
export interface Outbox {
  /** Delivers one batch of what is due, at most `limit` (20). Errors: `unavailable`. */
  deliver(options?: Readonly<{ limit?: number }>): Promise<Delivered>
  /** Delivers until `signal` aborts; resolves when the batch in hand is finished. */
  run(options: WorkerOptions): Promise<void>
  /** A page of messages in one state, by id. */
  list(input: Readonly<{ state: MessageState; cursor?: string; limit?: number }>): Promise<Page<MessageView>>
  /** Queues a dead event anew; false where there is none. A dead e-mail's token is gone: resend the invitation. */
  retry(input: Readonly<{ organizationId: string; messageId: string }>): Promise<boolean>
  /** Deletes a dead message; false where there is none. */
  discard(input: Readonly<{ organizationId: string; messageId: string }>): Promise<boolean>
  /** How many messages are queued and dead, and since when the oldest waits. */
  health(): Promise<OutboxHealth>
}

/**
 * The outbox over its ports, loaded when first used: a process that only takes requests never delivers. `enter` throws
 * where it must not be used.
 */
export function outboxOf(deps: DeliveryDeps, limits: PageLimits, enter: () => void): Outbox {
  const open = async () => {
    enter()
    return (await import("./open-outbox.ts")).openOutbox(deps, limits)
  }
  return Object.freeze({
    deliver: async (options) => (await open()).deliver(options),
    run: async (options) => (await open()).run(options),
    list: async (input) => (await open()).list(input),
    retry: async (input) => (await open()).retry(input),
    discard: async (input) => (await open()).discard(input),
    health: async () => (await open()).health(),
  } satisfies Outbox)
}
