/**
 * The outbox at work: everything behind `Outbox`.
 *
 * @module
 */
import * as z from "zod"
import { idSchema, type MessageId, type OrganizationId } from "../kernel/id.ts"
import { parseInput } from "../kernel/input.ts"
import { keyset, type PageLimits, page, pageFields } from "../kernel/page.ts"
import { port } from "../kernel/port.ts"
import { type DeliveryDeps, deliver } from "./deliver.ts"
import type { Message } from "./message.ts"
import type { MessageView, Outbox } from "./outbox.ts"
import { run, type WorkerOptions } from "./worker.ts"

const Reference = z.strictObject({ organizationId: idSchema("org"), messageId: idSchema("msg") })

const Options = z.strictObject({ limit: z.int().min(1).max(1000).optional() })
const Worker = z.strictObject({
  signal: z.instanceof(AbortSignal),
  everyMs: z.int().min(1).max(86_400_000).optional(),
  onError: z.custom<NonNullable<WorkerOptions["onError"]>>((value) => typeof value === "function").optional(),
})

/** The outbox over its ports. */
export function openOutbox(deps: DeliveryDeps, limits: PageLimits): Outbox {
  const { outbox } = deps.store
  const List = z.strictObject({ state: z.enum(["queued", "sent", "dropped", "dead"]), ...pageFields(limits) })
  const withReference =
    <T>(work: (organizationId: OrganizationId, messageId: MessageId) => Promise<T>) =>
    async (input: unknown) => {
      const { organizationId, messageId } = parseInput(Reference, input)
      return port(() => work(organizationId, messageId))
    }
  return {
    deliver: async (options = {}) => {
      const { limit } = parseInput(Options, options)
      return port(() => deliver(deps, limit === undefined ? {} : { limit }))
    },
    run: async (options) => {
      const { signal, everyMs, onError } = parseInput(Worker, options)
      return run(deps, { signal, ...(everyMs === undefined ? {} : { everyMs }), ...(onError && { onError }) })
    },
    list: async (input) => {
      const { state, ...asked } = parseInput(List, input)
      const by = keyset(asked, limits)
      return page(await port(() => outbox.list(state, by)), by, ({ id }) => id, view)
    },
    retry: withReference((organizationId, id) => outbox.retry(organizationId, id, deps.clock.now())),
    discard: withReference((organizationId, id) => outbox.discard(organizationId, id)),
    health: () => port(() => outbox.health()),
  }
}

const view = ({ payload: _payload, lease: _lease, ...message }: Message): MessageView => message
