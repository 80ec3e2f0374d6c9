/**
 * Tenantry on Postgres beside the same written by hand over `pg`, and beside better-auth: commands, checks and lists, one
 * after another and sixteen at once; then crowds at one organization.
 *
 * `POSTGRES_URL` says where; everything happens in schemas that go with the run. `--rounds N` says how often, `--only TEXT`
 * which alone; `--write` puts what was measured into docs/performance.md, for `npm run lint -- --write` to lay out.
 *
 * @module
 */
import { once } from "node:events"
import { parseArgs } from "node:util"
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads"
import { Kysely, PostgresDialect } from "kysely"
import { migrate } from "../src/store/kysely/kysely-store.ts"
import { randomFrom, shuffled } from "./report.ts"
import { serveBetterAuth } from "./sql/better-auth.ts"
import { byHandContestant } from "./sql/by-hand.ts"
import { CROWD, DEEDS, type Deed, type Lap, lap, OTHERS, SIZES } from "./sql/contest.ts"
import { crowds, joinCrowd } from "./sql/crowd.ts"
import { openPool } from "./sql/place.ts"
import { type Laps, linesOf, linesOfCrowds, type Told, tell } from "./sql/tell.ts"
import { openTenantry, tenantryContestant } from "./sql/tenantry.ts"

/** Rounds of many at once until what is run often is compiled: two thousand runs of each command. */
const WARM_UP = 40

/** Runs the contestants in turns, a lap of each deed in each round. */
async function contest(schema: string, peerSchema: string, rounds: number, only: string): Promise<readonly Laps[]> {
  const large = await fill(schema)
  const own = tenantryContestant(schema, large)
  const byHand = byHandContestant(schema, large)
  const worker = new Worker(new URL(import.meta.url), { workerData: peerSchema })
  await once(worker, "message")
  const running: readonly (readonly [keyof Told, (deed: Deed, lanes: number) => Promise<Lap>])[] = [
    ["tenantry", (deed, lanes) => lap(own, deed, lanes)],
    ["byHand", (deed, lanes) => lap(byHand, deed, lanes)],
    [
      "betterAuth",
      async (deed, lanes) => {
        worker.postMessage({ deed, lanes })
        const [answered] = await once(worker, "message")
        return answered
      },
    ],
  ]
  const random = randomFrom(11)
  const deeds = (Object.keys(DEEDS) as Deed[]).filter((deed) => deed.includes(only))
  const all = [1, CROWD].flatMap((lanes) =>
    deeds.map((deed) => ({ deed, lanes, told: { tenantry: [], byHand: [], betterAuth: [] } })),
  ) as readonly (Laps & { readonly told: Record<keyof Told, Lap[]> })[]
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const { deed, lanes, told } of all) {
      if (round < 0 && lanes === 1) continue
      for (const [name, run] of shuffled(running, random)) {
        const ran = await run(deed, lanes)
        if (round >= 0) told[name].push(ran)
      }
    }
  }
  await worker.terminate()
  await Promise.all([own.close(), byHand.close()])
  return all
}

/** Many organizations, and those of many members, by how many. */
async function fill(schema: string): Promise<ReadonlyMap<number, string>> {
  const { pool, create } = openTenantry(schema)
  const joining = (organizationId: string) =>
    `insert into tenantry_memberships (organization_id, id, user_id, email, name, role, metadata, joined_at, revision)
      select ${organizationId}, 'mem_z' || lpad(n::text, 12, '0'), 'u_' || n, 'u' || n || '@acme.example', 'Guest',
        'member', '{}', now(), 1 from generate_series(2, $1::int) n`
  await pool.query(
    `insert into tenantry_organizations (id, name, slug, timezone, metadata, status, created_at, revision, head)
      select 'org_' || n, 'Other', 'other-' || n, 'UTC', '{}', 'active', now(), 1, '' from generate_series(0, $1::int) n`,
    [OTHERS.organizations - 1],
  )
  await pool.query(joining(`'org_' || n % ${OTHERS.organizations}`), [OTHERS.organizations * OTHERS.members])
  const large = new Map<number, string>()
  for (const size of SIZES) {
    const id = await create()
    large.set(size, id)
    await pool.query(joining("$2"), [size, id])
  }
  await pool.query("analyze")
  await pool.end()
  return large
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "15" },
      only: { type: "string", default: "" },
      write: { type: "boolean", default: false },
      strict: { type: "boolean", default: false },
    },
  })
  const schemas = [`tenantry_bench_${process.pid}`, `better_auth_bench_${process.pid}`] as const
  const { pool } = openPool(schemas[0], 1)
  for (const schema of schemas) await pool.query(`create schema ${schema}`)
  try {
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    await migrate(db, { dialect: "postgres" })
    const rounds = Number(values.rounds)
    const laps = await contest(...schemas, rounds, values.only)
    tell([...linesOf(laps), ...linesOfCrowds(await crowds(schemas[0], Math.ceil(rounds / 3)))], values)
  } finally {
    for (const schema of schemas) await pool.query(`drop schema ${schema} cascade`)
    await pool.end()
  }
}

if (!isMainThread && parentPort !== null) await serveBetterAuth(parentPort, String(workerData))
else if (process.send !== undefined) await joinCrowd()
else await main()
