/**
 * Reads as data: what is asked, and what the answers make. All of one load go out as one statement.
 *
 * @module
 */

import type { Whose } from "../../../membership/repository.ts"
import { raw, type Sql, sql } from "../sql.ts"
import { type AnyTable, cells, type Layout, nameOf, rowOf, rowOrNull } from "../tables/layout.ts"
import type { Table } from "../tables/table.ts"

/** Where a read looks: in an organization, or in an account, by its id. */
export type Place = Readonly<{ layout: Layout; id: Sql }>

/** What one question found, each a value of JSON, in no order that can be relied on. */
export type Answers = readonly unknown[]

/** Questions, each of which selects one value of JSON as `r`, and what their answers make. */
export type Reading<Found> = Readonly<{ asks: readonly Sql[]; found: (...answers: readonly Answers[]) => Found }>

/** How something is read in its place. */
export type Reader<Want, Found> = (place: Place, want: Want) => Reading<Found>

/** Rows of a table as JSON; conditions follow. `t` is what the statement calls the table. */
export const rowsIn = (layout: Layout, table: AnyTable): Sql =>
  sql`select ${cells(layout, table, "t")} as r from ${nameOf(layout, table)} t where`

/** One row, or null. */
export const one = <Row>(table: Table<Row>, ask: Sql): Reading<Row | null> => ({
  asks: [ask],
  found: ([row] = []) => rowOrNull(table, row),
})

/** Every row that is found, by id ascending. */
export const many = <Row extends Readonly<{ id: string }>>(table: Table<Row>, ask: Sql): Reading<readonly Row[]> =>
  ordered(ask, (found) => rowOf(table, found))

/** What `make` makes of everything that is found, by id ascending. */
export const ordered = <Row>(
  ask: Sql,
  make: (found: unknown) => Row,
  idOf: (row: Row) => string = (row) => (row as Readonly<{ id: string }>).id,
): Reading<readonly Row[]> => ({
  asks: [ask],
  found: (rows = []) => rows.map(make).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1)),
})

/** A number. */
export const count = (ask: Sql): Reading<number> => ({ asks: [ask], found: ([number] = []) => Number(number) })

/** How many rows of a table meet the conditions that follow. */
export const countIn = (layout: Layout, table: AnyTable): Sql =>
  sql`select count(*) as r from ${nameOf(layout, table)} t where`

/** The user of that id, or behind that membership, as a value. */
export function userBehind({ layout: { tables }, id }: Place, whose: Whose): Sql {
  if ("userId" in whose) return sql`${whose.userId}`
  const [table, membershipId] =
    "membershipId" in whose
      ? [tables.memberships, whose.membershipId]
      : [tables.projectMemberships, whose.projectMembershipId]
  return sql`(select user_id from ${table} where organization_id = ${id} and id = ${membershipId})`
}

/** Where an invitation offers projects: each of its offers, as `e`, beside it. */
export const offersOf = ({ dialect }: Layout, invitation: string): Readonly<{ offers: Sql; projectId: Sql }> => ({
  offers: raw(dialect.each(`${invitation}.projects`, ["projectId", "role"])),
  projectId: raw(dialect.property("projectId")),
})

/** What sorts after every text that begins with another. */
const LAST = "\u{10ffff}"

/** That a text begins so, in a way that an index can tell. */
export const startsWith = (text: Sql, start: string): Sql => sql`${text} >= ${start} and ${text} < ${start + LAST}`
