/**
 * Processes of their own at one Postgres: how a test starts them and hears from them.
 *
 * @module
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { Kysely, PostgresDialect, sql } from "kysely"
import { Pool } from "pg"
import { customRoles } from "../../src/presets/presets.ts"
import { kyselyStore, preparedPool } from "../../src/store/kysely/kysely-store.ts"
import { type HostDatabase, POSTGRES } from "../store/sql/databases.ts"

/** What a process is told to do, as text on its command line. */
export type Orders = Readonly<{
  work: "crowd" | "command" | "deliver"
  schema: string
  /** Its name, and that of its connections and its owner. */
  name: string
  seed: number
  /** How far its clock is ahead, in milliseconds. */
  ahead: number
  organizationIds: readonly string[]
  /** Organizations that each process has an owner of. */
  duels: readonly string[]
  secret: string
  /** The file it adds a line to for everything that it was answered or has sent. */
  journal: string
}>

/** How often each operation had each outcome, as `apiKeys.create done`. */
export type Tally = Readonly<Record<string, number>>

/** Seats of each organization, for every process alike. */
export const SEATS = 6

/** What every process configures alike; whoever has no need of its mailer has none that works. */
export const settings = {
  preset: customRoles,
  acceptUrl: (token: string) => `https://app.example/join/${token}`,
  billing: { account: "organization" },
  limits: { pendingInvitations: 100_000, apiKeys: 1_000_000 },
} as const

/** What every process runs, as one file: to compile its sources anew took each of them longer than its work. */
async function bundle(): Promise<string> {
  const outfile = fileURLToPath(
    new URL(`../../node_modules/.cache/tenantry/worker-${process.pid}.mjs`, import.meta.url),
  )
  const entry = fileURLToPath(new URL("./worker.ts", import.meta.url))
  const how = { bundle: true, platform: "node", format: "esm", packages: "external", logLevel: "warning" } as const
  await build({ ...how, entryPoints: [entry], outfile })
  return outfile
}
let bundled: Promise<string> | undefined

/** Starts a process, which says `ready` when everything is loaded and begins when it is told anything. */
export async function start(orders: Orders): Promise<ChildProcess> {
  bundled ??= bundle()
  const child = fork(await bundled, [JSON.stringify(orders)], { execArgv: [] })
  await heard<"ready">(child)
  return child
}

/** The next thing that a process says; rejects when it ends instead. */
export async function heard<Said>(child: ChildProcess): Promise<Said> {
  const silent = new AbortController()
  const ended = once(child, "exit", { signal: silent.signal }).then(([code]) => {
    throw new Error(`a process ended with ${code} before it said anything`)
  })
  try {
    const [said] = await Promise.race([once(child, "message", { signal: silent.signal }), ended])
    return said as Said
  } finally {
    silent.abort()
    ended.catch(() => {})
  }
}

/** A store over connections that bear a name, and whose statements are named. */
export function openStore(schema: string, name: string) {
  const pool = new Pool({ connectionString: POSTGRES, max: 4, application_name: name })
  return {
    store: kyselyStore(new Kysely<unknown>({ dialect: new PostgresDialect({ pool: preparedPool(pool) }) }), {
      dialect: "postgres",
      schema,
    }),
    close: () => pool.end(),
  }
}

/** How many connections of that name the database still knows. */
export async function connectionsOf({ db }: HostDatabase, name: string): Promise<number> {
  const { rows } = await sql<{ n: string }>`select count(*) as n from pg_stat_activity
    where application_name = ${name}`.execute(db)
  return Number(rows[0]?.n)
}
