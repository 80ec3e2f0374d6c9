/**
 * The sorted list against a plain array, whatever is put in and taken out.
 *
 * @module
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  after,
  ascending,
  before,
  countRows,
  descending,
  firstRow,
  type Point,
  replaceRow,
  scopeEnd,
  scopeStart,
  sortedRows,
} from "../../src/store/memory/sorted-rows.ts"

type Row = Readonly<{ id: string; organizationId: string; value: number | null }>

const SCOPES = ["", "a", "a0", "b"]

const row = fc.record({
  id: fc.integer({ min: 0, max: 40 }).map((id) => `id_${String(id).padStart(2, "0")}`),
  organizationId: fc.constantFrom(...SCOPES),
  value: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(null)),
})

const point: fc.Arbitrary<Point> = fc.oneof(
  fc.constantFrom(...SCOPES).map(scopeStart),
  fc.constantFrom(...SCOPES).map(scopeEnd),
  fc.tuple(fc.constantFrom(...SCOPES), fc.integer({ min: -4, max: 4 })).map(([scope, value]) => before(scope, value)),
  fc.tuple(fc.constantFrom(...SCOPES), fc.integer({ min: -4, max: 4 })).map(([scope, value]) => after(scope, value)),
  row.map(({ organizationId, value, id }) => after(organizationId, value ?? 0, id)),
)

const empty = () => sortedRows<Row>({ scope: (each) => each.organizationId, value: (each) => each.value }, { rows: 0 })

const key = ({ organizationId, value, id }: Row) => [organizationId, value, id] as const

const compare = (a: readonly unknown[], b: readonly unknown[]): number => {
  for (const [index, part] of a.entries()) {
    const [left, right] = [part as string, b[index] as string]
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}

/** The rows that a list must hold: the newest under each key. */
function model(changes: readonly Row[], isGone: (index: number) => boolean): readonly Row[] {
  const rows = new Map<string, Row>()
  changes.forEach((change, index) => {
    const name = `${change.organizationId} ${change.id}`
    if (isGone(index)) rows.delete(name)
    else rows.set(name, change)
  })
  return [...rows.values()].filter(({ value }) => value !== null).sort((a, b) => compare(key(a), key(b)))
}

describe("sorted rows", () => {
  it("answer as a sorted array does", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(row, fc.boolean())), point, point, (changes, from, to) => {
        const list = empty()
        const standing = new Map<string, Row>()
        for (const [change, isGone] of changes) {
          const name = `${change.organizationId} ${change.id}`
          replaceRow(list, standing.get(name) ?? null, isGone ? null : change)
          if (isGone) standing.delete(name)
          else standing.set(name, change)
        }
        const rows = model(
          changes.map(([change]) => change),
          (index) => changes[index]?.[1] ?? false,
        )
        const place = ({ scope, value, id }: Point) => [scope, value, id]
        const between = rows.filter(
          (each) => compare(key(each), place(from)) >= 0 && compare(key(each), place(to)) < 0 && !stands(each, from),
        )
        const upTo = [...between, ...rows.filter((each) => stands(each, to) && compare(key(each), place(from)) > 0)]
        expect([...ascending(list, from, to)]).toEqual(upTo)
        expect([...descending(list, to, from)]).toEqual(upTo.toReversed())
        expect(countRows(list, from, to)).toBe(upTo.length)
        expect(firstRow(list, from, to)).toEqual(upTo[0] ?? null)
      }),
      { numRuns: 1000 },
    )
  })

  it("stay sorted through many chunks, filled from either end and in between, and emptied again", () => {
    const rows = Array.from({ length: 5000 }, (_, index): Row => {
      const id = `id_${String((index * 2741) % 5000).padStart(4, "0")}`
      return { id, organizationId: "a", value: 0 }
    })
    for (const order of [
      rows,
      rows.toSorted((a, b) => compare(key(a), key(b))),
      rows.toSorted((a, b) => compare(key(b), key(a))),
    ]) {
      const list = empty()
      for (const each of order) replaceRow(list, null, each)
      expect(list.chunks.length).toBeGreaterThan(5)
      expect(Math.max(...list.chunks.map(({ length }) => length))).toBeLessThanOrEqual(512)
      expect([...ascending(list, scopeStart("a"), scopeEnd("a"))].map(({ id }) => id)).toEqual(
        rows.map(({ id }) => id).toSorted(),
      )
      expect(countRows(list, scopeStart("a"), scopeEnd("a"))).toBe(5000)
      for (const each of rows) replaceRow(list, each, null)
      expect(list.chunks).toEqual([])
    }
  })
})

/** Whether that very row is what the point stands just after. */
const stands = (each: Row, { scope, value, id }: Point): boolean => compare(key(each), [scope, value, id]) === 0
