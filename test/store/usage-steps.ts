/**
 * Steps that change keys, accounts and usage, for tests that take many and take them back.
 *
 * @module
 */

import { account } from "../../src/billing/account.ts"
import { hashSecret } from "../../src/kernel/secret.ts"
import type { Organization } from "../../src/organization/organization.ts"
import type { Store } from "../../src/store/store.ts"
import {
  aConsumption,
  aCounter,
  aHold,
  anAccount,
  anApiKey,
  aSubscription,
  BUILT_AT,
  beginningAccount,
  following,
  followingAccount,
} from "../../src/testing/testing.ts"

export const USAGE_STEPS = [
  "make key",
  "rotate key",
  "delete key",
  "subscribe",
  "make personal key",
  "use",
  "use later",
  "use in an older period",
  "use without room",
  "use personally",
  "replay",
  "add",
  "hold",
  "settle hold",
] as const
export type UsageStep = (typeof USAGE_STEPS)[number]

let made = 0

const takes = (key: string, period = "2026-02") => [
  { name: "quota api", period, cap: 1000 },
  { name: `key ${key}`, period: "2026-01", cap: null },
]

/** Takes one step in a store, as far as there is something to take it on. */
export async function takeUsage(step: UsageStep, store: Store, id: Organization["id"]): Promise<void> {
  const at = new Date(BUILT_AT.getTime() + (step === "use later" ? 60_000 * ++made : 0))
  const page = { holder: null, projectId: null, after: null, limit: 1000 }
  const own = account.organization(id)
  const found = await store.load(id, {
    apiKeys: page,
    billed: { payer: "organization", at },
    usage: { keyId: null, holder: null, month: null },
  })
  if (found === null) throw new Error("the organization is gone")
  const commit = (parts: Parameters<typeof following>[1]) => store.commit(following(found.organization, parts))
  const key = found.apiKeys[0]?.key
  const keyId = key?.id ?? null
  const use = aConsumption(own, {
    units: 3,
    at,
    takes: takes(String(keyId)),
    counter: aCounter({ organizationId: id, keyId }),
  })
  if (step === "make key") {
    await commit({ apiKeys: { insert: [anApiKey({ id }, { createdBy: { type: "user", id: "u_ada" } })] } })
  }
  if (step === "rotate key" && key !== undefined) {
    const secret = { hash: hashSecret(`rotated ${made++}`), hint: "", expiresAt: null }
    await commit({ apiKeys: { update: [{ ...key, secret, previous: key.secret }] } })
  }
  if (step === "delete key" && key !== undefined) {
    await commit({ apiKeys: { update: [{ ...key, deletedAt: BUILT_AT }] } })
  }
  if (step === "subscribe") {
    const [subscription] = found.billed.subscriptions
    const rows =
      subscription === undefined
        ? { insert: [aSubscription(own)] }
        : { update: [{ ...subscription, quota: (subscription.quota ?? 0) + 1 }] }
    await commit({ subscriptions: rows })
  }
  if (step === "make personal key") {
    const person = anAccount("u_ada")
    const { account: row } = await store.accounts.load(person.id, {})
    const made = { apiKeys: { insert: [anApiKey(null, { holder: { type: "person", userId: "u_ada" as never } })] } }
    await store.accounts.commit(row === null ? beginningAccount(person, made) : followingAccount(row, made))
  }
  if (step === "use" || step === "use later") await store.usage.consume(use)
  if (step === "use in an older period") await store.usage.consume({ ...use, takes: takes(String(keyId), "2026-01") })
  if (step === "use without room") await store.usage.consume({ ...use, units: 2000 })
  if (step === "use personally") {
    await store.usage.consume(
      aConsumption("user:u_ada", { at, takes: takes("key_p"), counter: aCounter({ keyId: "key_p" }) }),
    )
  }
  if (step === "replay") await store.usage.consume({ ...use, request: "r1" })
  if (step === "add") {
    const elsewhere = aConsumption("user:u_ada", { counter: use.counter, takes: takes("key_x") })
    await store.usage.add([use, elsewhere, { ...use, request: "r1" }])
  }
  if (step === "hold") await store.usage.hold({ ...use, units: 1 }, aHold({ id: `hold_${made++}` }))
  if (step === "settle hold") await store.usage.settle(own, `hold_${made - 1}` as never, 1, at)
}
