/**
 * What a host keeps of its own with an organization, a member or a key: plain JSON, in the form that its schema gives.
 *
 * @module
 */
import * as z from "zod"
import type { InputIssue } from "./error.ts"
import { inputIssues } from "./input.ts"
import { type JsonObject, jsonObject } from "./json.ts"

declare const kind: unique symbol

/** The metadata of such a row. Every JSON object is one; the mark lets the facade's types put the host's own here. */
export type Metadata<Of extends MetadataKind> = JsonObject & { readonly [kind]?: Of }

/** What carries metadata. */
export type MetadataKind = "organization" | "member" | "apiKey"

/** Whose metadata `T` is; never where it is nobody's. */
export type KindOf<T> = typeof kind extends keyof T ? NonNullable<T[typeof kind]> : never

/** The host's schemas; what has none may be any JSON object. */
export type MetadataSchemas = { readonly [Of in MetadataKind]?: z.ZodType }

/** What those schemas take, by kind. */
export type MetadataGiven<S> = { readonly [Of in keyof S]: S[Of] extends z.ZodType ? z.input<S[Of]> : JsonObject }

/** What those schemas keep, by kind. */
export type MetadataKept<S> = { readonly [Of in keyof S]: S[Of] extends z.ZodType ? z.output<S[Of]> : JsonObject }

/** How much of it there may be. */
export type MetadataBounds = Readonly<{ metadataBytes: number; metadataDepth: number }>

/** Metadata as input: plain JSON within bounds, before the host's schema sees it and after. */
export function metadataInput<Of extends MetadataKind>(
  of: Of,
  { metadataBytes, metadataDepth }: MetadataBounds,
  schemas: MetadataSchemas = {},
): z.ZodType<Metadata<Of>, Metadata<Of>> {
  const plain = jsonObject(metadataBytes, metadataDepth)
  const schema = schemas[of]
  if (schema === undefined) return plain
  return plain.transform((value, context) => {
    const parsed = parsedBy(schema, value)
    const kept = parsed.ok ? parsedBy(plain, parsed.value) : parsed
    if (kept.ok) return kept.value
    for (const { path, message } of kept.issues) context.addIssue({ code: "custom", path: [...path], message })
    return z.NEVER
  })
}

type Parsed = Readonly<{ ok: true; value: JsonObject }> | Readonly<{ ok: false; issues: readonly InputIssue[] }>

/** What a schema makes of it. What it throws may hold anything, so it is not repeated. */
function parsedBy(schema: z.ZodType, value: unknown): Parsed {
  try {
    const result = (schema as z.ZodType<JsonObject>).safeParse(value)
    return result.success ? { ok: true, value: result.data } : { ok: false, issues: inputIssues(result.error) }
  } catch {
    return { ok: false, issues: [{ path: [], message: "could not be checked" }] }
  }
}

const Schema = z
  .custom<z.ZodType>(
    (value) => typeof (value as Partial<z.ZodType> | null)?.safeParse === "function",
    "expected a schema",
  )
  .refine((schema) => !isAsync(schema), "expected a schema that answers at once")

/** The host's schemas, and what somebody who joins begins with: nothing can be asked of them, so that must be allowed. */
export const MetadataSettings = z
  .strictObject({ organization: Schema.optional(), member: Schema.optional(), apiKey: Schema.optional() })
  .prefault({})
  .transform((given, context) => {
    const schemas = Object.fromEntries(Object.entries(given).filter(([, schema]) => schema !== undefined))
    const begins = metadataInput("member", { metadataBytes: 1_000_000, metadataDepth: 64 }, schemas).safeParse({})
    for (const { path, message } of begins.error?.issues ?? []) {
      context.addIssue({ code: "custom", path: ["member", ...path], message: `of a new member, \`{}\`: ${message}` })
    }
    return { schemas: schemas as MetadataSchemas, ofNewMember: begins.data ?? {} }
  })

const AsyncFunction = (async () => {}).constructor

/** Whether a schema has a check that answers later. */
function isAsync(part: unknown, seen: Set<unknown> = new Set()): boolean {
  if (part instanceof AsyncFunction) return true
  if (typeof part !== "object" || part === null || seen.has(part)) return false
  seen.add(part)
  const { _zod: inside } = part as { _zod?: { def: object } }
  return Object.values(inside?.def ?? part).some((each) => isAsync(each, seen))
}
