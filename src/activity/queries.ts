/**
 * Reads of activity: the list, the whole as a stream, and the proof that nothing was tampered with.
 *
 * @module
 */
import * as z from "zod"
import { requireActor } from "../kernel/actor.ts"
import { parseInput } from "../kernel/input.ts"
import { keyset, page, pageFields } from "../kernel/page.ts"
import { requireKind } from "../pipeline/admit.ts"
import type { Operation } from "../pipeline/operation.ts"
import { query } from "../pipeline/query.ts"
import { inOrganization } from "../pipeline/schema.ts"
import type { Shell } from "../pipeline/shell.ts"
import type { Entry } from "./activity.ts"
import { reference } from "./chain.ts"
import { readEntry } from "./entry.ts"
import type { EntryFilter } from "./repository.ts"
import type { Verification } from "./verify.ts"

const Reference = z.strictObject({ type: z.string().min(1).max(32), id: z.string().min(1).max(128) })

const filterFields = {
  actions: z.array(z.string().min(1).max(64)).min(1).max(100).optional(),
  actor: Reference.optional(),
  target: Reference.optional(),
  since: z.date().optional(),
  until: z.date().optional(),
}

const Filter = z.strictObject(filterFields)

const filterOf = (input: z.output<typeof Filter>): EntryFilter => ({
  actions: input.actions ?? null,
  actor: input.actor === undefined ? null : reference(input.actor),
  target: input.target === undefined ? null : reference(input.target),
  since: input.since ?? null,
  until: input.until ?? null,
})

/** A cursor of activity is a `seq`; any other shows nothing. */
const seqOf = (after: string | null): number | null =>
  after === null ? null : /^\d{1,15}$/.test(after) ? Number(after) : 0

export const listActivity = query({
  name: "activity.list",
  input: (limits) => inOrganization({ ...filterFields, ...pageFields(limits) }),
  actors: ["user", "system"],
  allow: "activity.read",
  wants: ({ input, settings }) => {
    const { after, limit } = keyset(input, settings.limits)
    return { entries: { ...filterOf(input), order: "descending" as const, after: seqOf(after), limit } }
  },
  answer: ({ input, settings, loaded }) =>
    page(loaded.entries, keyset(input, settings.limits), ({ seq }) => String(seq), readEntry),
})

/** Entries read at once by a stream or a verification. */
const RUN = 1000

const readRun = query({
  name: "activity.run",
  input: () => inOrganization({ after: z.int().nullable(), ...filterFields }),
  actors: ["user", "system"],
  allow: "activity.read",
  wants: ({ input }) => ({
    entries: { ...filterOf(input), order: "ascending" as const, after: input.after, limit: RUN },
  }),
  answer: ({ loaded: { organization, entries } }) => ({ organization, entries }),
})

type Run = Awaited<ReturnType<typeof readRun.run>>

/** Runs of entries, oldest first, each with the organization as it stood then; the caller is let in anew each time. */
async function* runs(
  shell: Shell,
  actor: unknown,
  input: Parameters<typeof readRun.run>[2],
  first: Run,
): AsyncGenerator<Run> {
  for (let run = first; ; ) {
    yield run
    const last = run.entries.at(-1)
    if (last === undefined || run.entries.length < RUN) return
    run = await readRun.run(shell, actor, { ...input, after: last.seq })
  }
}

const ExportInput = inOrganization({ format: z.enum(["jsonl", "csv"]), ...filterFields })

export const exportActivity: Operation<z.input<typeof ExportInput>, AsyncIterable<string>> = {
  ...readRun,
  name: "activity.export",
  input: () => ExportInput,
  run: async (shell, actor, raw) => {
    requireKind(requireActor(actor), readRun.actors)
    const { format, ...input } = parseInput(ExportInput, raw)
    const first = await readRun.run(shell, actor, { ...input, after: null })
    return lines(runs(shell, actor, { ...input, after: null }, first), format, first.organization.revision)
  },
}

/** The lines of a file, up to the entry that was the newest when it began. */
async function* lines(from: AsyncIterable<Run>, format: "jsonl" | "csv", until: number): AsyncGenerator<string> {
  const upTo = ({ entries }: Run): readonly Entry[] => entries.filter(({ seq }) => seq <= until)
  const { csvHeader, csvLine, jsonLine } = await import("./export.ts")
  if (format === "csv") yield csvHeader()
  for await (const run of from) {
    for (const entry of upTo(run)) yield format === "csv" ? csvLine(readEntry(entry)) : jsonLine(readEntry(entry))
    if ((run.entries.at(-1)?.seq ?? until) >= until) return
  }
}

const VerifyInput = inOrganization({
  since: z.strictObject({ seq: z.int().min(1), hash: z.string().min(1).max(128) }).optional(),
})

export const verifyActivity: Operation<z.input<typeof VerifyInput>, Verification> = {
  ...readRun,
  name: "activity.verify",
  input: () => VerifyInput,
  run: async (shell, actor, raw) => {
    requireKind(requireActor(actor), readRun.actors)
    const { since = null, ...input } = parseInput(VerifyInput, raw)
    const first = await readRun.run(shell, actor, { ...input, after: null })
    const { conclude, verification, verifyEntries } = await import("./verify.ts")
    let run = first
    let state = verification(first.organization.id, { key: shell.sealing.key, since })
    for await (run of runs(shell, actor, { ...input, after: null }, first)) state = verifyEntries(state, run.entries)
    return conclude(state, run.organization)
  },
}
