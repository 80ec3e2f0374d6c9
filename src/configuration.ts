/**
 * What a host hands to `createTenantry`, checked as a whole before anything runs.
 *
 * @module
 */
import * as z from "zod"
import { ACTIONS } from "./activity/activity.ts"
import type { RecordCache } from "./api-key/record-cache.ts"
import { immediatePayments, type Payments } from "./billing/payments.ts"
import { mergePlans } from "./billing/plan.ts"
import type { SubscriptionSource } from "./billing/source.ts"
import type { NoSchemas } from "./facade.ts"
import type { Guards, SubscribersByAction } from "./hooks.ts"
import { system } from "./kernel/actor.ts"
import { type Clock, systemClock } from "./kernel/clock.ts"
import { attempt, type InputIssue, TenantryError } from "./kernel/error.ts"
import { type Ids, randomIds } from "./kernel/id.ts"
import { inputIssues } from "./kernel/input.ts"
import type { MetadataSchemas } from "./kernel/metadata.ts"
import { turns } from "./kernel/queue.ts"
import { COMMANDS } from "./operations.ts"
import { RESERVED_SLUGS } from "./organization/slug.ts"
import type { DeliveryDeps } from "./outbox/deliver.ts"
import { EVERY_ACTION, isSubscribed, type Subscriber } from "./outbox/event.ts"
import type { Mailer, SecretBox } from "./outbox/mailer.ts"
import { dropping } from "./pipeline/dropping.ts"
import { flushUsage, tellingBatches } from "./pipeline/flush.ts"
import { type Guard, guarding } from "./pipeline/guard.ts"
import { type SettingsInput, SettingsSchema } from "./pipeline/settings.ts"
import type { Shell } from "./pipeline/shell.ts"
import type { PolicyEngine, PolicyNames, Rule } from "./policy/policy.ts"
import type { Preset } from "./presets/preset.ts"
import { gcraLimiter } from "./rate-limit/gcra.ts"
import type { RateLimiter } from "./rate-limit/rate-limit.ts"
import { ruleBook } from "./restriction/compiled.ts"
import type { Store } from "./store/store.ts"
import { usageBuffer } from "./usage/buffer.ts"

type Ports = Readonly<{
  store: Store
  mailer: Mailer
  /** The page of the host's that answers an invitation: an `http(s)` URL that carries the token. */
  acceptUrl: (token: string) => string
  /** The machine's clock unless given. */
  clock?: Clock
  /** Random, time-ordered ids unless given. */
  ids?: Ids
  /** Seals tokens and events while they wait in the outbox. */
  secretBox?: SecretBox
  /** Reads the host's own subscriptions in place of those put here. */
  subscriptions?: SubscriptionSource
  /** The payment provider: changes hold at once unless given. */
  payments?: Payments
  /** Counts rate limits: this process alone unless given. */
  rateLimiter?: RateLimiter
  /** Keeps records of keys for `apiKeys.recordStaleness` seconds at most, and is told of every commit. */
  cache?: RecordCache
  /** Writes usage that waits in the buffer when it is aborted. */
  signal?: AbortSignal
  /** Keys the activity's hash chain (HMAC), so that only who knows it can continue the chain; 32 characters or more. */
  activityKey?: string
}>

/** A preset, or a policy of the host's own; ports; and any setting that differs from its default. */
export type Configuration<N extends PolicyNames = PolicyNames, S extends MetadataSchemas = NoSchemas> = Ports &
  Omit<SettingsInput, "metadata"> &
  Readonly<{
    /** The host's rules: they can forbid what a role grants, nothing else. */
    rules?: readonly Rule<NoInfer<N>>[]
    /** Who may refuse which commands, between decision and commit. */
    guards?: Guards<N, S>
    /** Who is told of which facts, after commit, at least once, in order within an organization; `*` of every one. */
    subscribers?: SubscribersByAction<N, S>
    /** Schemas of what the host keeps with organizations, members and keys; any JSON object unless given. */
    metadata?: S
  }> &
  (Readonly<{ preset: Preset<N>; policy?: never }> | Readonly<{ policy: PolicyEngine<N>; preset?: never }>)

