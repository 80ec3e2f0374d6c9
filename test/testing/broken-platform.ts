/**
 * Stores whose platform is wrong in one way, and the case that each of them fails.
 *
 * @module
 */
import type { Store } from "../../src/store/store.ts"
import type { Break } from "./broken-usage.ts"

const platform =
  (wrong: (right: Store) => Partial<Store["platform"]>): Break =>
  (right) => ({ platform: { ...right.platform, ...wrong(right) } })

/** Removes nothing. */
const nothing: Store["platform"]["purge"] = async () => "done"

export const BROKEN_PLATFORM: readonly (readonly [what: string, wrong: Break, fails: string])[] = [
  [
    "lists what is deleted nowhere",
    platform(({ platform: { organizations } }) => ({
      organizations: async (by) => (await organizations(by)).filter(({ status }) => status !== "deleted"),
    })),
    "organizations answers the page of organizations that match, whatever their status, by id ascending",
  ],
  [
    "lists what the platform did from the beginning",
    platform(({ platform: { entries } }) => ({ entries: async (by) => (await entries(by)).toReversed() })),
    "entries answers the page of entries whose actor is a platform admin, of every organization, by id descending",
  ],
  [
    "purges everything at once, whatever the limit",
    platform(({ platform: { purge } }) => ({ purge: (id) => purge(id, 1_000_000) })),
    "purge removes at most `limit` rows at a time and answers `more` as long as some may be left",
  ],
  [
    "says that it purged and did not",
    platform(() => ({ purge: nothing })),
    "purge removes all that there is of the organization, and nothing of another, even where ids are the same",
  ],
  [
    "says nothing of a purge that it cannot do",
    platform(({ platform: { purge } }) => ({ purge: (id, limit) => purge(id, limit).catch(() => "done" as const) })),
    "purge rejects and removes nothing when the organization has any other status",
  ],
]
