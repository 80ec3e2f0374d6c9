/**
 * Named statements for the `pg` driver: Postgres plans each of them once for a connection.
 *
 * @module
 */
import type { PostgresPool, PostgresPoolClient } from "kysely"
import { hashSecret } from "../../kernel/secret.ts"
import { isMarked } from "./marked.ts"

/** Names kept at once: more than there are shapes of statements. */
const KEPT = 10_000
const names = new Map<string, string>()

function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  if (names.size >= KEPT) names.clear()
  const name = `tenantry_${hashSecret(text).slice(0, 40)}`
  names.set(text, name)
  return name
}

/**
 * A pool for `PostgresDialect` that names this library's statements and leaves the host's own as they are. Named
 * statements stay on their connection: not for transaction poolers that do not know them.
 *
 * ```ts
 * const db = new Kysely({ dialect: new PostgresDialect({ pool: preparedPool(new Pool()) }) })
 * ```
 */
export function preparedPool(pool: PostgresPool): PostgresPool {
  const clients = new WeakMap<PostgresPoolClient, PostgresPoolClient>()
  const connect = async (): Promise<PostgresPoolClient> => {
    const client = await pool.connect()
    const known = clients.get(client) ?? naming(client)
    clients.set(client, known)
    return known
  }
  return behind(pool, { connect, end: () => pool.end() })
}

/** The driver takes a statement with its name as one object, too; of that Kysely's types know nothing. */
type Query = (statement: unknown, values?: unknown) => unknown

function naming(client: PostgresPoolClient): PostgresPoolClient {
  const send: Query = client.query.bind(client) as Query
  // The pool gives a client another `release` each time that it lends it.
  const release: PostgresPoolClient["release"] = (...how) => client.release(...how)
  const query: Query = (text, values) =>
    typeof text === "string" && isMarked(text) ? send({ name: nameOf(text), text, values }) : send(text, values)
  return behind(client, { query: query as PostgresPoolClient["query"], release })
}

/** The same but for those methods: newer versions of Kysely read more of a pool, to cancel what it runs. */
const behind = <Whole extends object>(whole: Whole, methods: Partial<Whole>): Whole =>
  Object.assign(Object.create(whole) as Whole, methods)
