/**
 * The commit on Postgres: one statement. Until the last thing that can be lost is won it writes nothing, so that it is
 * all or nothing without an error, in a transaction of the host's too.
 *
 * ```
 *   locked ──► claimed ──► root ──► everything else
 * ```
 *
 * The order of its parts is not that of the text: each waits for another only because it reads what that answered.
 *
 * @module
 */
import type { Committed } from "../../changes.ts"
import { failedAs } from "../errors.ts"
import { marked } from "../marked.ts"
import type { Session } from "../session.ts"
import { type AnyTable, columnsOf, type Layout, nameOf } from "../tables/layout.ts"
import type { Commit, Write } from "./commit.ts"

/** Texts by what they write, one row or many: about twice as many as there are commands. */
const texts = new Map<string, string>()
const KEPT = 5000

/** Commits, and says from the counts of what was found what became of it. */
export async function commitAtOnce(session: Session, commit: Commit): Promise<Committed> {
  const shape = shapeOf(session.layout, commit)
  const text = texts.get(shape) ?? textOf(session.layout, commit)
  if (texts.size >= KEPT) texts.clear()
  texts.set(shape, text)
  try {
    const { rows } = await session.runText(text, valuesOf(commit))
    return outcomeOf(commit, rows[0] ?? {})
  } catch (error) {
    // Others began the same organization, or were in the way: nothing was written. A transaction is over, though.
    const isLost = failedAs(error, "taken") ? commit.revision === null : failedAs(error, "again")
    if (isLost && !session.isInTransaction) return "conflict"
    throw error
  }
}

function outcomeOf({ claim, revision }: Commit, found: Readonly<Record<string, unknown>>): Committed {
  if (Number(found["root"]) === 1) return "committed"
  const isGuarded = revision === null ? Number(found["there"]) === 0 : Number(found["locked"]) === 1
  return claim !== null && isGuarded ? "slug_taken" : "conflict"
}

const shapeOf = ({ schema, prefix }: Layout, { root, revision, claim, writes }: Commit): string =>
  [
    schema,
    prefix,
    root.name,
    revision === null,
    claim === null ? "" : claim.release === null ? "c" : "cr",
    ...writes.map(
      ({ table, deletes, updates, inserts }) =>
        `${table.name}:${howMany(deletes)}d${howMany(updates)}u${howMany(inserts)}i`,
    ),
  ].join(" ")

const howMany = ({ length }: readonly unknown[]): string => (length > 1 ? "+" : String(length))

/** In the order in which `textOf` numbers them. */
const valuesOf = ({ id, revision, row, claim, writes }: Commit): readonly unknown[] => [
  id,
  JSON.stringify([row]),
  ...(revision === null ? [] : [revision]),
  ...(claim === null ? [] : [claim.slug]),
  ...(claim === null || claim.release === null ? [] : [claim.release]),
  ...writes.flatMap(({ home, deletes, updates, inserts }) => [
    ...(deletes.length + updates.length === 0 ? [] : [home]),
    ...[deletes, updates, inserts].flatMap((rows) => (rows.length === 0 ? [] : [JSON.stringify(rows)])),
  ]),
]

function textOf(layout: Layout, { root, revision, claim, writes }: Commit): string {
  let values = 0
  const value = (): string => `$${++values}`
  const [id, row] = [value(), value()]
  const own = revision === null ? null : `t.id = ${id} and t.revision = ${value()}`
  const slug = claim === null ? null : value()
  const [table, slugs] = [placed(layout, root), layout.tables.slugs.texts[0] ?? ""]
  const parts: string[] = []
  const counts = ["(select count(*) from root) as root"]

  if (slug !== null && own !== null) {
    parts.push(`locked as (select t.id from ${table} as t where ${own} for update)`)
    counts.push("(select count(*) from locked) as locked")
  }
  if (slug !== null) {
    const guarded = own === null ? `where not exists (select 1 from ${table} where id = ${id})` : "from locked"
    parts.push(
      `claimed as (insert into ${slugs} as s (slug, organization_id) select ${slug}, ${id} ${guarded} ` +
        "on conflict (slug) do update set organization_id = excluded.organization_id " +
        "where s.organization_id = excluded.organization_id returning 1)",
    )
  }
  const won = slug === null ? "true" : "exists (select 1 from claimed)"
  parts.push(`root as (${rootOf(layout, root, row, own, won, slug === null)})`)
  if (own === null) counts.push(`(select count(*) from ${table} where id = ${id}) as there`)
  if (claim !== null && claim.release !== null) {
    parts.push(
      `released as (delete from ${slugs} where slug = ${value()} and organization_id = ${id} and exists (select 1 from root))`,
    )
  }
  const expected: string[] = []
  for (const [index, write] of writes.entries()) parts.push(...partsOf(layout, write, index, value, expected))
  if (expected.length > 0)
    counts.push(
      `1 / case when exists (select 1 from root) and not (${expected.join(" and ")}) then 0 else 1 end as fit`,
    )
  return marked(`with ${parts.join(", ")} select ${counts.join(", ")}`)
}

