/**
 * Which requests were counted, for a day. They are kept in two generations, and the older one is dropped whole when the
 * younger is a day old: forgetting costs the same however many there are.
 *
 * @module
 */
import type { AccountId } from "../../billing/account.ts"
import { REPLAY_HOURS } from "../../usage/usage.ts"
import { reversible, type Write } from "./table.ts"

const REMEMBERED = REPLAY_HOURS * 3_600_000

/** When each request of an account was counted. */
type Generation = Map<AccountId, Map<string, number>>

/** `since` is when the younger generation began. */
export type Requests = { young: Generation; old: Generation; since: number }

/** No request yet. */
export const emptyRequests = (): Requests => ({ young: new Map(), old: new Map(), since: Number.NEGATIVE_INFINITY })

/** Whether the request was counted in the day before `at`. */
export function wasCounted({ young, old }: Requests, account: AccountId, request: string, at: number): boolean {
  const counted = young.get(account)?.get(request) ?? old.get(account)?.get(request)
  return counted !== undefined && at - counted < REMEMBERED
}

/** Remembers that the request was counted at that instant. */
export function remembering(requests: Requests, account: AccountId, request: string, at: number): Write {
  if (at - requests.since >= REMEMBERED) {
    requests.old = requests.young
    requests.young = new Map()
    requests.since = at
  }
  return reversible(
    () => ofAccount(requests.young, account).set(request, at),
    () => forget(requests, account, request),
  )
}

function ofAccount(generation: Generation, account: AccountId): Map<string, number> {
  const own = generation.get(account) ?? new Map<string, number>()
  return generation.set(account, own).get(account) ?? own
}

/** It may have aged since it was remembered. */
function forget({ young, old }: Requests, account: AccountId, request: string): void {
  if (!young.get(account)?.delete(request)) old.get(account)?.delete(request)
}
