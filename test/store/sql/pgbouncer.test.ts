/**
 * The port through pgbouncer in transaction mode, where a pool's statements go to whichever connection is free. It is a
 * program of the machine's, which the test starts before Postgres.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Kysely, PostgresDialect } from "kysely"
import { Pool } from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import { kyselyStore } from "../../../src/store/kysely/kysely-store.ts"
import { type OpenStore, storeConformance } from "../../../src/testing/testing.ts"
import { crowds } from "../../races-sql/crowds.ts"
import { describeWith } from "../../server.ts"
import { openPostgres, POSTGRES } from "./databases.ts"

const isInstalled = spawnSync("pgbouncer", ["--version"]).status === 0
/** Fewer than its clients have, so that they must take turns. */
const SERVER_CONNECTIONS = 4

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("no port is free")
  return address.port
}

/** Starts pgbouncer before Postgres, with its files in `directory`, and answers how it is reached once it listens. */
async function pooled(directory: string): Promise<Readonly<{ url: string; bouncer: ChildProcess }>> {
  const { hostname, port, username, password, pathname } = new URL(POSTGRES)
  const [listening, name] = [await freePort(), pathname.slice(1)]
  const secret = decodeURIComponent(password)
  writeFileSync(join(directory, "users.txt"), `"${username}" "${secret}"\n`)
  const lines = [
    "[databases]",
    `${name} = host=${hostname} port=${port || 5432} user=${username}${secret === "" ? "" : ` password=${secret}`}`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${listening}`,
    "unix_socket_dir =",
    "auth_type = trust",
    `auth_file = ${join(directory, "users.txt")}`,
    "pool_mode = transaction",
    `default_pool_size = ${SERVER_CONNECTIONS}`,
  ]
  writeFileSync(join(directory, "pgbouncer.ini"), lines.join("\n"))
  chmodSync(directory, 0o755)
  const asNobody = process.getuid?.() === 0 ? ["-u", "nobody"] : []
  const bouncer = spawn("pgbouncer", [...asNobody, join(directory, "pgbouncer.ini")])
  let told = ""
  await new Promise<void>((resolve, reject) => {
    bouncer.stderr.on("data", (text) => {
      told += text
      if (told.includes("process up")) resolve()
    })
    bouncer.once("exit", () => reject(new Error(`pgbouncer ended: ${told}`)))
  })
  return { url: `postgres://${username}@127.0.0.1:${listening}/${name}`, bouncer }
}

describeWith(
  "the store through pgbouncer in transaction mode",
  isInstalled ? await openPostgres() : null,
  (database) => {
    const directory = mkdtempSync(join(tmpdir(), "tenantry-pgbouncer-"))
    const pools: Pool[] = []
    let bouncer: ChildProcess | undefined
    let dbs: readonly Kysely<unknown>[] = []

    beforeAll(async () => {
      const started = await pooled(directory)
      bouncer = started.bouncer
      for (let at = 0; at < 2; at++) pools.push(new Pool({ connectionString: started.url, max: 8 }))
      dbs = pools.map((pool) => new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) }))
    })
    afterAll(async () => {
      await Promise.all(pools.map((pool) => pool.end()))
      bouncer?.kill()
      await database.close()
      rmSync(directory, { recursive: true })
    })

    const open = async (): Promise<OpenStore> => {
      await database.open()
      const [db, other] = dbs
      if (db === undefined || other === undefined) throw new Error("pgbouncer has not started")
      return {
        store: kyselyStore(db, database.options),
        other: kyselyStore(other, database.options),
        hostTransaction: (work) => db.transaction().execute((transaction) => work(transaction)),
      }
    }

    it("clients share fewer connections than they have", async () => {
      const [pool] = pools
      const ask = async () => (await pool?.query<{ pid: number }>("select pg_backend_pid() as pid"))?.rows[0]?.pid
      const pids = await Promise.all(Array.from({ length: 40 }, ask))
      expect(new Set(pids).size).toBeLessThanOrEqual(SERVER_CONNECTIONS)
      expect(pool?.totalCount).toBeGreaterThan(SERVER_CONNECTIONS)
    })

    const cases = storeConformance(open).filter(({ name }) => /commit|parallel|transaction|claim/.test(name))
    for (const { name, run } of cases) it(name, run)
    crowds({ ...database, open })
  },
)
