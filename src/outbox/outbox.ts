/**
 * The outbox as the host's own code uses it: deliver, or look after what could not be delivered.
 *
 * @module
 */
import * as z from "zod"
import { idSchema, type MessageId, type OrganizationId } from "../kernel/id.ts"
import { parseInput } from "../kernel/input.ts"
import { keyset, type Page, type PageLimits, page, pageFields } from "../kernel/page.ts"
import { port } from "../kernel/port.ts"
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

const Reference = z.strictObject({ organizationId: idSchema("org"), messageId: idSchema("msg") })

/** The outbox over its ports. */
export function outboxOf(deps: DeliveryDeps, limits: PageLimits): Outbox {
  const { outbox } = deps.store
  const List = z.strictObject({ state: z.enum(["queued", "sent", "dropped", "dead"]), ...pageFields(limits) })
  const withReference =
    <T>(work: (organizationId: OrganizationId, messageId: MessageId) => Promise<T>) =>
    async (input: unknown) => {
      const { organizationId, messageId } = parseInput(Reference, input)
      return port(() => work(organizationId, messageId))
    }
  return Object.freeze({
    // Loaded when first called: a process that only takes requests never delivers.
    deliver: async (options) => port(async () => (await import("./deliver.ts")).deliver(deps, options)),
    run: async (options) => (await import("./worker.ts")).run(deps, options),
    list: async (input) => {
      const { state, ...asked } = parseInput(List, input)
      const by = keyset(asked, limits)
      return page(await port(() => outbox.list(state, by)), by, ({ id }) => id, view)
    },
    retry: withReference((organizationId, id) => outbox.retry(organizationId, id, deps.clock.now())),
    discard: withReference((organizationId, id) => outbox.discard(organizationId, id)),
    health: () => port(() => outbox.health()),
  } satisfies Outbox)
}

const view = ({ payload: _payload, lease: _lease, ...message }: Message): MessageView => message
