/**
 * SQL as data: text with values between, made into one statement at the end.
 *
 * @module
 */

/** What a statement can carry besides its text. */
export type Value = string | number | boolean | Date | null

/**
 * A piece of SQL: one text more than parts, each a value or a piece that is written in its place. Pieces of the same
 * `key` have the same texts.
 */
export type Sql = Readonly<{ key: string | readonly string[]; texts: readonly string[]; parts: readonly Part[] }>

type Part = Sql | Value

export const isSql = (part: Part): part is Sql => typeof part === "object" && part !== null && "texts" in part

/** A piece of SQL as it is written; pieces inside become part of it, anything else a value that is sent beside it. */
export const sql = (texts: TemplateStringsArray, ...parts: readonly Part[]): Sql => ({ key: texts, texts, parts })

/** Text without values; never of anything that a caller gave. */
export const raw = (text: string): Sql => ({ key: text, texts: [text], parts: [] })

/** A piece that has no values, as one text: what is used again and again. */
export const fixed = ({ texts, parts }: Sql): Sql =>
  raw(texts.reduce((text, next, index) => text + (fixed(parts[index - 1] as Sql).texts[0] ?? "") + next))

export const NOTHING: Sql = raw("")

/** Pieces with a text between each two. */
export function join(parts: readonly Sql[], between = ", "): Sql {
  if (parts.length === 0) return NOTHING
  const texts = parts.map((_, index) => (index === 0 ? "" : between))
  return { key: `\0${parts.length} ${between}`, texts: [...texts, ""], parts }
}

/** The conditions that hold too, after one that is written before; none of them is nothing, not even the `and`. */
export const and = (conditions: readonly (Sql | null)[]): Sql =>
  join(
    conditions.flatMap((each) => (each === null ? [] : [sql` and ${each}`])),
    "",
  )

/** That a row is one of those, by some of its columns. */
export const isAmong = (rows: readonly Readonly<Record<string, unknown>>[], columns: readonly string[]): Sql =>
  join(
    rows.map(
      (row) =>
        sql`(${join(
          columns.map((column) => sql`${raw(column)} = ${String(row[column])}`),
          " and ",
        )})`,
    ),
    " or ",
  )
