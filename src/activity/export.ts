/**
 * Entries as JSON Lines or CSV, one line each with its line end, so that the lines joined are the file.
 *
 * @module
 */
import type { ActivityEntry, Entry } from "./activity.ts"
import { csvRecord } from "./csv.ts"
import { firstRun, type ReadRun, type Run, runsFrom } from "./run.ts"

/** The entry as one line of JSON. */
export const jsonLine = (entry: ActivityEntry): string => `${JSON.stringify(entry)}\n`

const json = (value: ActivityEntry["before"]): string | null => (value === null ? null : JSON.stringify(value))

const COLUMNS: readonly (readonly [name: string, value: (entry: ActivityEntry) => string | null])[] = [
  ["seq", (entry) => String(entry.seq)],
  ["id", (entry) => entry.id],
  ["organizationId", (entry) => entry.organizationId],
  ["at", (entry) => entry.at.toISOString()],
  ["action", (entry) => entry.action],
  ["actorType", ({ actor }) => actor.type],
  ["actorId", ({ actor }) => actor.id],
  ["actorUserId", ({ actor }) => actor.userId],
  ["actorEmail", ({ actor }) => actor.email],
  ["actorName", ({ actor }) => actor.name],
  ["actorIp", ({ actor }) => actor.ip],
  ["actorUserAgent", ({ actor }) => actor.userAgent],
  ["requestId", ({ actor }) => actor.requestId],
  ["impersonatedBy", ({ actor }) => actor.impersonatedBy],
  ["targetType", ({ target }) => target.type],
  ["targetId", ({ target }) => target.id],
  ["targetUserId", ({ target }) => target.userId],
  ["targetEmail", ({ target }) => target.email],
  ["targetName", ({ target }) => target.name],
  ["before", (entry) => json(entry.before)],
  ["after", (entry) => json(entry.after)],
]

/** The first line of a CSV export: the names of its columns, always these in this order. */
export const csvHeader = (): string => csvRecord(COLUMNS.map(([name]) => name))

/** The entry as one line of CSV; `before` and `after` are JSON. */
export const csvLine = (entry: ActivityEntry): string => csvRecord(COLUMNS.map(([, value]) => value(entry)))

type Format = "jsonl" | "csv"
type Readable = (entry: Entry) => ActivityEntry

/** The lines of a file, once the first entries are read; `readable` is what people read of one. */
export async function exported(read: ReadRun, format: Format, readable: Readable): Promise<AsyncIterable<string>> {
  return lines(await firstRun(read), read, format, readable)
}

/** The lines, up to the entry that was the newest when the first were read. */
async function* lines(first: Run, read: ReadRun, format: Format, readable: Readable): AsyncGenerator<string> {
  const until = first.organization.revision
  if (format === "csv") yield csvHeader()
  for await (const { entries } of runsFrom(first, read)) {
    for (const entry of entries) {
      if (entry.seq <= until) yield format === "csv" ? csvLine(readable(entry)) : jsonLine(readable(entry))
    }
    if ((entries.at(-1)?.seq ?? until) >= until) return
  }
}
