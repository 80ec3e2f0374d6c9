/**
 * Counters: of each combination one, in every order they are asked in, and when each key was used last.
 *
 * @module
 */
import type { AccountId } from "../../billing/account.ts"
import type { ApiKeyId } from "../../kernel/id.ts"
import type { UsageFilter } from "../../usage/repository.ts"
import type { Counter, UsageRow } from "../../usage/usage.ts"
import {
  type Book,
  type Books,
  bookOf,
  type Count,
  type Gauge,
  type Ledger,
  ledgerOf,
  type Minute,
  type Use,
  useOf,
} from "./books.ts"
import { reversible, type Write } from "./table.ts"

const MINUTE = 60_000

/** Minutes since 1970, the begun one left out. */
export const minuteOf = (at: Date): number => Math.floor(at.getTime() / MINUTE)

const subjectOf = ({ keyId, holder, organizationId }: Counter): string => keyId ?? holder ?? organizationId ?? ""

/** The counter of that combination, or null. */
export function countOf({ tally }: Books, { subjects }: Ledger, by: Counter): Count | null {
  let count = subjects.get(subjectOf(by)) ?? null
  while (count !== null && !isSame(count, by)) {
    tally.rows++
    count = count.next
  }
  return count
}

const isSame = (a: Counter, b: Counter): boolean =>
  a.month === b.month &&
  a.api === b.api &&
  a.plan === b.plan &&
  a.keyId === b.keyId &&
  a.holder === b.holder &&
  a.organizationId === b.organizationId

/** A counter of that combination that stands at nothing, and the write that enters it in every book it belongs to. */
export function openCount(books: Books, account: AccountId, by: Counter, lastUsed: number): readonly [Count, Write] {
  const { organizationId, keyId, holder, api, plan, month } = by
  const home = bookOf(books, organizationId ?? account)
  const use = keyId === null ? null : useOf(home, keyId)
  const count: Count = {
    organizationId,
    keyId,
    holder,
    api,
    plan,
    month,
    account,
    units: 0,
    lastUsed,
    use,
    next: null,
    nextOfKey: null,
  }
  const { subjects } = ledgerOf(books, account)
  const subject = subjectOf(by)
  const entered = [bookOf(books, account), ...(organizationId === null ? [] : [home])]
  const write = reversible(
    () => {
      count.next = subjects.get(subject) ?? null
      subjects.set(subject, count)
      for (const book of entered) enter(book, count)
      if (use === null) return
      count.nextOfKey = use.counts
      use.counts = count
    },
    () => {
      if (count.next === null) subjects.delete(subject)
      else subjects.set(subject, count.next)
      for (const book of entered) strike(book, count)
      if (use !== null) use.counts = count.nextOfKey
    },
  )
  return [count, write]
}

function enter({ months }: Book, count: Count): void {
  const page = months.findLast(({ month }) => month === count.month)
  if (page === undefined) months.push({ month: count.month, counts: [count] })
  else page.counts.push(count)
}

/** Writes are taken back in their order, so that it stands last in its month. */
function strike({ months }: Book, count: Count): void {
  const page = months.findLastIndex(({ month }) => month === count.month)
  months[page]?.counts.pop()
  if (months[page]?.counts.length === 0) months.splice(page, 1)
}

/** Adds units to meters and a counter, whose key was thereby used. */
export const charging =
  (books: Books, gauges: readonly Gauge[], count: Count, units: number, minute: number): Write =>
  () => {
    const { lastUsed, use } = count
    const keyUsed = use?.minute?.at ?? null
    for (const gauge of gauges) gauge.used += units
    count.units += units
    if (minute > lastUsed) count.lastUsed = minute
    const isLater = use !== null && (keyUsed === null || minute > keyUsed)
    if (isLater) move(homeOf(books, count), use, minute)
    return () => {
      for (const gauge of gauges) gauge.used -= units
      count.units -= units
      count.lastUsed = lastUsed
      if (isLater) move(homeOf(books, count), use, keyUsed)
      return charging(books, gauges, count, units, minute)
    }
  }

const homeOf = (books: Books, { organizationId, account }: Count): Book => bookOf(books, organizationId ?? account)

/** Counts a key among those that were used last in that minute. */
function move(book: Book, use: Use, to: number | null): void {
  const from = use.minute
  if (from !== null && --from.keys === 0) {
    if (from.newer === null) book.newest = from.older
    else from.newer.older = from.older
    if (from.older !== null) from.older.newer = from.newer
  }
  use.minute = to === null ? null : minuteIn(book, to)
  if (use.minute !== null) use.minute.keys++
}

function minuteIn(book: Book, at: number): Minute {
  let newer: Minute | null = null
  let older = book.newest
  while (older !== null && older.at > at) {
    newer = older
    older = older.older
  }
  if (older?.at === at) return older
  const minute: Minute = { at, keys: 0, older, newer }
  if (newer === null) book.newest = minute
  else newer.older = minute
  if (older !== null) older.newer = minute
  return minute
}

/** When that key of that home was used last. */
export function lastUseOf({ books }: Books, home: string, keyId: ApiKeyId): Date | null {
  const minute = books.get(home)?.uses.get(keyId)?.minute
  return minute == null ? null : new Date(minute.at * MINUTE)
}

/** How many keys of that home were used last at that instant or later. */
export function usedSince({ books, tally }: Books, home: string, since: Date): number {
  let keys = 0
  for (let each = books.get(home)?.newest ?? null; each !== null; each = each.older) {
    tally.rows++
    if (each.at * MINUTE < since.getTime()) break
    keys += each.keys
  }
  return keys
}

/** The counters of an organization that match. */
export function countedIn(books: Books, organizationId: string, filter: UsageFilter): readonly UsageRow[] {
  const first = filter.keyId && (books.books.get(organizationId)?.uses.get(filter.keyId)?.counts ?? null)
  const rows = filter.keyId === null ? inMonth(books, organizationId, filter) : chain(first, (count) => count.nextOfKey)
  return matching(books, rows, filter)
}

/** The counters of an account that match, of every organization that it pays for. */
export function countedFor(books: Books, account: AccountId, filter: UsageFilter): readonly UsageRow[] {
  const first = filter.keyId && (books.ledgers.get(account)?.subjects.get(filter.keyId) ?? null)
  const rows = filter.keyId === null ? inMonth(books, account, filter) : chain(first, (count) => count.next)
  return matching(books, rows, filter)
}

const inMonth = ({ books }: Books, home: string, filter: UsageFilter): readonly Count[] =>
  (books.get(home)?.months ?? [])
    .filter(({ month }) => filter.month === null || month === filter.month)
    .flatMap(({ counts }) => counts)

function chain(first: Count | null, next: (count: Count) => Count | null): readonly Count[] {
  const counts: Count[] = []
  for (let each = first; each !== null; each = next(each)) counts.push(each)
  return counts
}

function matching({ tally }: Books, counts: readonly Count[], filter: UsageFilter): readonly UsageRow[] {
  tally.rows += counts.length
  return counts
    .filter(
      ({ keyId, holder, month }) =>
        (filter.keyId === null || keyId === filter.keyId) &&
        (filter.holder === null || holder === filter.holder) &&
        (filter.month === null || month === filter.month),
    )
    .map(({ lastUsed, use: _, next: __, nextOfKey: ___, ...row }) => ({
      ...row,
      lastUsedAt: new Date(lastUsed * MINUTE),
    }))
}
