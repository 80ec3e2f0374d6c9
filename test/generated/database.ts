/**
 * The memory store's database as a test compares it: every row of every table, and copies of all of it.
 *
 * @module
 */
import type { Books, Gauge } from "../../src/store/memory/books.ts"
import { type Database, emptyDatabase } from "../../src/store/memory/database.ts"

/** Every row of every table: what a refusal must leave as it was. */
export function everythingIn(database: Database) {
  const { organizations, slugs, memberships, invitations, roles, apiKeys, secrets } = database
  return {
    organizations: inOrder(organizations).map(([, row]) => row),
    slugs: [...slugs].sort(),
    memberships: rowsIn(memberships.all),
    invitations: rowsIn(invitations.all),
    roles: rowsIn(roles.all),
    apiKeys: rowsIn(apiKeys.all),
    secrets: [...secrets].map(([hash, { id }]) => `${hash} ${id}`).sort(),
    restrictions: rowsIn(database.restrictions.all),
    projects: rowsIn(database.projects.all),
    projectMemberships: rowsIn(database.projectMemberships.all),
    subscriptions: rowsIn(database.subscriptions.all),
    accounts: inOrder(database.accounts).map(([, row]) => row),
    ...usageIn(database.books),
    entries: rowsIn(database.entries.all),
    messages: rowsIn(database.messages.all),
  }
}
export type Everything = ReturnType<typeof everythingIn>

/** What was taken, what counts, what is held, and which requests were counted. */
function usageIn({ ledgers, books, requests }: Books) {
  return {
    meters: inOrder(ledgers).flatMap(([account, { quotas, allowances }]) =>
      [...quotas, ...(allowances?.values() ?? [])].flatMap((newest) =>
        periodsOf(newest).map(({ name, period, used }) => ({ account, name, period, used })),
      ),
    ),
    counters: inOrder(books).flatMap(([home, { months }]) =>
      months.flatMap(({ counts }) =>
        counts.map(({ use: _, next: __, nextOfKey: ___, ...count }) => ({ home, ...count })),
      ),
    ),
    holds: inOrder(books).flatMap(([home, { holds }]) =>
      [...(holds?.values() ?? [])].map(({ hold }) => ({ home, hold })),
    ),
    requests: [...inOrder(requests.young), ...inOrder(requests.old)].flatMap(([account, own]) =>
      [...own.keys()].map((request) => `${account} ${request}`),
    ),
  }
}

/** Whatever order they were put in: one that was taken out and put back comes last. */
const inOrder = <Value>(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1))

function periodsOf(newest: Gauge): readonly Gauge[] {
  return newest.older === null ? [newest] : [newest, ...periodsOf(newest.older)]
}

/** A database with the same rows; what it only remembers is worked out anew. */
export function copyOf(from: Database): Database {
  const to = { ...emptyDatabase(), books: structuredClone(from.books) }
  copyMap(from.organizations, to.organizations)
  copyMap(from.slugs, to.slugs)
  copyMap(from.secrets, to.secrets)
  copyMap(from.accounts, to.accounts)
  copyIndexes(from.platform, to.platform)
  for (const table of TABLES) {
    copyIndexes(from[table], to[table])
  }
  copyRows(from.firstEvents, to.firstEvents)
  return to
}

const TABLES = [
  ...(["memberships", "invitations", "projects", "projectMemberships", "roles", "apiKeys"] as const),
  ...(["restrictions", "subscriptions", "entries", "messages"] as const),
] as const

type Rows<Row = unknown> = Readonly<{ lists: Map<string, Row[]> }>
type Indexes = Readonly<Record<string, Rows>>

const rowsIn = <Row>({ lists }: Rows<Row>): Row[] => [...lists.keys()].sort().flatMap((scope) => lists.get(scope) ?? [])

function copyMap<Value>(from: ReadonlyMap<string, Value>, to: Map<string, Value>): void {
  for (const [key, row] of from) to.set(key, row)
}

function copyIndexes(from: Indexes, to: Indexes): void {
  for (const index of Object.keys(from)) copyRows(from[index], to[index])
}

const copyRows = (from: Rows | undefined, to: Rows | undefined): void => {
  for (const [scope, rows] of from?.lists ?? []) to?.lists.set(scope, [...rows])
}
