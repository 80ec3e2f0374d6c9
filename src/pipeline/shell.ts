/**
 * The ports and settings that every operation of one tenantry runs with.
 *
 * @module
 */
import type { Sealing } from "../activity/entry.ts"
import type { Clock } from "../kernel/clock.ts"
import type { Ids } from "../kernel/id.ts"
import type { Queue } from "../kernel/queue.ts"
import type { SecretBox } from "../outbox/mailer.ts"
import type { PolicyEngine, Rule } from "../policy/policy.ts"
import type { Store } from "../store/store.ts"
import type { Settings } from "./settings.ts"

export type Shell = Readonly<{
  store: Store
  clock: Clock
  ids: Ids
  policy: PolicyEngine
  rules: readonly Rule[]
  settings: Settings
  queue: Queue
  sealing: Sealing
  secretBox: SecretBox | null
  /** Whether somebody is told of that action, so that its event is queued. */
  isSubscribed: (action: string) => boolean
}>
