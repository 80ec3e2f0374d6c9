/** The quick start over real HTTP: each framework, over each store, with a session and with a key. */
import { getRequestListener } from "@hono/node-server"
import express from "express"
import fastify from "fastify"
import { type Context, Hono } from "hono"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import * as inExpress from "../../src/http/express.ts"
import * as inFastify from "../../src/http/fastify.ts"
import { keyGate, permissionGate, stoppedResponse } from "../../src/http/gate.ts"
import * as inHono from "../../src/http/hono.ts"
import { httpApi, memoryIdempotency } from "../../src/http/http.ts"
import type { Tenantry, User } from "../../src/index.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { kyselyIdempotency } from "../../src/store/kysely/kysely-store.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { describeWith } from "../server.ts"
import { type HostDatabase, openPostgres, openSqlite } from "../store/sql/databases.ts"
import { person, world } from "../world.ts"
import { listen, listenFastify, listenFetch, type Open } from "./listening.ts"

type SignedIn = (cookie: string | null | undefined) => User | null
type Fetch = ReturnType<typeof httpApi>["fetch"]

/** The surface in an application, beside `/v1/cars` for keys and `/team` for whoever may read members. */
type Framework = (tenantry: Tenantry, api: Fetch, signedIn: SignedIn) => Promise<Open>

const frameworks: Readonly<Record<string, Framework>> = {
  hono: (tenantry, api, signedIn) => {
    const authenticate = ({ req }: Context) => signedIn(req.header("cookie"))
    const app = new Hono()
      .get("/v1/cars", inHono.requireKey(tenantry), (c) => c.json({ for: c.var.verdict.key.name }))
      .get("/team", inHono.requirePermission(tenantry, "members.read", { authenticate }), (c) =>
        c.json({ role: c.var.access.role }),
      )
      .mount("/", api)
    return listenFetch(app.fetch)
  },
  Express: (tenantry, api, signedIn) => {
    const app = express()
    app.get("/v1/cars", inExpress.requireKey(tenantry), (_request, response) => {
      response.json({ for: response.locals.verdict.key.name })
    })
    const authenticate = ({ headers }: express.Request) => signedIn(headers.cookie)
    app.get("/team", inExpress.requirePermission(tenantry, "members.read", { authenticate }), (_request, response) => {
      response.json({ role: response.locals["access"].role })
    })
    app.use(getRequestListener(api))
    return listen(app)
  },
  Fastify: async (tenantry, api, signedIn) => {
    const app = fastify()
    app.get("/v1/cars", { onRequest: inFastify.requireKey(tenantry) }, async (request) => ({
      for: (request as typeof request & inFastify.WithVerdict).verdict.key.name,
    }))
    const authenticate = ({ headers }: fastify.FastifyRequest) => signedIn(headers.cookie)
    const onRequest = inFastify.requirePermission(tenantry, "members.read", { authenticate })
    app.get("/team", { onRequest }, async (request) => ({
      role: (request as typeof request & inFastify.WithAccess).access.role,
    }))
    await app.register(async (scope) => {
      const listener = getRequestListener(api)
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser("*", (_request, _payload, done) => done(null))
      scope.all("/api/*", (request, reply) => {
        reply.hijack()
        return listener(request.raw, reply.raw)
      })
    })
    return listenFastify(app)
  },
  "Next.js": (tenantry, api, signedIn) => {
    const cars = keyGate(tenantry)
    const team = permissionGate(tenantry, "members.read", {
      authenticate: ({ headers }: Request) => signedIn(headers.get("cookie")),
    })
    const surface = (request: Request) => api(request)
    // What each `route.ts` exports, by where it stands.
    const app: Readonly<Record<string, Readonly<Record<string, (request: Request) => Response | Promise<Response>>>>> =
      {
        "/v1/cars": {
          GET: async (request) => {
            const passed = await cars(request)
            return passed.ok ? Response.json({ for: passed.verdict.key.name }, passed) : stoppedResponse(passed)
          },
        },
        "/team": {
          GET: async (request) => {
            const passed = await team(request)
            return passed.ok ? Response.json({ role: passed.access.role }, passed) : stoppedResponse(passed)
          },
        },
        "/api": { GET: surface, POST: surface, PUT: surface, PATCH: surface, DELETE: surface },
      }
    return listenFetch((request) => {
      const { pathname } = new URL(request.url)
      const route = app[pathname.startsWith("/api/") ? "/api" : pathname]
      return route?.[request.method]?.(request as Request) ?? new Response(null, { status: 404 })
    })
  },
}

