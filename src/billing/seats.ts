/**
 * What seats cost, in whole minor units.
 *
 * @module
 */
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
