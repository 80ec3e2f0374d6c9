/**
 * A route of hono's guarded by `requireKey`, over loopback: beside the same route unguarded, and beside better-auth's
 * `verifyApiKey` in the same place. Each server is a process of its own, and whoever asks another.
 *
 * @module
 */

import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { serve } from "@hono/node-server"
import autocannon from "autocannon"
import { type Context, Hono, type MiddlewareHandler } from "hono"
import { requireKey } from "../src/http/hono.ts"
import { account, user } from "../src/index.ts"
import { workspace } from "../src/presets/presets.ts"
import { memoryStore } from "../src/store/memory/memory-store.ts"
import { createTenantry } from "../src/tenantry.ts"
import { betterAuthKey } from "./better-auth-key.ts"
import { ratio, report, result, timing } from "./report.ts"

const CONNECTIONS = 16
const SECONDS = 2
const ROUNDS = 15
const WARM_UP = 2
const MANY = 1_000_000_000

/** A key whose requests are counted, and one that has a rate limit besides, of which the response says how it stands. */
type Secrets = Readonly<{ counted: string; limited: string }>
/** What a server is asked with. */
type Served = Readonly<{ port: number; secrets: Secrets }>
type Guarded = Readonly<{ guard: MiddlewareHandler; secrets: Secrets }>

/** Organization keys under a quota. */
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
  const counted = await tenantry.apiKeys.create(ada, { organizationId, name: "counted" })
  const limited = await tenantry.apiKeys.create(ada, { organizationId, name: "limited", rateLimit })
  const secrets = { counted: counted.secret.reveal(), limited: limited.secret.reveal() }
  return { guard: requireKey(tenantry) as MiddlewareHandler, secrets }
}

async function ofBetterAuth(): Promise<Guarded> {
  const { secret, verify } = await betterAuthKey()
  const guard: MiddlewareHandler = async (context, next) => {
    const key = context.req.header("authorization")?.replace("Bearer ", "") ?? ""
    if (!(await verify(key))) return context.json({ error: "unauthorized" }, 401)
    return next()
  }
  return { guard, secrets: { counted: secret, limited: secret } }
}

const SERVERS = { tenantry: ofTenantry, "better-auth": ofBetterAuth } as const
type Name = keyof typeof SERVERS

/** Serves the same route twice, and says how much processor time it took so far whenever it is asked. */
async function serveGuarded(name: Name): Promise<void> {
  const { guard, secrets } = await SERVERS[name]()
  const cars = (context: Context) => context.json({ cars: [{ id: "car_1", vin: "WVWZZZ1JZXW000001" }] })
  const app = new Hono().get("/open/cars", cars).get("/v1/cars", guard, cars)
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" })
  await once(server, "listening")
  process.on("message", () => {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
  process.send?.({ port: (server.address() as AddressInfo).port, secrets } satisfies Served)
}

async function started(name: Name): Promise<Readonly<{ server: ChildProcess; served: Served }>> {
  const server = fork(fileURLToPath(import.meta.url), [name])
  const [served] = await once(server, "message")
  return { server, served }
}

type Asked = Readonly<{ name: string; server: ChildProcess; served: Served; path: string; key: keyof Secrets }>

async function processorTime(server: ChildProcess): Promise<number> {
  server.send("processor time")
  const [microseconds] = await once(server, "message")
  return microseconds
}

/**
 * Nanoseconds a request, on the clock and of the server's processor, when that path is asked for with the key, whether or
 * not anybody looks at it. So many seconds and not so many requests: autocannon looks once a second whether it has made
 * all of them.
 */
async function timed({ name, server, served: { port, secrets }, path, key }: Asked) {
  const before = await processorTime(server)
  const found = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    headers: { Authorization: `Bearer ${secrets[key]}` },
    connections: CONNECTIONS,
    duration: SECONDS,
  })
  const took = (await processorTime(server)) - before
  if (found.non2xx + found.errors > 0) throw new Error(`${name}: ${found.non2xx + found.errors} were not answered`)
  const elapsed = found.finish.getTime() - found.start.getTime()
  return { clock: (elapsed * 1e6) / found["2xx"], processor: (took * 1000) / found["2xx"] }
}

async function compare(): Promise<void> {
  const [own, peers] = [await started("tenantry"), await started("better-auth")]
  const asked: readonly Asked[] = [
    { name: "a route, unguarded", ...own, path: "/open/cars", key: "counted" },
    { name: "guarded by requireKey", ...own, path: "/v1/cars", key: "counted" },
    { name: "the same, a key with a rate limit", ...own, path: "/v1/cars", key: "limited" },
    { name: "guarded by better-auth, with a rate limit", ...peers, path: "/v1/cars", key: "limited" },
  ]
  const rounds = asked.map((): Awaited<ReturnType<typeof timed>>[] => [])
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    // Whoever was last is first the next time, so that nobody always runs in the wake of the same neighbour.
    for (const [at, each] of round % 2 === 0 ? asked.entries() : [...asked.entries()].reverse()) {
      const time = await timed(each)
      if (round >= 0) rounds[at]?.push(time)
    }
  }
  own.server.disconnect()
  peers.server.disconnect()
  own.server.kill()
  peers.server.kill()
  for (const [by, title] of [
    ["clock", "a request"],
    ["processor", "of its server's processor a request, which tells the same where other work goes on"],
  ] as const) {
    const timings = asked.map(({ name }, at) => timing(name, rounds[at]?.map((each) => each[by]) ?? []))
    const [open, guarded, limited, peer] = timings
    report(`hono over loopback, ${CONNECTIONS} connections, memory store: ${title}`, timings, [
      result("of the unguarded route's requests a second", ratio(open, guarded), "least", 0.6),
      result("better-auth's requests a second", ratio(peer, limited), "least", 5),
    ])
    console.log(`    with a rate limit ${ratio(open, limited).toFixed(2)} × the unguarded route's requests a second`)
  }
}

if (process.send === undefined) await compare()
else await serveGuarded(process.argv[2] as Name)
