/**
 * What activity asks of a store.
 *
 * @module
 */
import type { Read } from "../store/read.ts"
import type { Entry } from "./activity.ts"

/** Which entries: of one of those actions, by that actor, to that target, from `since` on and before `until`. */
export type EntryFilter = Readonly<{
  actions: readonly string[] | null
  actor: string | null
  target: string | null
  since: Date | null
  until: Date | null
}>

/** Where a run of entries starts and which way it goes; `after` itself is not part of it, null is the very end. */
export type EntryRange = Readonly<{ order: "ascending" | "descending"; after: number | null; limit: number }>

/** Reads inside one organization. */
export interface ActivityReads {
  /** Must answer at most `limit` entries that match, by `seq`, starting past `after` in the order asked. */
  entries: Read<EntryFilter & EntryRange, readonly Entry[]>
}
