/**
 * The commit on MySQL and SQLite: a short transaction of the same steps. Nothing is written before the last thing that
 * can be lost is won, so that a transaction of the host's stays as it was when it is.
 *
 * @module
 */
import type { Committed } from "../../changes.ts"
import type { Session } from "../session.ts"
import { join, raw, type Sql, sql } from "../sql.ts"
import { encode } from "../tables/columns.ts"
import { columnsOf, type Layout, nameOf, valuesOf } from "../tables/layout.ts"
import type { Flat } from "../tables/table.ts"
import type { Commit, Write } from "./commit.ts"

/** Rows in one statement: databases bound how many values it can have. */
const BATCH = 200

/** Commits, step by step. */
export async function commitInSteps(session: Session, commit: Commit): Promise<Committed> {
  return session.together(async (inside) => {
    const won = await (commit.revision === null ? begin(inside, commit) : change(inside, commit, commit.revision))
    if (won !== "committed") return won
    const { claim, id } = commit
    const { slugs } = inside.layout.tables
    if (claim !== null && claim.release !== null) {
      await inside.run(sql`delete from ${slugs} where slug = ${claim.release} and organization_id = ${id}`)
    }
    for (const write of commit.writes) await perform(inside, write)
    return won
  })
}

async function begin(session: Session, { root, id, row, claim }: Commit): Promise<Committed> {
  const { layout } = session
  const table = nameOf(layout, root)
  const there = await session.run(sql`select 1 as there from ${table} where id = ${id}`)
  if (there.rows.length > 0) return "conflict"
  if (claim !== null && !(await take(session, id, claim.slug))) return "slug_taken"
  const begun = sql`insert into ${table} (${columnsOf(layout, root)}) values ${valuesOf(root, row)}`
  if (await session.runUnlessTaken(begun)) return "committed"
  if (claim !== null) await session.run(sql`delete from ${layout.tables.slugs} where slug = ${claim.slug}`)
  return "conflict"
}

async function change(session: Session, { root, id, row, claim }: Commit, revision: number): Promise<Committed> {
  const { layout } = session
  const table = nameOf(layout, root)
  const own = sql`id = ${id} and revision = ${revision}`
  if (claim !== null) {
    const found = await session.run(sql`select 1 as there from ${table} where ${own}${layout.dialect.forUpdate}`)
    if (found.rows.length === 0) return "conflict"
    if (!(await take(session, id, claim.slug))) return "slug_taken"
  }
  const { affected } = await session.run(sql`update ${table} set ${assigned(layout, root, row)} where ${own}`)
  return affected === 1 ? "committed" : "conflict"
}

/** Whether the slug is now this organization's. Read with a lock, for a transaction may look at an older snapshot. */
async function take({ run, layout }: Session, id: string, slug: string): Promise<boolean> {
  const { dialect, tables } = layout
  const otherwise = raw(
    dialect.name === "mysql" ? "on duplicate key update slug = slug" : "on conflict (slug) do nothing",
  )
  await run(sql`insert into ${tables.slugs} (slug, organization_id) values (${slug}, ${id}) ${otherwise}`)
  const { rows } = await run(
    sql`select 1 as held from ${tables.slugs} where slug = ${slug} and organization_id = ${id}${dialect.forUpdate}`,
  )
  return rows.length > 0
}

/** Deletes, then updates, then inserts, so that one commit can free what is unique and take it anew. */
async function perform(session: Session, { table, column, home, deletes, updates, inserts }: Write): Promise<void> {
  const { layout } = session
  const { quote } = layout.dialect
  const name = nameOf(layout, table)
  const own = sql`${raw(quote(column))} = ${home}`
  const expect = async (statement: Sql, rows: number): Promise<void> => {
    const { affected } = await session.run(statement)
    if (affected !== rows) throw new Error("these changes do not fit what is stored: a row is not there")
  }
  for (const ids of batches(deletes)) {
    const gone = join(ids.map((id) => sql`${id}`))
    await expect(sql`delete from ${name} where ${own} and id in (${gone})`, ids.length)
  }
  for (const row of updates) {
    await expect(sql`update ${name} set ${assigned(layout, table, row)} where ${own} and id = ${String(row["id"])}`, 1)
  }
  for (const rows of batches(inserts)) await insert(session, table, rows)
}

/** Inserts laid-out rows. */
export async function insert(session: Session, table: Write["table"], rows: readonly Flat[]): Promise<void> {
  const { layout } = session
  const values = join(rows.map((row) => valuesOf(table, row)))
  await session.run(sql`insert into ${nameOf(layout, table)} (${columnsOf(layout, table)}) values ${values}`)
}

/** Every column but the key's. */
const assigned = ({ dialect }: Layout, { columns, key }: Write["table"], row: Flat): Sql =>
  join(
    columns
      .filter(({ property }) => !key.includes(property))
      .map((column) => sql`${raw(dialect.quote(column.name))} = ${encode(column, row[column.property])}`),
  )

function* batches<Each>(all: readonly Each[]): Generator<readonly Each[]> {
  for (let from = 0; from < all.length; from += BATCH) yield all.slice(from, from + BATCH)
}
