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

  const paidFor = async (record: KeyRecord): Promise<KeyRecord> => ({
    ...record,
    billed: await fromSource(subscriptions, billing.plans, record.billed),
  })

  /** The organization's endpoint rules bind everybody but whoever holds the owner role. */
  function restrictionsOf({ key, member, organizationRules, memberRules }: KeyRecord): Restrictions {
    const everyones = ruleBook(organizationRules)
    const members = ruleBook(memberRules)
    const own = ruleBook(key)
    return {
      ip: [everyones.ip, own.ip],
      endpoint:
        member?.role === owner
          ? [members.endpoint, own.endpoint]
          : [everyones.endpoint, members.endpoint, own.endpoint],
    }
  }

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
      const found = read(hash, at, asked.meter === false)
      const stored = isPending(found) ? await found : found
      if (stored === null) return refuse("not_found", null)
      const record = subscriptions === null ? stored : await paidFor(stored)
      const admitted = admit(record, hash, asked, at)
      if (!admitted.ok) return admitted
      const { id } = record.key
      const taken = takeFor(record, asked, at)
      const standing = isPending(taken) ? await taken : taken
      const rateLimit = standing && inWindow(standing, record.key)
      if (rateLimit?.ok === false) return refuse("rate_limited", id, { rateLimit })
      let counted: Metered
      try {
        const counting = count(record, asked, at)
        counted = isPending(counting) ? await counting : counting
      } catch (error) {
        await giveBack(record, asked, at)
        throw error
      }
      if (counted.ok) return verdictOf(record, admitted, rateLimit, counted)
      await giveBack(record, asked, at)
      return refuse("quota_exceeded", id, { quota: counted.quota })
    } catch (error) {
      heard(shell, error)
      return refuse("unavailable", null)
    }
  }
}

/** A key that nothing speaks against but limits. */
type Admitted = Readonly<{ ok: true; actor: ApiKeyActor; secret: "current" | "previous" }>

/** A rate limit's answer with the window it is counted in. */
const inWindow = (verdict: RateVerdict, { rateLimit }: ApiKey): KeyRateLimit => ({
  ...verdict,
  windowSeconds: rateLimit?.windowSeconds ?? 0,
})

const verdictOf = (
  { key, organization }: KeyRecord,
  { actor, secret }: Admitted,
  rateLimit: KeyRateLimit | null,
  { quotas, replayed }: Extract<Metered, { ok: true }>,
): Verdict => ({
  ok: true,
  key: verifiedKey(key),
  actor,
  organization: organization && verifiedOrganization(organization),
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