const has =
  (...names: readonly string[]) =>
  (value: unknown) =>
    typeof value === "object" &&
    value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === "function")
const port = <T>(...methods: readonly string[]) =>
  z.custom<T>(has(...methods), `expected an object with ${methods.map((name) => `\`${name}\``).join(", ")}`)
const callable = <T>() => z.custom<T>((value) => typeof value === "function", "expected a function")

const ConfigurationSchema = SettingsSchema.extend({
  preset: z
    .custom<Preset>((value) => has("resolve")((value as Partial<Preset> | null)?.policy), "expected a preset")
    .optional(),
  policy: port<PolicyEngine>("resolve").optional(),
  store: port<Store>("load", "commit", "transaction", "lock").refine(
    ({ accounts, apiKeys, usage, platform, users, contexts }) =>
      has("load", "commit")(accounts) &&
      has("findBySecret")(apiKeys) &&
      has("consume", "add", "hold", "settle")(usage) &&
      has("organizations", "entries", "purge")(platform) &&
      has("organizationsOf", "forget")(users) &&
      has("of")(contexts),
    "expected `accounts`, `apiKeys`, `usage`, `platform`, `users` and `contexts` too",
  ),
  mailer: port<Mailer>("sendInvitation"),
  acceptUrl: callable<Ports["acceptUrl"]>().refine(isLink, "expected an http(s) URL that carries the token"),
  clock: port<Clock>("now").default(systemClock),
  ids: port<Ids>("id", "token", "keySecret", "salt", "random").default(randomIds),
  rules: z
    .array(port<Rule>("forbids").refine(({ name }) => typeof name === "string", "expected a `name`"))
    .readonly()
    .default([]),
  guards: z.partialRecord(z.enum(COMMANDS), callable<Guard>()).default({}),
  subscribers: z.partialRecord(z.enum([...ACTIONS, EVERY_ACTION]), callable<Subscriber>()).default({}),
  secretBox: port<SecretBox>("seal", "open").nullable().default(null),
  subscriptions: port<SubscriptionSource>("current").nullable().default(null),
  payments: port<Payments>("changePlan", "cancel").default(immediatePayments),
  rateLimiter: port<RateLimiter>("take", "giveBack").optional(),
  cache: port<RecordCache>("get", "mark", "put", "drop").nullable().default(null),
  signal: z.instanceof(AbortSignal).optional(),
  activityKey: z.string().min(32).nullable().default(null),
})

function isLink(acceptUrl: Ports["acceptUrl"]): boolean {
  const token = "0123456789abcdefABCDEF_-"
  try {
    const url = acceptUrl(token)
    return url.includes(token) && /^https?:$/.test(new URL(url).protocol)
  } catch {
    return false
  }
}

/** The ports and settings that operations and deliveries run with, or one `invalid_input` with all that is wrong. */
export function configure(configuration: unknown): Readonly<{ shell: Shell; delivery: DeliveryDeps }> {
  const result = ConfigurationSchema.safeParse(withPreset(configuration))
  const choice = policyIssues(configuration as Partial<Configuration> | null | undefined)
  if (!result.success) throw misconfigured([...inputIssues(result.error), ...choice])
  const {
    preset,
    guards,
    subscribers: told,
    activityKey,
    rateLimiter,
    cache,
    signal,
    store: given,
    ...rest
  } = result.data
  const { mailer, acceptUrl, clock, ids, rules, secretBox, subscriptions, payments, ...settings } = rest
  const policy = settings.policy ?? preset?.policy
  const billing = choice.length > 0 ? [] : billingIssues(settings.billing.account, policy)
  const { organizations, usage, apiKeys } = settings
  const issues = [...choice, ...billing, ...cacheIssues(apiKeys.recordStaleness, cache)]
  if (policy === undefined || issues.length > 0) throw misconfigured(issues)
  const store = cache === null ? given : dropping(given, cache, usage.mode === "buffered")
  const reservedSlugs = [...RESERVED_SLUGS, ...organizations.reservedSlugs]
  const subscribers = new Map(
    Object.entries(told).flatMap(([name, each]) => (each === undefined ? [] : [[name, each] as const])),
  )
  const shell: Shell = {
    store,
    clock,
    ids,
    policy,
    rules,
    settings: { ...settings, organizations: { ...organizations, reservedSlugs } },
    queue: turns(),
    schemas: new Map(),
    sealing: { salt: () => ids.salt(), key: activityKey },
    secretBox,
    ruleBook: ruleBook(),
    limiter: rateLimiter ?? gcraLimiter(),
    records: apiKeys.recordStaleness === 0 ? null : cache,
    buffer:
      usage.mode === "buffered"
        ? usageBuffer(
            store.usage,
            usage,
            tellingBatches(() => shell),
          )
        : null,
    subscriptions,
    payments,
    guards: guarding(new Map(Object.entries(guards))),
    isHosted: false,
    isSubscribed: (action) => isSubscribed(subscribers, action),
  }
  signal?.addEventListener("abort", () => void attempt(flushUsage(shell)), { once: true })
  const onFailed: DeliveryDeps["onFailed"] = async (organizationId, invitationId, messageId) => {
    const input = { organizationId, invitationId, messageId }
    const { recordFailedDelivery } = await import("./invitation/commands.ts")
    const recorded = await attempt(recordFailedDelivery.run(shell, system("outbox"), input))
    if (!recorded.ok && !OVER.has(recorded.error.code)) throw recorded.error
  }
  return { shell, delivery: { store, mailer, acceptUrl, clock, ids, secretBox, subscribers, onFailed } }
}

/** What a preset may say. */
const SECTIONS = ["organizations", "apiKeys", "billing"] as const

/** The configuration, with what its preset says where the host says nothing; the preset's plans stay beside the host's. */
function withPreset(configuration: unknown): unknown {
  if (!isObject(configuration)) return {}
  const { preset } = configuration as Partial<Configuration>
  const sections = SECTIONS.map((name) => {
    const { [name]: own = {} } = configuration as Readonly<Record<string, unknown>>
    return [name, isObject(own) ? { ...preset?.[name], ...said(own) } : own] as const
  })
  const merged: Readonly<Record<string, unknown>> = { ...configuration, ...Object.fromEntries(sections) }
  const { billing } = merged
  if (!isObject(billing)) return merged
  const { plans = [] } = billing as { plans?: unknown }
  const presets = preset?.billing?.plans ?? []
  if (!Array.isArray(plans) || plans === presets) return merged
  return { ...merged, billing: { ...billing, plans: mergePlans(presets, plans) } }
}

/** What is said: an option that is undefined is not. */
const said = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

/** Beside the schema, which stops at what is wrong inside. */
function policyIssues(configuration: Partial<Configuration> | null | undefined): readonly InputIssue[] {
  const one = (configuration?.preset === undefined) !== (configuration?.policy === undefined)
  return one ? [] : [{ path: ["preset"], message: "expected either `preset` or `policy`" }]
}

/** The owner's account is one account. */
function billingIssues(account: string, policy: PolicyEngine | undefined): readonly InputIssue[] {
  const several = account === "owner" && policy?.ownership.holders === "multiple"
  return several ? [{ path: ["billing", "account"], message: "`owner` needs a policy with a single owner" }] : []
}

/** Without a staleness a cache is only told of commits, for the sake of other processes. */
function cacheIssues(staleness: number, cache: RecordCache | null): readonly InputIssue[] {
  const useless = staleness > 0 && cache === null
  return useless ? [{ path: ["apiKeys", "recordStaleness"], message: "needs a `cache`" }] : []
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Where there is nothing left to record a failure in. */
const OVER: ReadonlySet<string> = new Set(["not_found", "organization_inactive"])

/** Says what is wrong in the message too: it is read in a terminal, by whoever wires the host. */
function misconfigured(issues: readonly InputIssue[]): TenantryError<"invalid_input"> {
  const lines = issues.map(({ path, message }) => `\`${path.join(".")}\`: ${message}`)
  return new TenantryError("invalid_input", { issues }, { message: `createTenantry: ${lines.join("; ")}` })
}
