/**
 * The ports and settings that every operation of one tenantry runs with.
 *
 * @module
 */

import type * as z from "zod"
import type { Sealing } from "../activity/entry.ts"
import type { RecordCache } from "../api-key/record-cache.ts"
import type { Payments } from "../billing/payments.ts"
import type { SubscriptionSource } from "../billing/source.ts"
import type { Clock } from "../kernel/clock.ts"
import type { Ids } from "../kernel/id.ts"
import { parseInput } from "../kernel/input.ts"
import type { MetadataSchemas } from "../kernel/metadata.ts"
import type { Queue } from "../kernel/queue.ts"
import type { SecretBox } from "../outbox/mailer.ts"
import type { PolicyEngine, Rule } from "../policy/policy.ts"
import type { RateLimiter } from "../rate-limit/rate-limit.ts"
import type { RuleBook } from "../restriction/compiled.ts"
import type { Store } from "../store/store.ts"
import type { UsageBuffer } from "../usage/buffer.ts"
import type { Expected } from "./expected.ts"
import type { Guarding } from "./guard.ts"
import type { Limits, Settings } from "./settings.ts"

export type Shell = Readonly<{
  store: Store
  clock: Clock
  ids: Ids
  policy: PolicyEngine
  rules: readonly Rule[]
  settings: Settings
  queue: Queue
  /** Input schemas by what builds them, each built when it is first needed: building one costs ten times a parse. */
  schemas: Map<unknown, z.ZodType>
  sealing: Sealing
  secretBox: SecretBox | null
  ruleBook: RuleBook
  limiter: RateLimiter
  /** Where records of keys are kept; null reads each anew. */
  records: RecordCache | null
  /** Where usage is counted in batches; null counts each use at once. */
  buffer: UsageBuffer | null
  /** The host's own subscriptions; null for those that it puts here. */
  subscriptions: SubscriptionSource | null
  payments: Payments
  /** The host's guards; null for none. */
  guards: Guarding | null
  /** Whether everything runs inside a transaction of the host's. */
  isHosted: boolean
  /** Whether somebody is told of that action, so that its event is queued. */
  isSubscribed: (action: string) => boolean
  /** What one call must still find as it was; unsaid, nothing. */
  expected?: Expected
}>

/** The parsed input of an operation, or `invalid_input` with every issue. */
export function readInput<I>(
  { schemas, settings }: Shell,
  { input }: Readonly<{ input: (limits: Limits, metadata: MetadataSchemas) => z.ZodType<I> }>,
  raw: unknown,
): I {
  const schema = schemas.get(input) ?? input(settings.limits, settings.metadata.schemas)
  schemas.set(input, schema)
  return parseInput(schema as z.ZodType<I>, raw)
}
