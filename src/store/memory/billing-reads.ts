/**
 * Who pays, by which subscriptions, and how their quotas stand.
 *
 * @module
 */
import type { AccountId } from "../../billing/account.ts"
import type { Billed, Payer } from "../../billing/billed.ts"
import type { ApiKeyId } from "../../kernel/id.ts"
import { keyMeter } from "../../usage/meter.ts"
import type { MeterStanding } from "../../usage/usage.ts"
import type { Ledger } from "./books.ts"
import { type Database, inside } from "./database.ts"
import { newestOf, standingOf } from "./gauges.ts"
import { rowsOf } from "./table.ts"

/** The account that pays for an organization. */
export function payingFor({ memberships }: Database, organizationId: string, payer: Payer): AccountId {
  const owner = payer === "organization" ? undefined : rowsOf(memberships.role, inside(organizationId, payer.owner))[0]
  return (owner === undefined ? `organization:${organizationId}` : `user:${owner.userId}`) as AccountId
}

/** An account that pays. */
export const billedTo = (database: Database, account: AccountId, at: Date): Billed =>
  billedFrom(database, account, database.books.ledgers.get(account), at, null)

/** The same, with how the meters of that ledger stand; where a key is named, with the key's own. */
export const billedFrom = (
  { subscriptions }: Database,
  account: AccountId,
  ledger: Ledger | undefined,
  at: Date,
  keyId: ApiKeyId | null,
): Billed => ({
  account,
  subscriptions: rowsOf(subscriptions.all, account).slice(),
  meters: ledger === undefined ? [] : metersOf(ledger, at.getTime(), keyId),
})

function metersOf(ledger: Ledger, at: number, keyId: ApiKeyId | null): readonly MeterStanding[] {
  const meters = ledger.quotas.map((quota) => standingOf(quota, quota, at))
  const own = keyId === null || ledger.allowances === null ? null : newestOf(ledger, keyMeter(keyId))
  if (own !== null) meters.push(standingOf(own, own, at))
  return meters
}
