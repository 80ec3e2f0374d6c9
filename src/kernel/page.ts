/**
 * Keyset pages: by an id that sorts by time, never by offset.
 *
 * @module
 */
import * as z from "zod"

/** One page, and the cursor of the next; null on the last. */
export type Page<T> = Readonly<{ data: readonly T[]; nextCursor: string | null }>

/** What a store needs to answer a page: at most `limit` rows whose id sorts after `after`. */
export type Keyset = Readonly<{ after: string | null; limit: number }>

/** Rows a page holds unless told, and at most. */
export type PageLimits = Readonly<{ page: number; pageMax: number }>

const Cursor = z
  .string()
  .max(200)
  .transform((text, context) => {
    const key = Buffer.from(text, "base64url").toString("utf8")
    if (/^[a-z0-9_]{1,64}$/.test(key) && cursorAfter(key) === text) return key
    context.addIssue({ code: "custom", message: "expected a cursor that a page gave" })
    return z.NEVER
  })

const cursorAfter = (key: string): string => Buffer.from(key).toString("base64url")

/** The fields of every list's input. A cursor holds only the last row's id, which is a key of the same query. */
export const pageFields = (limits: PageLimits) => ({
  cursor: Cursor.optional(),
  limit: z.int().min(1).max(limits.pageMax).optional(),
})

/** One row more than the page shows is asked of the store, to know whether there is a next one. */
export function keyset(
  input: Readonly<{ cursor?: string | undefined; limit?: number | undefined }>,
  limits: PageLimits,
): Keyset {
  return { after: input.cursor ?? null, limit: (input.limit ?? limits.page) + 1 }
}

/** The page that `rows`, asked for by `keyset`, make. */
export function page<Row, T>(
  rows: readonly Row[],
  by: Keyset,
  key: (row: Row) => string,
  view: (row: Row) => T,
): Page<T> {
  const data = rows.slice(0, by.limit - 1)
  const last = data.at(-1)
  return {
    data: data.map(view),
    nextCursor: rows.length === by.limit && last !== undefined ? cursorAfter(key(last)) : null,
  }
}
