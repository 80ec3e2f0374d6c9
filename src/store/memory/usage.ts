/**
 * Counting: everything is checked first, then written, in one synchronous step.
 *
 * @module
 */
import type { AccountId } from "../../billing/account.ts"
import type { HoldId } from "../../kernel/id.ts"
import type { Added, Consumed, Consumption, Hold, Meter, MeterStanding, Settled } from "../../usage/usage.ts"
import { type Books, bookOf, type Gauge, type Kept, type Ledger, ledgerOf } from "./books.ts"
import { copy } from "./copy.ts"
import { charging, countOf, minuteOf, openCount } from "./counts.ts"
import { gaugeOf, heldOf, keepAside, letGo, openingGauge, standingOf } from "./gauges.ts"
import { remembering, wasCounted } from "./requests.ts"
import type { Perform } from "./session.ts"
import { reversible, type Write } from "./table.ts"

const DAY = 86_400_000

/** What counting for an account must have to itself. */
export const usageKey = (account: string): string => `usage ${account}`

/** Adds units to every meter taken from and to the counter, or refuses. */
export const consume = (books: Books, consumption: Consumption, perform: Perform): Consumed =>
  taking(books, consumption, perform, (gauges, ledger) => count(books, ledger, consumption, gauges, perform))

/** Keeps units aside instead. */
export function hold(
  books: Books,
  consumption: Consumption,
  { id, expiresAt }: Pick<Hold, "id" | "expiresAt">,
  perform: Perform,
): Consumed {
  const { account, units, takes, at } = consumption
  forgetHolds(books, at.getTime())
  return taking(books, consumption, perform, (gauges) => {
    if (books.books.get(account)?.holds?.has(id)) throw new Error(`${id} is there already`)
    const meters = takes.map(({ name, period }) => ({ name, period }))
    const own = { account, units, meters, counter: { ...consumption.counter }, createdAt: new Date(at) }
    const kept: Kept = {
      hold: { id, ...own, expiresAt: new Date(expiresAt), settled: null },
      expires: expiresAt.getTime(),
      gauges,
    }
    perform(
      reversible(
        () => openHold(books, kept),
        () => dropHold(books, kept),
      ),
    )
  })
}

/** Adds units, whatever the caps. */
export const add = (books: Books, consumptions: readonly Consumption[], perform: Perform): readonly Added[] =>
  consumptions.map((each) => {
    const takes = each.takes.map((take) => ({ ...take, cap: null }))
    const added = consume(books, { ...each, takes }, perform)
    if (added.outcome === "refused") throw new Error("no cap, but refused")
    return added
  })

/** Ends an open hold and adds what it came to. */
export function settle(
  books: Books,
  account: AccountId,
  id: HoldId,
  units: number,
  at: Date,
  perform: Perform,
): Settled | null {
  const kept = books.books.get(account)?.holds?.get(id)
  if (kept === undefined) return null
  const { hold: open, gauges } = kept
  const settled = (outcome: Settled["outcome"]): Settled => ({
    outcome,
    hold: copy(kept.hold),
    meters: standings(gauges, gauges, at.getTime()),
  })
  if (open.settled !== null) return settled("replayed")
  if (kept.expires <= at.getTime()) return null
  perform(settling(kept, units))
  if (units > 0) count(books, ledgerOf(books, account), { account, counter: open.counter, units, at }, gauges, perform)
  return settled("settled")
}

function settling(kept: Kept, units: number): Write {
  const { hold: open, gauges } = kept
  return reversible(
    () => {
      for (const gauge of gauges) letGo(gauge, kept)
      kept.hold = { ...open, settled: units }
    },
    () => {
      kept.hold = open
      for (const gauge of gauges) keepAside(gauge, kept)
    },
  )
}

/** What taking comes to; `write` is called when every take has room. */
function taking(
  books: Books,
  consumption: Consumption,
  perform: Perform,
  write: (gauges: readonly Gauge[], ledger: Ledger) => void,
): Consumed {
  const { account, units, takes, request } = consumption
  const at = consumption.at.getTime()
  const ledger = ledgerOf(books, account)
  const gauges = takes.map((take) => gaugeOf(ledger, take))
  if (request !== null && wasCounted(books.requests, account, request, at)) {
    return { outcome: "replayed", meters: standings(takes, gauges, at) }
  }
  const by = takes.findIndex(({ cap }, index) => cap !== null && takenOf(gauges[index] ?? null, at) + units > cap)
  if (by >= 0) return { outcome: "refused", by, meters: standings(takes, gauges, at) }
  const opened = isOpen(gauges)
    ? gauges
    : gauges.map((gauge, index) => gauge ?? open(ledger, takes[index] as Meter, perform))
  write(opened, ledger)
  if (request !== null) perform(remembering(books.requests, account, request, at))
  return { outcome: "consumed", meters: standings(takes, opened, at) }
}

const isOpen = (gauges: readonly (Gauge | null)[]): gauges is readonly Gauge[] => !gauges.includes(null)

const takenOf = (gauge: Gauge | null, at: number): number => (gauge === null ? 0 : gauge.used + heldOf(gauge, at))

const standings = (meters: readonly Meter[], gauges: readonly (Gauge | null)[], at: number): readonly MeterStanding[] =>
  meters.map((meter, index) => standingOf(meter, gauges[index] ?? null, at))

function open(ledger: Ledger, { name, period }: Meter, perform: Perform): Gauge {
  const gauge: Gauge = { name, period, used: 0, line: null, older: null }
  perform(openingGauge(ledger, gauge))
  return gauge
}

function count(
  books: Books,
  ledger: Ledger,
  { account, counter, units, at }: Pick<Consumption, "account" | "counter" | "units" | "at">,
  gauges: readonly Gauge[],
  perform: Perform,
): void {
  const minute = minuteOf(at)
  let counted = countOf(books, ledger, counter)
  if (counted === null) {
    const [opened, write] = openCount(books, account, counter, minute)
    perform(write)
    counted = opened
  }
  perform(charging(books, gauges, counted, units, minute))
}

const dayOf = ({ expires }: Kept): number => Math.floor(expires / DAY)

const homesOf = ({ account, counter: { organizationId } }: Hold): readonly string[] =>
  organizationId === null ? [account] : [account, organizationId]

function openHold(books: Books, kept: Kept): void {
  for (const gauge of kept.gauges) keepAside(gauge, kept)
  for (const home of homesOf(kept.hold)) {
    const book = bookOf(books, home)
    book.holds ??= new Map()
    book.holds.set(kept.hold.id, kept)
  }
  const day = dayOf(kept)
  const others = books.expiring.get(day)
  if (others === undefined) books.expiring.set(day, [kept])
  else others.push(kept)
}

function dropHold(books: Books, kept: Kept): void {
  remove(books, kept)
  const others = books.expiring.get(dayOf(kept)) ?? []
  const at = others.lastIndexOf(kept)
  if (at >= 0) others.splice(at, 1)
}

function remove({ books }: Books, kept: Kept): void {
  for (const gauge of kept.gauges) letGo(gauge, kept)
  for (const home of homesOf(kept.hold)) books.get(home)?.holds?.delete(kept.hold.id)
}

/** Once a day, drops the holds that expired before the day before: each is looked at once. */
function forgetHolds(books: Books, at: number): void {
  const today = Math.floor(at / DAY)
  if (today <= books.forgotten) return
  books.forgotten = today
  for (const [day, holds] of books.expiring) {
    if (day > today - 2) continue
    for (const kept of holds) remove(books, kept)
    books.expiring.delete(day)
  }
}
