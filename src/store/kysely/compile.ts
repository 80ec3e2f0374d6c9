/**
 * Statements as drivers take them. A text is written once for all statements of the same pieces, whatever their values: a
 * path along the keys of their pieces leads to it.
 *
 * @module
 */
import type { Dialect } from "./dialect.ts"
import { marked } from "./marked.ts"
import { isSql, type Sql, type Value } from "./sql.ts"

type Key = Sql["key"] | null

/** Where a path has come to; a value is a step of its own, `null`. */
type Place = { text: string | null; readonly next: Map<Key, Place> }

/** Longer statements, of many rows, are written anew: hardly two of them are alike. */
const STEPS = 400
/** Places kept at once. */
const KEPT = 50_000

const beginnings = new WeakMap<Dialect, Place>()
let kept = 0

/** The text of a statement, marked, and its values. */
export function compile(dialect: Dialect, statement: Sql): Readonly<{ text: string; values: readonly unknown[] }> {
  const values: unknown[] = []
  const path: Key[] = []
  follow(dialect, statement, path, values)
  if (path.length > STEPS) return { text: written(dialect, statement), values }
  let place = beginningOf(dialect)
  for (const key of path) place = place.next.get(key) ?? begun(place, key)
  place.text ??= written(dialect, statement)
  return { text: place.text, values }
}

function follow(dialect: Dialect, { key, parts }: Sql, path: Key[], values: unknown[]): void {
  path.push(key)
  for (const part of parts) {
    if (isSql(part)) follow(dialect, part, path, values)
    else {
      path.push(null)
      values.push(dialect.value(part))
    }
  }
}

function beginningOf(dialect: Dialect): Place {
  const known = kept < KEPT ? beginnings.get(dialect) : undefined
  if (known !== undefined) return known
  const beginning: Place = { text: null, next: new Map() }
  beginnings.set(dialect, beginning)
  kept = 0
  return beginning
}

function begun({ next }: Place, key: Key): Place {
  const place: Place = { text: null, next: new Map() }
  next.set(key, place)
  kept++
  return place
}

function written({ placeholder }: Dialect, statement: Sql): string {
  let values = 0
  const write = ({ texts, parts }: Sql): string =>
    texts.reduce((text, next, index) => {
      const part = parts[index - 1] as Sql | Value
      return text + (isSql(part) ? write(part) : placeholder(values++ + 1)) + next
    })
  return marked(write(statement))
}
