/**
 * What restrictions ask of a store.
 *
 * @module
 */
import type { Read } from "../store/read.ts"
import type { Restriction } from "./restriction.ts"

/** Reads inside one organization. */
export interface RestrictionReads {
  /** Must answer the restrictions of those subjects, in any order. */
  restrictions: Read<readonly Restriction["id"][], readonly Restriction[]>
}
