/**
 * An order of rows against a plain array, whatever is put in and taken out.
 *
 * @module
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { indexing, place, replace, rowsOf, walk } from "../../src/store/memory/table.ts"

type Row = Readonly<{ id: string; organizationId: string; value: number; isIn: boolean }>

const SCOPES = ["", "a", "a0", "b"]

const row = fc.record({
  id: fc.integer({ min: 0, max: 40 }).map((id) => `id_${String(id).padStart(2, "0")}`),
  organizationId: fc.constantFrom(...SCOPES),
  value: fc.integer({ min: -3, max: 3 }),
  isIn: fc.boolean(),
})

const empty = () =>
  indexing({ rows: 0 })<Row>(
    ({ organizationId, isIn }) => (isIn ? organizationId : null),
    ({ value }) => value,
  )

const compare = (a: readonly unknown[], b: readonly unknown[]): number => {
  for (const [index, part] of a.entries()) {
    const [left, right] = [part as string, b[index] as string]
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}

const key = ({ value, id }: Row) => [value, id] as const

describe("an order of rows", () => {
  it("answers as a sorted array does", () => {
    const changes = fc.array(fc.tuple(row, fc.boolean()))
    const point = fc.record({ value: fc.integer({ min: -4, max: 4 }), id: row.map(({ id }) => id) })
    fc.assert(
      fc.property(changes, fc.constantFrom(...SCOPES), point, point, (taken, scope, one, other) => {
        const index = empty()
        const standing = new Map<string, Row>()
        for (const [change, isGone] of taken) {
          const name = `${change.organizationId} ${change.id}`
          replace(index, standing.get(name) ?? null, isGone ? null : change)
          if (isGone) standing.delete(name)
          else standing.set(name, change)
        }
        const rows = [...standing.values()]
          .filter(({ organizationId, isIn }) => isIn && organizationId === scope)
          .sort((a, b) => compare(key(a), key(b)))
        expect(rowsOf(index, scope)).toEqual(rows)
        const before = (value: number, id: string) => rows.filter((each) => compare(key(each), [value, id]) < 0).length
        const [from, to] = [place(index, scope, one.value, one.id), place(index, scope, other.value, other.id)]
        expect(place(index, scope, one.value)).toBe(before(one.value, ""))
        expect([from, to]).toEqual([before(one.value, one.id), before(other.value, other.id)])
        expect([...walk(index, scope, from)]).toEqual(rows.slice(from))
        const passed = from <= to ? rows.slice(from, to) : rows.slice(to, from).toReversed()
        expect([...walk(index, scope, from, to)]).toEqual(passed)
      }),
      { numRuns: 1000 },
    )
  })

  it("stays sorted however it is filled, and keeps nothing of what was taken out", () => {
    const rows = Array.from({ length: 5000 }, (_, index): Row => {
      const id = `id_${String((index * 2741) % 5000).padStart(4, "0")}`
      return { id, organizationId: "a", value: 0, isIn: true }
    })
    const sorted = rows.toSorted((a, b) => compare(key(a), key(b)))
    for (const order of [rows, sorted, sorted.toReversed()]) {
      const index = empty()
      for (const each of order) replace(index, null, each)
      expect(rowsOf(index, "a")).toEqual(sorted)
      for (const each of rows) replace(index, each, null)
      expect(index.lists.size).toBe(0)
    }
  })

  it("keeps rows of two organizations apart that have one id", () => {
    const index = indexing({ rows: 0 })<Row>(() => "")
    const [one, two] = ["a", "b"].map((organizationId): Row => ({ id: "id", organizationId, value: 0, isIn: true }))
    if (one === undefined || two === undefined) throw new Error("no rows")
    for (const each of [one, two]) replace(index, null, each)
    for (const each of [one, two]) {
      replace(index, each, null)
      expect(rowsOf(index, "")).toEqual([each === one ? two : one])
      replace(index, null, each)
    }
  })
})
