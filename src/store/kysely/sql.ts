/**
 * SQL as data: text with values between, made into one statement at the end.
 *
 * @module
 */

/** What a statement can carry besides its text. */
export type Value = string | number | boolean | Date | null

/** A piece of SQL: one text more than values. */
export type Sql = Readonly<{ texts: readonly string[]; values: readonly Value[] }>

const isSql = (part: Sql | Value): part is Sql => typeof part === "object" && part !== null && "texts" in part

/** A piece of SQL as it is written; pieces inside become part of it, anything else a value that is sent beside it. */
export function sql(strings: TemplateStringsArray, ...parts: readonly (Sql | Value)[]): Sql {
  const texts = [strings[0] ?? ""]
  const values: Value[] = []
  for (const [index, part] of parts.entries()) {
    if (isSql(part)) append(texts, values, part)
    else {
      values.push(part)
      texts.push("")
    }
    append(texts, values, raw(strings[index + 1] ?? ""))
  }
  return { texts, values }
}

function append(texts: string[], values: Value[], { texts: [first = "", ...rest], values: more }: Sql): void {
  texts.push((texts.pop() ?? "") + first, ...rest)
  values.push(...more)
}

/** Text without values; never of anything that a caller gave. */
export const raw = (text: string): Sql => ({ texts: [text], values: [] })

export const NOTHING: Sql = raw("")

/** Pieces with a text between each two. */
export function join(parts: readonly Sql[], between = ", "): Sql {
  const texts = [""]
  const values: Value[] = []
  for (const [index, part] of parts.entries()) {
    if (index > 0) append(texts, values, raw(between))
    append(texts, values, part)
  }
  return { texts, values }
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
