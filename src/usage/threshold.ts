/**
 * Thresholds: that a quota, or the seats, are nearly or wholly used up.
 *
 * @module
 */
import type { AccountId } from "../billing/account.ts"
import type { Fact } from "../kernel/decision.ts"
import type { JsonObject } from "../kernel/json.ts"
import { productOfMeter } from "./meter.ts"
import type { Consumption, MeterStanding } from "./usage.ts"

/** The shares, in percent, whose crossing is a fact. */
export const THRESHOLDS = [80, 100] as const
export type Threshold = (typeof THRESHOLDS)[number]

/** The thresholds that lie above what there was and not above what there is; a cap of nothing has none. */
export const crossed = (cap: number | null, before: number, after: number): readonly Threshold[] =>
  THRESHOLDS.filter((share) => isCrossed(share, cap, before, after))

const isCrossed = (share: Threshold, cap: number | null, before: number, after: number): boolean =>
  cap !== null && cap !== 0 && before < (cap * share) / 100 && after >= (cap * share) / 100

/** How far a quota was used when it crossed a threshold. */
export type QuotaReached = Readonly<{
  /** Whose quota. */
  id: AccountId
  product: string
  period: string
  percent: Threshold
  used: number
  quota: number
  revision: number
}>

/**
 * The thresholds of an account's quotas that these units crossed; `meters` is how they stand with the units, so that of
 * all who use a quota at once one alone crosses each.
 */
export const reachedBy = (
  { account, units, takes }: Pick<Consumption, "account" | "units" | "takes">,
  meters: readonly MeterStanding[],
): readonly QuotaReached[] => {
  const reached: QuotaReached[] = []
  let index = 0
  for (const { name, period, cap } of takes) {
    const used = meters[index++]?.used ?? 0
    const product = cap === null ? null : productOfMeter(name)
    if (cap === null || product === null) continue
    for (const percent of THRESHOLDS) {
      if (!isCrossed(percent, cap, used - units, used)) continue
      reached.push({ id: account, product, period, percent, used, quota: cap, revision: 0 })
    }
  }
  return reached
}

export type QuotaFact = Fact<"quota.threshold_reached", QuotaReached>

/** What activity records of it. */
export const quotaFields = ({ product, period, percent, used, quota }: QuotaReached) =>
  ({
    product,
    period,
    percent,
    used,
    quota,
  }) satisfies JsonObject
