/**
 * A commit as tables see it, of an organization or of an account.
 *
 * @module
 */
import type { AccountChanges } from "../../accounts.ts"
import type { Changes, Committed, RowChanges, Rows } from "../../changes.ts"
import type { Session } from "../session.ts"
import { columnName } from "../tables/columns.ts"
import type { AnyTable } from "../tables/layout.ts"
import type { Flat, Table } from "../tables/table.ts"
import { TABLES, WRITTEN } from "../tables/tables.ts"
import { commitAtOnce } from "./commit-postgres.ts"
import { commitInSteps } from "./commit-steps.ts"

/** What is written of one table, of rows whose `column` is `home`. */
export type Write = Readonly<{
  table: AnyTable
  column: string
  home: string
  deletes: readonly string[]
  updates: readonly Flat[]
  inserts: readonly Flat[]
}>

/** Everything that one commit writes. */
export type Commit = Readonly<{
  /** The table whose row has the revision. */
  root: AnyTable
  id: string
  /** What must be found; null for nothing. */
  revision: number | null
  row: Flat
  claim: Changes["claim"]
  writes: readonly Write[]
}>

/** What each table's rows must have first in their key, when an organization or an account is written. */
type Homes = Readonly<{ organizationId: string | null; home: string; account: string }>

/** Commits an organization's changes. */
export function commit(session: Session, changes: Changes): Promise<Committed> {
  const { guard, organization, claim, rows, activity, outbox } = changes
  const id = guard.organizationId
  const homes = { organizationId: id, home: id, account: `organization:${id}` }
  const inserted = [
    ...writeOf(TABLES.activity, homes, { ...NONE, insert: activity }),
    ...writeOf(TABLES.outbox, homes, { ...NONE, insert: outbox }),
  ]
  fits(organization.id === id, organization.id)
  return perform(session, {
    root: TABLES.organizations,
    id,
    revision: guard.revision,
    row: TABLES.organizations.flat(organization),
    claim,
    writes: [...writesOf(rows, homes), ...inserted],
  })
}

/** Commits an account's changes. */
export async function commitAccount(
  session: Session,
  { guard, account, rows }: AccountChanges,
): Promise<"committed" | "conflict"> {
  const id = guard.accountId
  fits(account.id === id && id.startsWith("user:"), account.id)
  const outcome = await perform(session, {
    root: TABLES.accounts,
    id,
    revision: guard.revision,
    row: TABLES.accounts.flat(account),
    claim: null,
    writes: writesOf(rows, { organizationId: null, home: id, account: id }),
  })
  return outcome === "committed" ? outcome : "conflict"
}

const perform = (session: Session, commit: Commit): Promise<Committed> =>
  session.layout.dialect.name === "postgres" ? commitAtOnce(session, commit) : commitInSteps(session, commit)

const NONE = { insert: [], update: [], delete: [] }

function writesOf(rows: { readonly [Name in keyof Rows]?: RowChanges<Rows[Name]> }, homes: Homes): readonly Write[] {
  const write = <Name extends keyof Rows>(name: Name) => writeOf<Rows[Name]>(WRITTEN[name], homes, rows[name])
  return (Object.keys(WRITTEN) as (keyof Rows)[]).flatMap((name) => write(name))
}

/** Nothing where nothing changes. Rows of anybody else's are a bug, and must not be written. */
function writeOf<Row>(
  table: Table<Row>,
  homes: Homes,
  changed: Readonly<{ insert: readonly Row[]; update: readonly Row[]; delete: readonly string[] }> | undefined,
): readonly Write[] {
  if (changed === undefined || changed.insert.length + changed.update.length + changed.delete.length === 0) return []
  const property = table.key[0] as keyof Homes
  const home = homes[property]
  const flat = (row: Row): Flat => {
    const own = table.flat(row)
    fits(own[property] === home, String(own["id"]))
    return own
  }
  return [
    {
      table,
      column: columnName(property),
      home: home ?? "",
      deletes: changed.delete,
      updates: changed.update.map(flat),
      inserts: changed.insert.map(flat),
    },
  ]
}

function fits(holds: boolean, id: string): void {
  if (!holds) throw new Error(`these changes do not fit what is stored: ${id} belongs elsewhere`)
}
