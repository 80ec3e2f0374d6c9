/**
 * What answers are made of. A schema says what leaves: what it does not name stays inside.
 *
 * @module
 */
import * as z from "zod"

/** A list that nobody changes. */
export const list = <S extends z.ZodType>(each: S) => z.array(each).readonly()

/** One page, and the cursor of the next; null on the last. */
export const pageOf = <S extends z.ZodType>(each: S) =>
  z.object({ data: list(each), nextCursor: z.string().nullable() })

/** Plain JSON by its field names. */
export const Fields = z.record(z.string(), z.unknown())

/** Schemas by the names that the document calls them by. */
export type Answers = Readonly<Record<string, z.ZodType>>
