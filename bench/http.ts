/**
 * A route of hono's guarded by `requireKey`, over loopback: beside the same route unguarded, and beside better-auth's
 * `verifyApiKey` in the same place. Each server is a thread of its own, and whoever asks another.
 *
 * @module
 */

import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { parentPort, Worker, workerData } from "node:worker_threads"
import { serve } from "@hono/node-server"
import autocannon from "autocannon"
import { type Context, Hono, type MiddlewareHandler } from "hono"
import { requireKey } from "../src/http/hono.ts"
import { account, user } from "../src/index.ts"
import { workspace } from "../src/presets/presets.ts"
import { memoryStore } from "../src/store/memory/memory-store.ts"
import { createTenantry } from "../src/tenantry.ts"
import { betterAuthKey } from "./better-auth-key.ts"
import { type Contestant, race, ratio, report, result } from "./report.ts"

const CONNECTIONS = 16
const ASKED = 4000
const PEERS_ASKED = 400
const MANY = 1_000_000_000

/** What a server is asked with. */
type Served = Readonly<{ port: number; secret: string }>
type Guarded = Readonly<{ guard: MiddlewareHandler; secret: string }>

/** An organization key with a rate limit and a quota, as a host would give one out. */
async function ofTenantry(): Promise<Guarded> {
  const tenantry = createTenantry({
    preset: workspace,
    store: memoryStore(),
    mailer: { sendInvitation: async () => undefined },
    acceptUrl: (token) => `https://app.example/join/${token}`,
    billing: { plans: [{ id: "pro", quota: MANY }] },
  })
  const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true })
  const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
  await tenantry.subscriptions.put(account.user("u_ada"), { plan: "pro", status: "active" })
  const rateLimit = { limit: 1_000_000, windowSeconds: 1 }
  const { secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "bench", rateLimit })
  return { guard: requireKey(tenantry) as MiddlewareHandler, secret: secret.reveal() }
}

async function ofBetterAuth(): Promise<Guarded> {
  const { secret, verify } = await betterAuthKey()
  const guard: MiddlewareHandler = async (context, next) => {
    const key = context.req.header("authorization")?.replace("Bearer ", "") ?? ""
    if (!(await verify(key))) return context.json({ error: "unauthorized" }, 401)
    return next()
  }
  return { guard, secret }
}

const SERVERS = { tenantry: ofTenantry, "better-auth": ofBetterAuth } as const
type Name = keyof typeof SERVERS

/** Serves the same route twice, until the thread ends. */
async function serveGuarded(name: Name): Promise<void> {
  const { guard, secret } = await SERVERS[name]()
  const cars = (context: Context) => context.json({ cars: [{ id: "car_1", vin: "WVWZZZ1JZXW000001" }] })
  const app = new Hono().get("/open/cars", cars).get("/v1/cars", guard, cars)
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" })
  await once(server, "listening")
  parentPort?.postMessage({ port: (server.address() as AddressInfo).port, secret } satisfies Served)
}

async function started(name: Name): Promise<Readonly<{ worker: Worker; served: Served }>> {
  const worker = new Worker(new URL(import.meta.url), { workerData: name })
  const [served] = await once(worker, "message")
  return { worker, served }
}

/** Asks for that path with the key, whether or not anybody looks at it. */
const asking = (name: string, { port, secret }: Served, path: string, operations: number): Contestant => ({
  name,
  operations,
  run: async () => {
    const { "2xx": good } = await autocannon({
      url: `http://127.0.0.1:${port}${path}`,
      headers: { Authorization: `Bearer ${secret}` },
      connections: CONNECTIONS,
      amount: operations,
    })
    if (good !== operations) throw new Error(`${name}: ${good} of ${operations} were answered`)
    return good
  },
})

async function compare(): Promise<void> {
  const [own, peers] = [await started("tenantry"), await started("better-auth")]
  const timings = await race(
    [
      asking("a route, unguarded", own.served, "/open/cars", ASKED),
      asking("the same, guarded by requireKey", own.served, "/v1/cars", ASKED),
      asking("the same, guarded by better-auth", peers.served, "/v1/cars", PEERS_ASKED),
    ],
    { rounds: 15, warmUp: 4 },
  )
  await Promise.all([own.worker.terminate(), peers.worker.terminate()])
  const [open, guarded, peer] = timings
  report(`hono over loopback, ${CONNECTIONS} connections, memory store, a request`, timings, [
    result("of the unguarded route's requests a second", ratio(open, guarded), "least", 0.6),
    result("better-auth's requests a second", ratio(peer, guarded), "least", 5),
  ])
}

if (parentPort === null) await compare()
else await serveGuarded(workerData as Name)
