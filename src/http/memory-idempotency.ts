/**
 * Idempotency records of this process alone: enough for one process, or for sessions that stick to one.
 *
 * @module
 */
import type { AccountId } from "../billing/account.ts"
import type { Begun, IdempotencyStore } from "../store/idempotency.ts"

/** Records of one account, and accounts, at most: the oldest of either make room, so that nobody drives out another's alone. */
const MOST = { records: 1000, accounts: 1000 }

type Kept = Begun & Readonly<{ expiresAt: Date }>

/** Keeps at most 1,000 requests of each of 1,000 accounts. */
export function memoryIdempotency(): IdempotencyStore {
  const accounts = new Map<AccountId, Map<string, Kept>>()

  const recordsOf = (account: AccountId): Map<string, Kept> => {
    const records = accounts.get(account) ?? new Map<string, Kept>()
    // What was asked of last stands last.
    accounts.delete(account)
    accounts.set(account, records)
    makeRoom(accounts, MOST.accounts)
    return records
  }

  return {
    async begin(account, key, fingerprint, expiresAt, at) {
      const records = recordsOf(account)
      const known = records.get(key)
      if (known !== undefined && known.expiresAt > at) return { fingerprint: known.fingerprint, answer: known.answer }
      records.delete(key)
      records.set(key, { fingerprint, answer: null, expiresAt })
      makeRoom(records, MOST.records)
      return null
    },
    async finish(account, key, answer) {
      const records = accounts.get(account)
      const known = records?.get(key)
      if (known?.answer === null) records?.set(key, { ...known, answer })
    },
    async forget(account, key) {
      accounts.get(account)?.delete(key)
    },
  }
}

function makeRoom(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}
