/**
 * What other accounts paid for an organization: its counters and holds, struck from every book they are in.
 *
 * @module
 */
import type { AccountId } from "../../billing/account.ts"
import type { ApiKeyId } from "../../kernel/id.ts"
import { keyMeter } from "../../usage/meter.ts"
import type { Book, Books, Count, Kept, Ledger } from "./books.ts"
import { keepAside, letGo } from "./gauges.ts"
import { putKey, type Write } from "./table.ts"

const isOwn = (account: AccountId, organizationId: string): boolean => account === `organization:${organizationId}`

/** At most `limit` counters of the organization that another account pays for. */
export function countsElsewhere({ books }: Books, organizationId: string, limit: number): readonly Count[] {
  const counts: Count[] = []
  for (const page of books.get(organizationId)?.months ?? []) {
    for (const count of page.counts) {
      if (counts.length >= limit) return counts
      if (!isOwn(count.account, organizationId)) counts.push(count)
    }
  }
  return counts
}

/** At most `limit` holds of the organization that another account pays for. */
export function holdsElsewhere({ books }: Books, organizationId: string, limit: number): readonly Kept[] {
  const holds = [...(books.get(organizationId)?.holds?.values() ?? [])]
  return holds.filter(({ hold }) => !isOwn(hold.account, organizationId)).slice(0, limit)
}

/** Takes such a counter out of the organization's book, the payer's book and ledger, with the meter of its key. */
export const strikingCount = (books: Books, organizationId: string, count: Count): Write => {
  const { account, keyId } = count
  const inBooks = [organizationId, account].flatMap((home) => {
    const book = books.books.get(home)
    return book === undefined ? [] : [unlisting(book, count)]
  })
  const ledger = books.ledgers.get(account)
  return together([
    ...inBooks,
    ...(ledger === undefined ? [] : [unchaining(ledger, count), ...metering(ledger, keyId)]),
  ])
}

/** Takes such a hold out of both books and lets go what it keeps aside. */
export const strikingHold = (books: Books, organizationId: string, kept: Kept): Write => {
  const { id, account, counter, settled } = kept.hold
  const inBooks = [organizationId, account].flatMap((home) => {
    const holds = books.books.get(home)?.holds
    return holds == null ? [] : [putKey(holds, id, null)]
  })
  const ledger = books.ledgers.get(account)
  const release: Write = () => {
    for (const gauge of kept.gauges) if (settled === null) letGo(gauge, kept)
    return () => {
      for (const gauge of kept.gauges) if (settled === null) keepAside(gauge, kept)
      return release
    }
  }
  return together([...inBooks, release, ...(ledger === undefined ? [] : metering(ledger, counter.keyId))])
}

/** Ends the meters of a key that this account paid for. */
const metering = ({ allowances }: Ledger, keyId: ApiKeyId | null): readonly Write[] =>
  keyId === null || allowances === null ? [] : [putKey(allowances, keyMeter(keyId), null)]

/** Takes a counter out of its month. */
const unlisting =
  (book: Book, count: Count): Write =>
  () => {
    const month = book.months.findLastIndex((page) => page.month === count.month)
    const page = book.months[month]
    const at = page?.counts.lastIndexOf(count) ?? -1
    if (page === undefined || at < 0) return () => unlisting(book, count)
    page.counts.splice(at, 1)
    if (page.counts.length === 0) book.months.splice(month, 1)
    return () => {
      if (page.counts.length === 0) book.months.splice(month, 0, page)
      page.counts.splice(at, 0, count)
      return unlisting(book, count)
    }
  }

/** Takes a counter out of the line of its subject. */
const unchaining =
  (ledger: Ledger, count: Count): Write =>
  () => {
    const { subjects } = ledger
    const subject = count.keyId ?? count.holder ?? count.organizationId ?? ""
    let before: Count | null = null
    for (let each = subjects.get(subject) ?? null; each !== null && each !== count; each = each.next) before = each
    if (before !== null) before.next = count.next
    else if (count.next !== null) subjects.set(subject, count.next)
    else subjects.delete(subject)
    return () => {
      if (before === null) subjects.set(subject, count)
      else before.next = count
      return unchaining(ledger, count)
    }
  }

/** All of these writes as one; they are taken back in the opposite order. */
const together =
  (writes: readonly Write[]): Write =>
  () => {
    const undo = writes.map((write) => write()).toReversed()
    return together(undo)
  }
