/**
 * Where everything of one run happens: a Postgres schema that goes with it, and pools that count what is sent.
 *
 * @module
 */
import { Kysely, PostgresDialect } from "kysely"
import { Pool } from "pg"
import { kyselyStore, preparedPool } from "../../src/store/kysely/kysely-store.ts"

export const POSTGRES = process.env["POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/test"

/** Connections of each contestant. */
const CONNECTIONS = 8

/** A pool, and how many statements it has sent, those that begin and end transactions among them. */
export type Counted = Readonly<{ pool: Pool; sent: () => number }>

/** A pool whose tables are looked for in that schema. */
export function openPool(schema: string, max = CONNECTIONS): Counted {
  let sent = 0
  const pool = new Pool({
    connectionString: POSTGRES,
    max,
    options: `-c search_path=${schema}`,
  })
  pool.on("connect", (client) => {
    const send = client.query.bind(client) as (...statement: unknown[]) => unknown
    const counting = (...statement: unknown[]): unknown => {
      sent++
      return send(...statement)
    }
    client.query = counting as typeof client.query
  })
  return { pool, sent: () => sent }
}

/** Tenantry's store over a pool, whose statements are named. */
export const openStore = (pool: Pool) =>
  kyselyStore(new Kysely<unknown>({ dialect: new PostgresDialect({ pool: preparedPool(pool) }) }), {
    dialect: "postgres",
  })
