/**
 * `verify`: one read, a pure verdict, at most one write.
 *
 * ```
 *   checksum ─► read ─► judge ─► rate limit ─► quota and counters ─► verdict
 *                                     ▲              │
 *                                     └─ given back ─┘  when the quota refuses
 * ```
 *
 * @module
 */
import { fromSource } from "../billing/source.ts"
import { payerOf } from "../billing/terms.ts"
import type { ApiKeyActor } from "../kernel/actor.ts"
import { type Answer, isPending } from "../kernel/port.ts"
import { hashSecret, Secret, type SecretHash } from "../kernel/secret.ts"
import { consume, type Metered, weigh } from "../pipeline/metering.ts"
import { recordReader } from "../pipeline/record-reader.ts"
import type { Shell } from "../pipeline/shell.ts"
import { heard } from "../pipeline/within.ts"
import type { RateLimit, RateVerdict } from "../rate-limit/rate-limit.ts"
import type { Use } from "../usage/consumption.ts"
import { requireDeclared } from "../usage/usage.ts"
import type { ApiKey } from "./api-key.ts"
import { actorOf } from "./held.ts"
import { isWellFormed } from "./key-secret.ts"
import { type PreparedKey, preparing } from "./prepared.ts"
import { judge, type KeyRecord, type VerdictCode } from "./verdict.ts"
import {
  type Asked,
  type KeyRateLimit,
  type RefusedVerdict,
  readRequest,
  refuse,
  type Verdict,
  type VerifyRequest,
} from "./verdict-view.ts"

/**
 * Says whether a secret's key may do what a request wants, and counts it. Never throws for a bad key; a request that a
 * host puts wrongly (units that are none, an API that is not declared) is `invalid_input`. Calls that are refused take
 * from no limit. Inside a host's transaction `unavailable` is thrown, as an answer could be committed past. A process that dies between the rate limit and the quota has taken from the rate limit alone.
 */
export type Verify = (secret: string | Secret, request?: VerifyRequest) => Promise<Verdict>

