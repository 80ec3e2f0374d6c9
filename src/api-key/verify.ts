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
import { hashSecret, Secret, type SecretHash } from "../kernel/secret.ts"
import { consume, type Metered, weigh } from "../pipeline/metering.ts"
import type { Shell } from "../pipeline/shell.ts"
import type { RateLimit, RateVerdict } from "../rate-limit/rate-limit.ts"
import type { Use } from "../usage/consumption.ts"
import { requireDeclared } from "../usage/usage.ts"
import type { ApiKey } from "./api-key.ts"
import { actorOf, isHeld } from "./held.ts"
import { isWellFormed } from "./key-secret.ts"
import { judge, type KeyRecord, type Restrictions, type VerdictCode } from "./verdict.ts"
import {
  type Asked,
  type KeyRateLimit,
  type RefusedVerdict,
  readRequest,
  refuse,
  type Verdict,
  type VerifyRequest,
  verifiedKey,
  verifiedOrganization,
} from "./verdict-view.ts"

/**
 * Says whether a secret's key may do what a request wants, and counts it. Never throws for a bad key; a request that a
 * host puts wrongly (units that are none, an API that is not declared) is `invalid_input`. Calls that are refused take
 * from no limit. A process that dies between the rate limit and the quota has taken from the rate limit alone.
 */
export type Verify = (secret: string | Secret, request?: VerifyRequest) => Promise<Verdict>

/** Binds `verify` to its ports. */
export function verifier(shell: Shell): Verify {
  const { settings, policy, rules, ruleBook, store, limiter, subscriptions } = shell
  const { billing } = settings
  const owner = policy.ownership.role
  const payer = payerOf(billing, owner)
  const terms = billing.account === "none" ? null : { plans: billing.plans, ownerRole: owner }

  const paidFor = async (record: KeyRecord): Promise<KeyRecord> => ({
    ...record,
    billed: await fromSource(subscriptions, billing.plans, record.billed),
  })

  /** The organization's endpoint rules bind everybody but whoever holds the owner role. */
  function restrictionsOf({ key, member, organizationRules, memberRules }: KeyRecord): Restrictions {
    const own = ruleBook(key)
    const ip = [own.ip]
    const endpoint = [own.endpoint]
    if (memberRules !== null) endpoint.push(ruleBook(memberRules).endpoint)
    if (organizationRules !== null) {
      const everyones = ruleBook(organizationRules)
      ip.push(everyones.ip)
      if (member?.role !== owner) endpoint.push(everyones.endpoint)
    }
    return { ip, endpoint }
  }

  /** How a limit stands. With nothing left, a take that is refused takes nothing and tells until when. */
  async function standingOf(keyId: ApiKey["id"], limit: RateLimit, at: Date): Promise<RateVerdict> {
    const standing = await limiter.take(keyId, 0, limit, at)
    if (standing.remaining > 0) return standing
    const refused = await limiter.take(keyId, 1, limit, at)
    if (refused.ok) await limiter.giveBack(keyId, 1, limit, at)
    return refused
  }

  /** The same with the window it is counted in. */
  const inWindow = (verdict: RateVerdict, { windowSeconds }: RateLimit): KeyRateLimit => ({ ...verdict, windowSeconds })

  /** Takes from the rate limit, then from quotas and counters; gives the first back when the second refuse. */
  async function metered(record: KeyRecord, asked: Asked, admitted: Admitted, at: Date): Promise<Verdict> {
    const { key, organization } = record
    const use = useOf(record)
    const { rateLimit: limit } = key
    const isTaken = asked.meter !== false
    const rateLimit =
      limit && inWindow(await (isTaken ? limiter.take(key.id, 1, limit, at) : standingOf(key.id, limit, at)), limit)
    if (rateLimit?.ok === false) return refuse("rate_limited", key.id, { rateLimit })
    const giveBack = async () => {
      if (limit !== null && isTaken) await limiter.giveBack(key.id, 1, limit, at)
    }
    const { units, api = null, requestId = null } = asked
    let counted: Metered
    try {
      if (asked.meter === "rateLimit") counted = { ok: true, quotas: [], replayed: false }
      else if (asked.meter) counted = await consume(shell, use, { units, api, requestId }, at)
      else counted = weigh(shell, use, units, at)
    } catch (error) {
      await giveBack()
      throw error
    }
    if (!counted.ok) {
      await giveBack()
      return refuse("quota_exceeded", key.id, { quota: counted.quota })
    }
    return {
      ok: true,
      key: verifiedKey(key),
      actor: admitted.actor,
      organization: organization && verifiedOrganization(organization),
      secret: admitted.secret,
      rateLimit,
      quotas: counted.quotas,
      replayed: counted.replayed,
    }
  }

  const useOf = ({ key, organization, billed }: KeyRecord): Use => ({
    billing,
    billed,
    organization,
    key,
    holder: key.holder.type === "organization" ? null : key.holder.userId,
  })

  function admit(record: KeyRecord, hash: SecretHash, asked: Asked, at: Date): Admitted | RefusedVerdict {
    const actor = actorOf(record, asked)
    const held = asked.permission === null || isHeld(record, asked.permission, actor, policy, rules)
    const judged = judge(
      record,
      hash,
      asked,
      { billing: terms, restrictions: restrictionsOf(record), isHeld: held },
      at,
    )
    return judged.ok ? { ok: true, actor, secret: judged.secret } : refusal(judged.code, record.key, asked)
  }

  return async (given, request = {}) => {
    const asked = readRequest(request)
    requireDeclared(asked.api, settings.apis)
    const secret = given instanceof Secret ? given.reveal() : given
    if (!isWellFormed(secret)) return refuse("malformed", null)
    const at = shell.clock.now()
    const hash = hashSecret(secret)
    try {
      const stored = await store.apiKeys.findBySecret(hash, { payer, at })
      if (stored === null) return refuse("not_found", null)
      const record = subscriptions === null ? stored : await paidFor(stored)
      const admitted = admit(record, hash, asked, at)
      return admitted.ok ? await metered(record, asked, admitted, at) : admitted
    } catch {
      return refuse("unavailable", null)
    }
  }
}

/** A key that nothing speaks against but limits. */
type Admitted = Readonly<{ ok: true; actor: ApiKeyActor; secret: "current" | "previous" }>

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
