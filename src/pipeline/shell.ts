/**
 * The ports and settings that every operation of one tenantry runs with.
 *
 * @module
 */

import type * as z from "zod"
import type { Sealing } from "../activity/entry.ts"
import type { Clock } from "../kernel/clock.ts"
import type { Ids } from "../kernel/id.ts"
import { parseInput } from "../kernel/input.ts"
import type { Queue } from "../kernel/queue.ts"
import type { SecretBox } from "../outbox/mailer.ts"
import type { PolicyEngine, Rule } from "../policy/policy.ts"
import type { Store } from "../store/store.ts"
import type { Limits, Settings } from "./settings.ts"

export type Shell = Readonly<{
  store: Store
  clock: Clock
  ids: Ids
  policy: PolicyEngine
  rules: readonly Rule[]
  settings: Settings
  queue: Queue
  /** Input schemas by operation, each built when it is first needed: building one costs ten times a parse. */
  schemas: Map<string, z.ZodType>
  sealing: Sealing
  secretBox: SecretBox | null
  /** Whether somebody is told of that action, so that its event is queued. */
  isSubscribed: (action: string) => boolean
}>

/** The parsed input of an operation, or `invalid_input` with every issue. */
export function readInput<I>(
  { schemas, settings }: Shell,
  { name, input }: Readonly<{ name: string; input: (limits: Limits) => z.ZodType<I> }>,
  raw: unknown,
): I {
  const schema = schemas.get(name) ?? input(settings.limits)
  schemas.set(name, schema)
  return parseInput(schema as z.ZodType<I>, raw)
}