/** Binds `verify` to its ports. */
export function verifier(shell: Shell): Verify {
  const { settings, policy, rules, ruleBook, limiter, subscriptions } = shell
  const { billing } = settings
  const owner = policy.ownership.role
  const read = recordReader(shell, payerOf(billing, owner))
  const terms = billing.account === "none" ? null : { plans: billing.plans, ownerRole: owner }
  const prepare = preparing(policy, rules, ruleBook)

  const paidFor = async (record: KeyRecord): Promise<KeyRecord> => ({
    ...record,
    billed: await fromSource(subscriptions, billing.plans, record.billed),
  })

  /** How a limit stands. With nothing left, a take that is refused takes nothing and tells until when. */
  async function standingOf(keyId: ApiKey["id"], limit: RateLimit, at: Date): Promise<RateVerdict> {
    const standing = await limiter.take(keyId, 0, limit, at)
    if (standing.remaining > 0) return standing
    const refused = await limiter.take(keyId, 1, limit, at)
    if (refused.ok) await limiter.giveBack(keyId, 1, limit, at)
    return refused
  }

  const takeFor = ({ key }: KeyRecord, { meter }: Asked, at: Date): Answer<RateVerdict | null> => {
    if (key.rateLimit === null) return null
    return meter === false ? standingOf(key.id, key.rateLimit, at) : limiter.take(key.id, 1, key.rateLimit, at)
  }

  async function giveBack({ key }: KeyRecord, { meter }: Asked, at: Date): Promise<void> {
    if (key.rateLimit !== null && meter !== false) await limiter.giveBack(key.id, 1, key.rateLimit, at)
  }

  /** Takes from quotas and counters, or asks whether there is room. */
  function count(record: KeyRecord, asked: Asked, at: Date): Answer<Metered> {
    const { meter } = asked
    if (meter === "rateLimit") return { ok: true, quotas: [], replayed: false }
    const use = useOf(record)
    return meter ? consume(shell, use, asked, at) : weigh(shell, use, asked.units, at)
  }

  const useOf = ({ key, organization, billed }: KeyRecord): Use => ({
    billing,
    billed,
    organization,
    key,
    holder: key.holder.type === "organization" ? null : key.holder.userId,
  })

  function admit(record: KeyRecord, hash: SecretHash, asked: Asked, at: Date): Admitted | RefusedVerdict {
    const prepared = prepare(record)
    const { restrictions, holds } = prepared
    const actor = actorOf(record, asked)
    const isHeld = asked.permission === null || holds(asked.permission, record, actor)
    const judged = judge(record, hash, asked, { billing: terms, restrictions, isHeld }, at)
    return judged.ok ? { ok: true, prepared, actor, secret: judged.secret } : refusal(judged.code, record.key, asked)
  }

  return async (given, request = {}) => {
    const asked = readRequest(request)
    requireDeclared(asked.api, settings.apis)
    const secret = given instanceof Secret ? given.reveal() : given
    if (!isWellFormed(secret)) return refuse("malformed", null)
    const at = shell.clock.now()
    const hash = hashSecret(secret)
    try {
      const found = read(hash, at, asked.meter === false)
      const stored = isPending(found) ? await found : found
      if (stored === null) return refuse("not_found", null)
      const record = subscriptions === null ? stored : await paidFor(stored)
      const admitted = admit(record, hash, asked, at)
      if (!admitted.ok) return admitted
      const { id } = record.key
      const taken = takeFor(record, asked, at)
      const standing = isPending(taken) ? await taken : taken
      const rateLimit = standing && record.key.rateLimit && inWindow(standing, record.key.rateLimit)
      if (rateLimit?.ok === false) return refuse("rate_limited", id, { rateLimit })
      let counted: Metered
      try {
        const counting = count(record, asked, at)
        counted = isPending(counting) ? await counting : counting
      } catch (error) {
        await giveBack(record, asked, at)
        throw error
      }
      if (counted.ok) return verdictOf(admitted, rateLimit, counted)
      await giveBack(record, asked, at)
      return refuse("quota_exceeded", id, { quota: counted.quota })
    } catch (error) {
      heard(shell, error)
      return refuse("unavailable", null)
    }
  }
}

/** A key that nothing speaks against but limits. */
type Admitted = Readonly<{
  ok: true
  prepared: PreparedKey
  actor: ApiKeyActor
  secret: "current" | "previous"
}>

/** A rate limit's answer with the window it is counted in: field by field, since to spread it takes as long as a hash. */
function inWindow(verdict: RateVerdict, { windowSeconds }: RateLimit): KeyRateLimit {
  const { limit, remaining, resetAt } = verdict
  if (verdict.ok) return { ok: true, limit, remaining, resetAt, windowSeconds }
  return { ok: false, limit, remaining, resetAt, retryAt: verdict.retryAt, windowSeconds }
}

const verdictOf = (
  { prepared: { key, organization }, actor, secret }: Admitted,
  rateLimit: KeyRateLimit | null,
  { quotas, replayed }: Extract<Metered, { ok: true }>,
): Verdict => ({
  ok: true,
  key,
  actor,
  organization,
  secret,
  rateLimit,
  quotas,
  replayed,
})

/** A refusal of the key or of the request, with what belongs to its code. A secret in no use any more is nobody's. */
function refusal(code: VerdictCode, key: ApiKey, { permission }: Asked): RefusedVerdict {
  switch (code) {
    case "not_found":
      return refuse(code, null)
    case "expired":
      return refuse(code, key.id, { expiredAt: key.expiresAt && new Date(key.expiresAt) })
    case "permission_denied":
      return refuse(code, key.id, { permission })
    case "rate_limited":
    case "quota_exceeded":
      throw new Error("limits are asked last")
    default:
      return refuse(code, key.id)
  }
}
