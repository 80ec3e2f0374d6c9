/**
 * Verifies a chain page by page: every entry is as it was sealed, none is gone, none came in between.
 *
 * ```
 *   verification ──► verifyEntries (page, page, …) ──► conclude
 * ```
 *
 * @module
 */
import type { OrganizationId } from "../kernel/id.ts"
import type { Entry, PersonalPart } from "./activity.ts"
import { type Body, commitment, entryHash, reference } from "./chain.ts"
import { firstRun, type ReadRun, runsFrom } from "./run.ts"

/**
 * What is wrong at the first place that is not as it was:
 * - `changed`: its entry was altered or replaced;
 * - `missing`: its entry is nowhere, though later ones are there;
 * - `reordered`: its entry stands at another place;
 * - `added`: an entry stands there that was never sealed there;
 * - `truncated`: the log ends before it.
 */
export type Fault = "changed" | "missing" | "added" | "reordered" | "truncated"

/**
 * `entries` is how many stand (before `brokenAt`, when broken), `erased` how many of them lack a person by erasure.
 * `head` is the newest entry's hash: kept outside, `{ seq: entries, hash: head }` is the next verification's `since`.
 * Entries in a row that were rewritten together with their hashes are named by the last of them.
 */
export type Verification =
  | Readonly<{ ok: true; entries: number; erased: number; head: string }>
  | Readonly<{ ok: false; entries: number; brokenAt: number; reason: Fault }>

/** A head that the host kept outside: the entry at `seq` had that hash. */
export type Pin = Readonly<{ seq: number; hash: string }>

/** A verification under way. */
export type Verifying = Readonly<{
  organizationId: OrganizationId
  key: string | null
  since: Pin | null
  /** The last entry that stands, and its hash. */
  seq: number
  head: string
  /** Entries seen, those after the break included. */
  rows: number
  erased: number
  broken: Break | null
}>

/** Where the chain broke: the place, and the entry that was met there instead. */
type Break = Readonly<{
  place: number
  /** The `seq` it is stored under. */
  row: number
  /** The `seq` it was sealed with; null when it is not as it was sealed. */
  sealed: number | null
  /** Whether the entry of that place was met, there or later. */
  found: boolean
  pinned: boolean
}>

/** Begins a verification; `key` is what entries are sealed with. */
export function verification(
  organizationId: OrganizationId,
  { key, since }: Readonly<{ key: string | null; since: Pin | null }>,
): Verifying {
  return { organizationId, key, since, seq: 0, head: "", rows: 0, erased: 0, broken: null }
}

/** Takes the next page of entries, by `seq` ascending from 1. Go on to the end, a break included: it says which kind. */
export function verifyEntries(state: Verifying, page: readonly Entry[]): Verifying {
  let { seq, head, rows, erased, broken } = state
  for (const entry of page) {
    rows++
    const body = intact(entry, state)
    const place = broken?.place ?? seq + 1
    const follows = body !== null && body.seq === place && body.prev === head
    if (broken !== null) {
      if (follows) broken = { ...broken, found: true }
      continue
    }
    const pinned = state.since?.seq === place && state.since.hash !== entry.hash
    if (follows && entry.seq === place && !pinned) {
      seq = place
      head = entry.hash
      if (lacks(body.actor, entry.personal.actor) || lacks(body.target, entry.personal.target)) erased++
    } else {
      broken = { place, row: entry.seq, sealed: body?.seq ?? null, found: follows, pinned: follows && pinned }
    }
  }
  return { ...state, seq, head, rows, erased, broken }
}

/** The body of an entry that is as it was sealed, wherever it stands; null for any other. */
function intact(entry: Entry, { organizationId, key }: Verifying): Body | null {
  try {
    const body = JSON.parse(entry.body) as Body
    const { actor, target } = body
    const same =
      body.v === 1 &&
      entryHash(body.prev, entry.body, key) === entry.hash &&
      body.organizationId === organizationId &&
      entry.organizationId === organizationId &&
      body.id === entry.id &&
      body.action === entry.action &&
      body.at === entry.at.toISOString() &&
      reference(actor) === entry.actor &&
      reference(target) === entry.target &&
      actor.userId === entry.actorUserId &&
      actor.impersonatedBy === entry.impersonatedBy &&
      target.userId === entry.targetUserId &&
      keeps(actor, entry.personal.actor) &&
      keeps(target, entry.personal.target)
    return same ? body : null
  } catch {
    // Stored text that is no longer JSON, a part that is no longer an object: not as it was sealed.
    return null
  }
}

type Committed = Readonly<{ commitment: string | null }>
const keeps = (to: Committed, part: PersonalPart | null): boolean => part === null || commitment(part) === to.commitment
const lacks = (of: Committed, part: PersonalPart | null): boolean => part === null && of.commitment !== null

/** The verdict on every entry, against the organization as it stood with the last of them. */
export async function verified(
  read: ReadRun,
  against: Readonly<{ key: string | null; since: Pin | null }>,
): Promise<Verification> {
  let run = await firstRun(read)
  let state = verification(run.organization.id, against)
  for await (run of runsFrom(run, read)) state = verifyEntries(state, run.entries)
  return conclude(state, run.organization)
}

type Anchor = Readonly<{ revision: number; head: string }>

/** The verdict, against the organization as it stood when the last page was read. */
export function conclude(state: Verifying, organization: Anchor): Verification {
  const fault = faultOf(state, organization)
  if (fault === null) return { ok: true, entries: state.seq, erased: state.erased, head: state.head }
  const [reason, brokenAt] = fault
  return { ok: false, entries: Math.max(Math.min(state.seq, brokenAt - 1), 0), brokenAt, reason }
}

function faultOf(state: Verifying, { revision, head }: Anchor): readonly [Fault, number] | null {
  const { seq, rows, since, broken } = state
  if (broken !== null) return diagnosis(broken, rows - revision, seq >= revision && state.head === head)
  if (seq < Math.max(revision, since?.seq ?? 0)) return ["truncated", seq + 1]
  if (seq > revision) return ["added", revision + 1]
  return state.head === head ? null : ["changed", Math.max(seq, 1)]
}

/** `surplus` is how many entries there are too many; `complete`, whether all that should be stood before the break. */
function diagnosis(at: Break, surplus: number, complete: boolean): readonly [Fault, number] {
  const { place, row, sealed } = at
  if (at.pinned) return ["changed", place]
  if (complete) return ["added", row]
  if (at.found) return [surplus > 0 ? "added" : "reordered", sealed === place ? place : Math.min(place, row)]
  if (row < place) return ["added", row]
  if (row === place) {
    if (sealed === null) return ["changed", place]
    // It is whole and follows something else: what stands before it took the place of what it was sealed after.
    if (sealed === place) return ["changed", Math.max(place - 1, 1)]
    if (sealed < place) return ["added", sealed]
  }
  return [surplus < 0 ? "missing" : "changed", place]
}
