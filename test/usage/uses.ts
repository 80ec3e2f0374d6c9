/**
 * Uses for tests, each like the last but for what is said.
 *
 * @module
 */
import type { AccountId } from "../../src/billing/account.ts"
import type { OrganizationId } from "../../src/kernel/id.ts"
import type { Month } from "../../src/usage/month.ts"
import type { Added, Consumption, Counter, Take, UsageRow } from "../../src/usage/usage.ts"

export const AT = new Date("2026-03-10T12:00:00.000Z")
export const ACCOUNT = "user:u_ada" as AccountId
export const ACME = "org_acme" as OrganizationId
export const MARCH = "2026-03" as Month

export const quota = (cap: number | null, period = "2026-03-01T00:00:00.000Z"): Take => ({
  name: "quota api",
  period,
  cap,
})

export const counter = (more: Partial<Counter> = {}): Counter => ({
  organizationId: ACME,
  keyId: null,
  holder: null,
  api: null,
  plan: null,
  month: MARCH,
  ...more,
})

export const consumption = (more: Partial<Consumption> = {}): Consumption => ({
  account: ACCOUNT,
  units: 1,
  takes: [quota(100)],
  counter: counter(),
  request: null,
  at: AT,
  ...more,
})

export const row = (more: Partial<UsageRow> = {}): UsageRow => ({
  ...counter(),
  account: ACCOUNT,
  units: 1,
  lastUsedAt: AT,
  ...more,
})

/** A store's counters that record each batch, fail while they are told to, and answer when they are let. */
export function counters() {
  const batches: (readonly Consumption[])[] = []
  const used = new Map<string, number>()
  let failing = false
  let gate: Promise<void> = Promise.resolve()
  let open = () => {}
  return {
    batches,
    used,
    fail: (on = true) => {
      failing = on
    },
    /** Keeps every write waiting until `release`. */
    hold: () => {
      open()
      gate = new Promise((resolve) => {
        open = resolve
      })
    },
    release: () => open(),
    async add(batch: readonly Consumption[]): Promise<readonly Added[]> {
      await gate
      if (failing) throw new Error("ECONNRESET")
      batches.push(batch)
      return batch.map(({ account, takes, units }) => ({
        outcome: "consumed",
        meters: takes.map(({ name, period }) => {
          const key = `${account} ${name} ${period}`
          const now = (used.get(key) ?? 0) + units
          used.set(key, now)
          return { name, period, used: now, held: 0 }
        }),
      }))
    },
  }
}
