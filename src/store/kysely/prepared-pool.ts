/**
 * Named statements for the `pg` driver: Postgres plans each of them once for a connection.
 *
 * @module
 */
import { hashSecret } from "../../kernel/secret.ts"
import { isMarked } from "./marked.ts"

/** As much of a client of `pg` as Kysely uses. */
type Client = {
  // biome-ignore lint/suspicious/noExplicitAny: the driver's own, overloaded many times over
  query: (...statement: any[]) => any
  release: () => void
}

/** As much of a pool of `pg` as Kysely uses. */
type Pool<Each extends Client> = { connect: () => Promise<Each>; end: () => Promise<void> }

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
export function preparedPool<Each extends Client>(pool: Pool<Each>): Pool<Client> {
  const clients = new WeakMap<Each, Client>()
  return {
    connect: async () => {
      const client = await pool.connect()
      const known = clients.get(client) ?? naming(client)
      clients.set(client, known)
      return known
    },
    end: () => pool.end(),
  }
}

const naming = (client: Client): Client => ({
  query: (text: unknown, values: unknown) =>
    typeof text === "string" && isMarked(text)
      ? client.query({ name: nameOf(text), text, values })
      : client.query(text, values),
  release: () => client.release(),
})
