/**
 * Input at the door: parsed once, unknown keys refused, every problem listed.
 *
 * @module
 */
import type * as z from "zod"
import { type InputIssue, TenantryError } from "./error.ts"

/** The parsed input, or `invalid_input` with every issue and its path. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw new TenantryError("invalid_input", { issues: inputIssues(result.error) })
}

/** Zod's issues as ours: an unknown key is an issue at that key. */
export function inputIssues(error: z.ZodError): readonly InputIssue[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part))
    if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }]
    return issue.keys.map((key) => ({ path: [...path, key], message: "unknown key" }))
  })
}

/** An issue that a decision found, after the parse. */
export const inputIssue = (path: readonly (string | number)[], message: string): { issues: readonly InputIssue[] } => ({
  issues: [{ path, message }],
})
