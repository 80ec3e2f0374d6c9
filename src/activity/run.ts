/**
 * Runs: all entries of an organization, so many at a time.
 *
 * @module
 */
import type { Organization } from "../organization/organization.ts"
import type { Entry } from "./activity.ts"

/** Entries in a row, oldest first, and the organization as it stood when they were read. */
export type Run = Readonly<{ organization: Organization; entries: readonly Entry[] }>

/** Must answer the first `limit` entries after that `seq`, or from the beginning; fewer at the end. */
export type ReadRun = (after: number | null, limit: number) => Promise<Run>

/** Entries read at once. */
const RUN = 1000

/** The first run. */
export const firstRun = (read: ReadRun): Promise<Run> => read(null, RUN)

/** The first run and all that follow. */
export async function* runsFrom(first: Run, read: ReadRun): AsyncGenerator<Run> {
  for (let run = first; ; ) {
    yield run
    const last = run.entries.at(-1)
    if (last === undefined || run.entries.length < RUN) return
    run = await read(last.seq, RUN)
  }
}