const people: ReadonlyMap<string, User> = new Map(["ada", "bob"].map((name) => [name, person(name)]))
const signedIn: SignedIn = (cookie) => people.get(/session=(\w+)/.exec(cookie ?? "")?.[1] ?? "") ?? null

const opened: Open[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ close }) => close()))
})

async function startsQuickly(framework: Framework, database: HostDatabase | null): Promise<void> {
  const { store } = database === null ? { store: memoryStore() } : await database.open()
  const idempotency = database === null ? memoryIdempotency() : kyselyIdempotency(database.db, database.options)
  const { tenantry, tokenFor } = world(customRoles, { store })
  const authenticate = ({ headers }: Request) => signedIn(headers.get("cookie"))
  const api = httpApi(tenantry, { authenticate, idempotency })
  const server = await framework(tenantry as Tenantry, api.fetch, signedIn)
  opened.push(server)

  const send = async (method: string, path: string, headers: Record<string, string>, body?: object) => {
    const type: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" }
    const json = body && { body: JSON.stringify(body) }
    const response = await fetch(server.url + path, { method, headers: { ...type, ...headers }, ...json })
    return [response.status, (await response.json()) as Record<string, unknown>] as const
  }

  const ada = { Cookie: "session=ada" }
  const [created, acme] = await send("POST", "/api/organizations", ada, { name: "Acme" })
  expect([created, acme]).toMatchObject([201, { slug: "acme" }])
  const inAcme = { "X-Organization": String(acme["id"]) }
  const by = (name: string) => ({ Cookie: `session=${name}`, ...inAcme })

  const offer = { email: "bob@acme.example", role: "member" }
  expect((await send("POST", "/api/organizations/invitations", by("ada"), offer))[0]).toBe(201)
  expect((await send("GET", "/team", by("bob")))[0]).toBe(404)
  const token = await tokenFor("bob@acme.example")
  const accepted = await send("POST", `/api/invitations/${token}/accept`, { Cookie: "session=bob" }, {})
  expect(accepted).toMatchObject([200, { membership: { role: "member" } }])
  expect(await send("GET", "/team", by("bob"))).toEqual([200, { role: "member" }])

  const once = { ...by("ada"), "Idempotency-Key": "first-key" }
  const wish = { name: "production", scopes: ["api.use", "members.read", "apiKeys.read"] }
  const [made, { secret, apiKey }] = await send("POST", "/api/organizations/keys", once, wish)
  expect(made).toBe(201)
  const { id } = apiKey as { id: string }
  expect(await send("POST", "/api/organizations/keys", once, wish)).toMatchObject([409, { details: { id } }])

  const key = { Authorization: `Bearer ${secret}` }
  const [listed, members] = await send("GET", "/api/organizations/members", key)
  expect([listed, (members["data"] as { email: string }[]).map(({ email }) => email)]).toEqual([
    200,
    ["ada@acme.example", "bob@acme.example"],
  ])
  const [, keys] = await send("GET", "/api/organizations/keys", key)
  expect(keys).toMatchObject({ data: [{ id, name: "production" }], nextCursor: null })
  expect(await send("GET", "/v1/cars", key)).toEqual([200, { for: "production" }])
  expect(await send("GET", "/team", key)).toEqual([200, { role: null }])
  expect(await send("GET", "/v1/cars", by("ada"))).toMatchObject([401, { code: "unauthenticated" }])
  expect((await send("POST", `/api/organizations/keys/${id}/disable`, by("ada"), {}))[0]).toBe(200)
  expect(await send("GET", "/v1/cars", key)).toMatchObject([401, { details: { reason: "disabled" } }])
}

const each = Object.entries(frameworks)

describe("the quick start over memory", () => {
  it.each(each)("runs in %s", (_, framework) => startsQuickly(framework, null))
})

for (const [name, database] of [
  ["SQLite", await openSqlite()],
  ["Postgres", await openPostgres()],
] as const) {
  describeWith(`the quick start over ${name}`, database, (found) => {
    afterAll(() => found.close())
    it.each(each)("runs in %s", (_, framework) => startsQuickly(framework, found))
  })
}
