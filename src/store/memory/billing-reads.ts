/**
 * Who pays, by which subscriptions, and how their quotas stand.
 *
 * @module
 */
import type { AccountId } from "../../billing/account.ts"
import type { Billed, Payer } from "../../billing/billed.ts"
import type { MeterStanding } from "../../usage/usage.ts"
import { type Database, inside } from "./database.ts"
import { newestOf, standingOf } from "./gauges.ts"
import { rowsOf } from "./table.ts"

/** The account that pays for an organization. */
export function payingFor({ memberships }: Database, organizationId: string, payer: Payer): AccountId {
  const owner = payer === "organization" ? undefined : rowsOf(memberships.role, inside(organizationId, payer.owner))[0]
  return (owner === undefined ? `organization:${organizationId}` : `user:${owner.userId}`) as AccountId
}

/** An account that pays; where a key is named, with the key's own meter. */
export function billedTo(database: Database, account: AccountId, at: Date, keyId: string | null = null): Billed {
  return {
    account,
    subscriptions: rowsOf(database.subscriptions.all, account).slice(),
    meters: metersOf(database, account, at.getTime(), keyId),
  }
}

function metersOf({ books }: Database, account: AccountId, at: number, keyId: string | null): readonly MeterStanding[] {
  const ledger = books.ledgers.get(account)
  if (ledger === undefined) return []
  const meters = ledger.quotas.map((quota) => standingOf(quota, quota, at))
  const own = keyId === null || ledger.allowances === null ? null : newestOf(ledger, `key ${keyId}`)
  if (own !== null) meters.push(standingOf(own, own, at))
  return meters
}
