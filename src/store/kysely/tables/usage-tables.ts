/**
 * The tables of usage: what is taken from, what counts, what is held, and which requests were counted.
 *
 * @module
 */
import type { AccountId } from "../../../billing/account.ts"
import type { HoldId } from "../../../kernel/id.ts"
import { type Hold, type Meter, REPLAY_HOURS, type UsageRow } from "../../../usage/usage.ts"
import { id, integer, json, optional, text, time, words } from "./columns.ts"
import { flatTable, table } from "./table.ts"

const account = text(160)
const meter = { account, name: text(200), period: text(64) }

/** Milliseconds that a request is remembered. */
export const REMEMBERED = REPLAY_HOURS * 3_600_000

/** `version` rises with every change of what is held, so that one statement can tell whether it still knows it. */
export type MeterRow = Meter & Readonly<{ account: AccountId; used: number; version: number }>

export const meters = flatTable<MeterRow>(
  "meters",
  { ...meter, used: integer, version: integer },
  { key: ["account", "name", "period"], checks: ["used >= 0"] },
)

/** A counter with its key, a hash of the combination, and the home of the key that was used. */
export type CounterRow = UsageRow & Readonly<{ id: string; home: string }>

export const usage = flatTable<CounterRow>(
  "usage",
  {
    account,
    id,
    home: account,
    organizationId: optional(id),
    keyId: optional(id),
    holder: optional(words),
    api: optional(words),
    plan: optional(words),
    month: text(8),
    units: integer,
    lastUsedAt: time,
  },
  {
    key: ["account", "id"],
    indexes: [
      ["account", "month"],
      ["account", "keyId"],
      ["organizationId", "month"],
      ["organizationId", "keyId"],
      ["home", "keyId", "lastUsedAt"],
      ["home", "lastUsedAt", "keyId"],
    ],
    checks: ["units >= 0"],
  },
)

type FlatHold = Hold & Readonly<{ organizationId: string | null }>

export const holds = table<Hold, FlatHold>(
  "holds",
  {
    account,
    id,
    organizationId: optional(id),
    units: integer,
    meters: json,
    counter: json,
    createdAt: time,
    expiresAt: time,
    settled: optional(integer),
  },
  { key: ["account", "id"], indexes: [["organizationId", "id"], ["expiresAt"]] },
  (hold) => ({ ...hold, organizationId: hold.counter.organizationId }),
  ({ organizationId: _, ...hold }) => hold,
)

/** What each open hold keeps aside of each meter. */
export const holdMeters = flatTable<Meter & { account: AccountId; holdId: HoldId; units: number; expiresAt: Date }>(
  "hold_meters",
  { ...meter, holdId: id, units: integer, expiresAt: time },
  { key: ["account", "name", "period", "holdId"], indexes: [["account", "holdId"], ["expiresAt"]] },
)

/** `request` is a hash of the caller's name for it. */
export const requests = flatTable<{ account: AccountId; request: string; at: Date }>(
  "requests",
  { account, request: id, at: time },
  { key: ["account", "request"], indexes: [["at"]] },
)
