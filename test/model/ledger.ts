/**
 * Counting, over plain Maps: meters, counters, holds, and which requests were counted.
 *
 * @module
 */

export type Counter = Readonly<{
  organizationId: string | null
  keyId: string | null
  holder: string | null
  api: string | null
  plan: string | null
  month: string
}>
type Meter = Readonly<{ name: string; period: string }>
export type Take = Meter & Readonly<{ cap: number | null }>
export type Standing = Readonly<{ used: number; held: number }>
export type Hold = {
  id: string
  readonly account: string
  readonly units: number
  readonly meters: readonly Meter[]
  readonly counter: Counter
  readonly expiresAt: number
  settled: number | null
  settledAt: number
}
/** What is to be counted; `request` is null for one of its own. */
export type Consumption = Readonly<{
  account: string
  units: number
  takes: readonly Take[]
  counter: Counter
  request: string | null
}>

const DAY = 24 * 60 * 60 * 1000
const MINUTE = 60_000

/** Everything that was ever counted, for all accounts. */
export function ledgerOf(now: () => number) {
  const meters = new Map<string, { account: string; name: string; period: string; used: number }>()
  const counters = new Map<string, { account: string; counter: Counter; units: number; lastUsed: number }>()
  const requests = new Map<string, number>()
  const holds: Hold[] = []
  /** Of each account, units that were counted for what is purged since. */
  const forgotten = new Map<string, number>()

  const meterKey = (account: string, { name, period }: Meter) => JSON.stringify([account, name, period])
  const isOpen = ({ settled, expiresAt }: Hold): boolean => settled === null && expiresAt > now()
  function standing(account: string, meter: Meter): Standing {
    const kept = holds.filter(
      (hold) =>
        isOpen(hold) &&
        hold.account === account &&
        hold.meters.some((one) => meterKey("", one) === meterKey("", meter)),
    )
    const held = kept.reduce((sum, { units }) => sum + units, 0)
    return { used: meters.get(meterKey(account, meter))?.used ?? 0, held }
  }
  /** The same as reads show it: a meter is known by its newest period. */
  function shown(account: string, meter: Meter): Standing {
    const known = [...meters.values()].filter((one) => one.account === account && one.name === meter.name)
    const isNewest = known.every(({ period }) => period <= meter.period)
    return isNewest ? standing(account, meter) : { used: 0, held: 0 }
  }

  function openMeters(account: string, takes: readonly Meter[]): void {
    for (const { name, period } of takes) {
      const key = meterKey(account, { name, period })
      if (!meters.has(key)) meters.set(key, { account, name, period, used: 0 })
    }
  }
  function count(
    { account, counter, units }: Pick<Consumption, "account" | "counter" | "units">,
    taken: readonly Meter[],
  ) {
    for (const meter of taken) {
      const gauge = meters.get(meterKey(account, meter))
      if (gauge !== undefined) gauge.used += units
    }
    const key = JSON.stringify([account, counter])
    const counted = counters.get(key) ?? { account, counter, units: 0, lastUsed: 0 }
    counted.units += units
    counted.lastUsed = Math.floor(now() / MINUTE) * MINUTE
    counters.set(key, counted)
  }

  /** The first take without room, or -1. */
  const shortOf = (takes: readonly Take[], standings: readonly Standing[], units: number): number =>
    takes.findIndex(({ cap }, at) => {
      const { used, held } = standings[at] ?? { used: 0, held: 0 }
      return cap !== null && used + held + units > cap
    })

  /** Counts the units, or keeps them aside as that hold; nothing where a take has no room or the request was counted. */
  function take(consumption: Consumption, hold: Hold | null) {
    const { account, units, takes, request } = consumption
    const key = JSON.stringify([account, request])
    const standings = () => takes.map((meter) => standing(account, meter))
    const known = request === null ? undefined : requests.get(key)
    if (known !== undefined && now() - known < DAY) return { short: -1, isReplayed: true, standings: standings() }
    const short = shortOf(takes, standings(), units)
    if (short >= 0) return { short, isReplayed: false, standings: standings() }
    openMeters(account, takes)
    if (hold === null) count(consumption, takes)
    else holds.push(hold)
    if (request !== null) requests.set(key, now())
    return { short: -1, isReplayed: false, standings: standings() }
  }

  /** Ends an open hold and counts what it came to; answers what it came to, or null for none that can be ended. */
  function settle(hold: Hold, units: number): Readonly<{ units: number; isReplayed: boolean }> | null {
    if (hold.settled !== null) return { units: hold.settled, isReplayed: true }
    if (!isOpen(hold)) return null
    hold.settled = units
    hold.settledAt = now()
    if (units > 0) count({ ...hold, units }, hold.meters)
    return { units, isReplayed: false }
  }

  /** Forgets whatever was counted or held for an organization, and all that it paid for itself. */
  function forget(organizationId: string): void {
    const own = `organization:${organizationId}`
    for (const [key, { account, counter, units }] of counters) {
      if (counter.organizationId !== organizationId) continue
      counters.delete(key)
      forgotten.set(account, (forgotten.get(account) ?? 0) + units)
    }
    for (const [key, { account }] of meters) if (account === own) meters.delete(key)
    const others = holds.filter(({ counter }) => counter.organizationId !== organizationId)
    holds.splice(0, holds.length, ...others)
  }

  /** Counters that match, each with its units. */
  const rows = (matches: (row: Counter & { account: string }) => boolean) =>
    [...counters.values()]
      .map(({ account, counter, units }) => ({ account, ...counter, units }))
      .filter((row) => matches(row))
  /** Units taken from an account's meters of that name, but for what is purged since. */
  const totalOf = (account: string, name: string): number =>
    [...meters.values()]
      .filter((meter) => meter.account === account && meter.name === name)
      .reduce((sum, { used }) => sum + used, 0) - (forgotten.get(account) ?? 0)

  return { counters, holds, standing, shown, shortOf, take, settle, forget, rows, totalOf }
}
