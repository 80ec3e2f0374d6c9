/**
 * What a caller read of a row before changing it: a change of anything newer is refused.
 *
 * @module
 */
import { TenantryError } from "../kernel/error.ts"
import type { AnyFact } from "./operation.ts"

/** A row, and the revision that it must still have: 0 is that of one that is not there yet. */
export type Expected = Readonly<{ id: string; revision: number }>

/** Refuses facts about a row of another revision; what changes nothing is no change of anything newer. */
export function requireExpected(
  { expected = null }: Readonly<{ expected?: Expected | null }>,
  facts: readonly AnyFact[],
): void {
  if (expected === null) return
  const { id, revision } = expected
  const isNewer = facts.some(({ before, after }) => {
    if (before === null) return after !== null && isRow(after, id) && revision !== 0
    return isRow(before, id) && before.revision !== revision
  })
  if (isNewer) throw new TenantryError("precondition_failed", {})
}

const isRow = (before: object, id: string): before is Readonly<{ id: string; revision: number }> =>
  "id" in before && before.id === id && "revision" in before
