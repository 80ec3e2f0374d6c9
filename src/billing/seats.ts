/**
 * Seats: what they cost, in whole minor units, and when they run out.
 *
 * @module
 */
import type { Fact } from "../kernel/decision.ts"
import type { JsonObject } from "../kernel/json.ts"
import type { Seats } from "../membership/membership.ts"
import type { Organization } from "../organization/organization.ts"
import { crossed, type Threshold } from "../usage/threshold.ts"
import type { Price } from "./plan.ts"

/** One line of a quote. */
export type QuoteLine = Readonly<{ item: "base" | "seats"; quantity: number; unitAmount: number; amount: number }>

/** What a month costs with that many seats. */
export type Quote = Readonly<{
  currency: string
  interval: "month"
  seats: number
  includedSeats: number
  lines: readonly QuoteLine[]
  total: number
}>

/** Itemises a month: the base with its included seats, then each further seat. */
export function quote({ currency, base, includedSeats, perSeat }: Price, seats: number): Quote {
  const further = Math.max(0, seats - includedSeats)
  const lines: QuoteLine[] = [{ item: "base", quantity: 1, unitAmount: base, amount: base }]
  if (further > 0) lines.push({ item: "seats", quantity: further, unitAmount: perSeat, amount: further * perSeat })
  const total = lines.reduce((sum, { amount }) => sum + amount, 0)
  return { currency, interval: "month", seats, includedSeats, lines, total }
}

/** How far the seats were last said to be taken, and in which period: said once, though people leave and return. */
export type SeatsReached = Readonly<{ period: string; percent: Threshold; taken: number; cap: number }>

export type SeatsFact = Fact<"seats.threshold_reached", Organization>

/** The thresholds that more people reach, unless that was said in this period. */
export function seatsReached(
  organization: Organization,
  { taken, cap }: Seats,
  added: number,
  period: string,
): readonly SeatsFact[] {
  const { seatsReached: said } = organization
  const facts: SeatsFact[] = []
  for (const percent of crossed(cap, taken, taken + added)) {
    if (cap === null || (said?.period === period && said.percent >= percent)) continue
    const before = facts.at(-1)?.after ?? organization
    const after = { ...before, seatsReached: { period, percent, taken: taken + added, cap } }
    facts.push({ action: "seats.threshold_reached", before, after })
  }
  return facts
}

/** What activity records of it. */
export const seatsFields = ({ seatsReached: said }: Organization): JsonObject => ({ ...said })
