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
    const after = strings[index + 1] ?? ""
    if (isSql(part)) {
      append(texts, part.texts[0] ?? "")
      texts.push(...part.texts.slice(1))
      values.push(...part.values)
      append(texts, after)
    } else {
      values.push(part)
      texts.push(after)
    }
  }
  return { texts, values }
}

function append(texts: string[], text: string): void {
  texts.push((texts.pop() ?? "") + text)
}

/** Text without values; never of anything that a caller gave. */
export const raw = (text: string): Sql => ({ texts: [text], values: [] })

export const NOTHING: Sql = raw("")

/** Pieces with a text between each two. */
export const join = (parts: readonly Sql[], between = ", "): Sql =>
  parts.reduce((joined, part, index) => (index === 0 ? part : sql`${joined}${raw(between)}${part}`), NOTHING)

/** The condition that all of them hold; of none it is nothing, not even the `and` before it. */
export const and = (conditions: readonly (Sql | null)[]): Sql =>
  conditions.reduce<Sql>((all, each) => (each === null ? all : sql`${all} and ${each}`), NOTHING)
