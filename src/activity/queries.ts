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
import { reference } from "./chain.ts"
import { readEntry } from "./entry.ts"
import type { EntryFilter } from "./repository.ts"
import type { ReadRun } from "./run.ts"
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
  actors: ["user", "system", "apiKey"],
  allow: "activity.read",
  wants: ({ input, settings }) => {
    const { after, limit } = keyset(input, settings.limits)
    return { entries: { ...filterOf(input), order: "descending" as const, after: seqOf(after), limit } }
  },
  answer: ({ input, settings, loaded }) =>
    page(loaded.entries, keyset(input, settings.limits), ({ seq }) => String(seq), readEntry),
})

const readRun = query({
  name: "activity.run",
  input: () => inOrganization({ after: z.int().nullable(), limit: z.int(), ...filterFields }),
  actors: ["user", "system", "apiKey"],
  allow: "activity.read",
  wants: ({ input }) => ({
    entries: { ...filterOf(input), order: "ascending" as const, after: input.after, limit: input.limit },
  }),
  answer: ({ loaded: { organization, entries } }) => ({ organization, entries }),
})

/** Reads runs for that caller, who is let in anew each time. */
const reader =
  (shell: Shell, actor: unknown, input: Omit<Parameters<typeof readRun.run>[2], "after" | "limit">): ReadRun =>
  (after, limit) =>
    readRun.run(shell, actor, { ...input, after, limit })

const ExportInput = inOrganization({ format: z.enum(["jsonl", "csv"]), ...filterFields })

export const exportActivity: Operation<z.input<typeof ExportInput>, AsyncIterable<string>> = {
  ...readRun,
  name: "activity.export",
  input: () => ExportInput,
  run: async (shell, actor, raw) => {
    requireKind(requireActor(actor), readRun.actors)
    const { format, ...input } = parseInput(ExportInput, raw)
    return (await import("./export.ts")).exported(reader(shell, actor, input), format, readEntry)
  },
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
    return (await import("./verify.ts")).verified(reader(shell, actor, input), { key: shell.sealing.key, since })
  },
}
