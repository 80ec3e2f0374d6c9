/**
 * Columns: what each can hold, and how it goes in and comes out.
 *
 * @module
 */
import type { Value } from "../sql.ts"

export type Kind = "text" | "integer" | "time" | "boolean" | "json"

/** What a column holds. `size`: how many characters, where it is indexed; null is any number. */
export type ColumnType = Readonly<{ kind: Kind; size: number | null; isNullable: boolean }>

export type Column = ColumnType & Readonly<{ property: string; name: string }>

const of = (kind: Kind, size: number | null = null): ColumnType => ({ kind, size, isNullable: false })

/** Text in full; only `text(size)` can be indexed everywhere. */
export const words = of("text")
export const text = (size: number): ColumnType => of("text", size)
export const id = text(64)
export const integer = of("integer")
export const time = of("time")
export const boolean = of("boolean")
export const json = of("json")
export const optional = (type: ColumnType): ColumnType => ({ ...type, isNullable: true })

/** `joinedAt` is the column `joined_at`. */
export const columnName = (property: string): string =>
  property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** A property as a statement carries it. */
export const encode = ({ kind }: Column, value: unknown): Value =>
  kind === "json" && value !== null ? JSON.stringify(value) : (value as Value)

/** A property from what JSON carried. */
export function decode({ kind }: Column, cell: unknown): unknown {
  if (cell === null || cell === undefined) return null
  if (kind === "time") return new Date(cell as number)
  if (kind === "boolean") return cell === true || cell === 1
  // Where a database has no type for JSON, it is text inside the text.
  return kind === "json" && typeof cell === "string" ? JSON.parse(cell) : cell
}