/** The row with the revision, found as expected, or begun. */
function rootOf(
  layout: Layout,
  root: AnyTable,
  row: string,
  own: string | null,
  won: string,
  isAlone: boolean,
): string {
  const [table, given] = [placed(layout, root), records(layout, root, row, true)]
  if (own === null) {
    const columns = columnsOf(layout, root).texts[0]
    const otherwise = isAlone ? "on conflict (id) do nothing " : ""
    return `insert into ${table} (${columns}) select ${columns} from ${given} where ${won} ${otherwise}returning id`
  }
  return `update ${table} as t set ${assigned(layout, root)} from ${given} where ${own} and ${won} returning t.id`
}

/** Deletes, then updates, then inserts, each waiting for those before: so one commit can free what is unique and take it. */
function partsOf(
  layout: Layout,
  { table, column, deletes, updates, inserts }: Write,
  index: number,
  value: () => string,
  expected: string[],
): readonly string[] {
  const parts: string[] = []
  const before: string[] = []
  const name = placed(layout, table)
  const home = deletes.length + updates.length === 0 ? "" : value()
  const after = (): string => before.map((part) => ` and (select count(*) from ${part}) >= 0`).join("")
  const counted = (part: string, rows: string): void => {
    before.push(part)
    expected.push(`(select count(*) from ${part}) = json_array_length(${rows}::json)`)
  }
  if (deletes.length > 0) {
    const ids = value()
    parts.push(
      `d${index} as (delete from ${name} t using root where t.${column} = ${home} ` +
        `and t.id = any(array(select json_array_elements_text(${ids}::json))) returning 1)`,
    )
    counted(`d${index}`, ids)
  }
  if (updates.length > 0) {
    const rows = value()
    parts.push(
      `u${index} as (update ${name} as t set ${assigned(layout, table)} from root, ${records(layout, table, rows, updates.length === 1)} ` +
        `where t.${column} = ${home} and t.id = r.id${after()} returning 1)`,
    )
    counted(`u${index}`, rows)
  }
  if (inserts.length > 0) {
    const columns = table.columns.map((each) => layout.dialect.quote(each.name))
    parts.push(
      `i${index} as (insert into ${name} (${columns.join(", ")}) select ${columns.map((each) => `r.${each}`).join(", ")} ` +
        `from root, ${records(layout, table, value(), inserts.length === 1)} where true${after()})`,
    )
  }
  return parts
}

const placed = (layout: Layout, table: AnyTable): string => nameOf(layout, table).texts[0] ?? ""

/** Every column but the key's, from the row given. */
const assigned = ({ dialect }: Layout, { columns, key }: AnyTable): string =>
  columns
    .filter(({ property }) => !key.includes(property))
    .map(({ name }) => `${dialect.quote(name)} = r.${dialect.quote(name)}`)
    .join(", ")

/**
 * Rows of JSON, as rows. Their properties are those of the code, not of the table. The limit says how many there are:
 * without it Postgres expects a hundred, and would look through all that an organization has to find one.
 */
function records({ dialect }: Layout, { columns }: AnyTable, value: string, isOne: boolean): string {
  const typed = columns.map(({ property, kind, size }) => `${dialect.quote(property)} ${dialect.type(kind, size)}`)
  const named = columns.map(({ name, property }) => `${dialect.quote(property)} as ${dialect.quote(name)}`)
  const limit = isOne ? "1" : `json_array_length(${value}::json)`
  const rows = `json_to_recordset(${value}::json) as p(${typed.join(", ")}) limit ${limit}`
  return `(select ${named.join(", ")} from ${rows}) as r`
}
