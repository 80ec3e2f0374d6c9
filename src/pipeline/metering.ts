/**
 * Counting a use: exactly, or through the buffer; holding units back and settling them; and telling when a quota nears
 * its end.
 *
 * @module
 */
import { standingOf } from "../billing/terms.ts"
import { type Answer, fence, isPending, port } from "../kernel/port.ts"
import type { UsageBuffer } from "../usage/buffer.ts"
import {
  type Asked,
  consumptionOf,
  type Limit,
  limitsOf,
  type QuotaView,
  quotaView,
  shortOf,
  type Use,
} from "../usage/consumption.ts"
import { type QuotaReached, reachedBy } from "../usage/threshold.ts"
import type { Consumed, Consumption, Hold, MeterStanding, Settled } from "../usage/usage.ts"
import type { Shell } from "./shell.ts"

/** What came of a use, with every quota as it then stands; of a refusal, the one that has no room. */
export type Metered =
  | Readonly<{ ok: true; quotas: readonly QuotaView[]; replayed: boolean }>
  | Readonly<{ ok: false; quota: QuotaView }>

function answered(
  limits: readonly Limit[],
  standings: readonly MeterStanding[],
  short: number,
  replayed = false,
): Metered {
  const quotas = limits.map((limit, index) => quotaView(limit, standings[index] ?? { ...limit, used: 0, held: 0 }))
  const quota = short < 0 ? undefined : quotas[short]
  return quota === undefined ? { ok: true, quotas, replayed } : { ok: false, quota }
}

const outcomeOf = (limits: readonly Limit[], consumed: Consumed): Metered =>
  answered(limits, consumed.meters, consumed.outcome === "refused" ? consumed.by : -1, consumed.outcome === "replayed")

/** Whether there is room for the units, as far as what was read and what waits in the buffer tell. Counts nothing. */
export function weigh(shell: Shell, use: Use, units: number, at: Date): Metered {
  const limits = limitsOf(use, at)
  const standings = limits.map((limit) => {
    const standing = standingOf(limit, use.billed.meters)
    return { ...standing, used: standing.used + (shell.buffer?.waitingFor(use.billed.account, limit) ?? 0) }
  })
  return answered(limits, standings, shortOf(limits, standings, units))
}

/** The refusal that what waits in the buffer already leads to, or null. Exactly counted, nothing waits. */
function refusedByBuffer(shell: Shell, use: Use, units: number, at: Date): Metered | null {
  const room = shell.buffer === null ? null : weigh(shell, use, units, at)
  return room?.ok === false ? room : null
}

/**
 * Takes the units from every quota and counts them, or neither. Through a buffer, a replay is told when it is written: it
 * counts once, and is answered as if it were new. Inside a host's transaction it is counted at once: a buffer outlives a
 * rollback.
 */
export const consume = (shell: Shell, use: Use, asked: Asked, at: Date): Answer<Metered> =>
  shell.buffer === null || shell.isHosted || !isKnown(use, at)
    ? consumeNow(shell, use, asked, at)
    : consumeLater(shell, shell.buffer, use, asked, at)

/** Whether what was read tells how the quotas stand: of one whose period was moved back it tells a later period. */
const isKnown = (use: Use, at: Date): boolean =>
  limitsOf(use, at).every(({ name, period }) =>
    use.billed.meters.every((meter) => meter.name !== name || meter.period <= period),
  )

async function consumeLater(shell: Shell, buffer: UsageBuffer, use: Use, asked: Asked, at: Date): Promise<Metered> {
  const room = weigh(shell, use, asked.units, at)
  if (room.ok) await buffer.add(consumptionOf(use, limitsOf(use, at), asked, at))
  return room
}

/** The same at once, where a buffer could not tell whether there is room. */
export function consumeNow(shell: Shell, use: Use, asked: Asked, at: Date): Answer<Metered> {
  const full = refusedByBuffer(shell, use, asked.units, at)
  if (full !== null) return full
  const limits = limitsOf(use, at)
  const consumption = consumptionOf(use, limits, asked, at)
  const counted = (consumed: Consumed): Answer<Metered> => {
    const outcome = outcomeOf(limits, consumed)
    const reached = consumed.outcome === "consumed" ? reachedBy(consumption, consumed.meters) : []
    return reached.length === 0 ? outcome : tell(shell, consumption, reached).then(() => outcome)
  }
  const answer = fence(() => shell.store.usage.consume(consumption))
  return isPending(answer) ? answer.then(counted) : counted(answer)
}

/** Keeps the units aside in every quota, or in none; always at once. */
export async function reserve(
  shell: Shell,
  use: Use,
  asked: Asked,
  hold: Pick<Hold, "id" | "expiresAt">,
  at: Date,
): Promise<Metered> {
  const full = refusedByBuffer(shell, use, asked.units, at)
  if (full !== null) return full
  const limits = limitsOf(use, at)
  // A hold that comes to nothing must not make a use of the same name free.
  const own = { ...asked, requestId: asked.requestId && `hold ${asked.requestId}` }
  return outcomeOf(limits, await port(() => shell.store.usage.hold(consumptionOf(use, limits, own, at), hold)))
}

/**
 * Ends a hold and counts what it came to. It tells of the quota as long as the period it was kept aside in has not ended
 * and the same account pays.
 */
export async function settle(shell: Shell, use: Use, hold: Hold, units: number, at: Date): Promise<Settled | null> {
  const { account, counter } = hold
  const settled = await port(() => shell.store.usage.settle(account, hold.id, units, at))
  if (settled?.outcome === "settled") {
    const limits = use.billed.account === account ? limitsOf(use, at) : []
    const takes = hold.meters.map((meter) => ({ ...meter, cap: capOf(limits, meter) }))
    await tellCounted(shell, { account, units, takes, counter }, settled.meters)
  }
  return settled
}

const capOf = (limits: readonly Limit[], meter: Hold["meters"][number]): number | null =>
  limits.find(({ name, period }) => name === meter.name && period === meter.period)?.cap ?? null

/** Tells which thresholds a count crossed, as hardly any does; `meters` is how its meters stand with it. */
export async function tellCounted(
  shell: Shell,
  counted: Pick<Consumption, "account" | "units" | "takes" | "counter">,
  meters: readonly MeterStanding[],
): Promise<void> {
  const reached = reachedBy(counted, meters)
  if (reached.length > 0) await tell(shell, counted, reached)
}

async function tell(
  shell: Shell,
  { counter }: Pick<Consumption, "counter">,
  reached: readonly QuotaReached[],
): Promise<void> {
  const { tellThresholds } = await import("./threshold-command.ts")
  await tellThresholds(shell, counter.organizationId, reached)
}
