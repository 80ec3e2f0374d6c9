/** Gates on a host's own routes, in each framework and in none. */
import { type IncomingMessage, request as nodeRequest } from "node:http"
import express from "express"
import fastify from "fastify"
import { Hono } from "hono"
import { afterEach, describe, expect, it } from "vitest"
import * as inExpress from "../../src/http/express.ts"
import * as inFastify from "../../src/http/fastify.ts"
import { keyGate, permissionGate, stoppedResponse } from "../../src/http/gate.ts"
import * as inHono from "../../src/http/hono.ts"
import type { Tenantry, User } from "../../src/index.ts"
import { tenants } from "../generated/tenants.ts"
import { person } from "../world.ts"
import { listen, listenFastify, listenFetch, type Open } from "./listening.ts"

type Gates = (tenantry: Tenantry, people: ReadonlyMap<string, User>) => Promise<Open>

const opened: Open[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ close }) => close()))
})

const nameIn = (cookie: string | null | undefined): string => cookie?.split("=")[1] ?? ""
const units = ({ url }: { url: URL }) => Number(url.searchParams.get("units") ?? 1)

/** What `/v1/sites/prj_1` is about. */
const siteIn = (path: string | undefined): string | null => /^\/v1\/sites\/([^/?]+)/.exec(path ?? "")?.[1] ?? null

const WEB = "plain functions of a web-standard request"

/**
 * The same routes in each: `/v1/cars` for keys, `/v1/team` for whoever may read members, `/v1/sites/{id}` for whoever may
 * read that project.
 */
const frameworks: Readonly<Record<string, Gates>> = {
  Hono: async (tenantry, people) => {
    const app = new Hono()
      .get("/v1/cars", inHono.requireKey(tenantry, { units }), (c) => c.json({ key: c.var.verdict.key.name }))
      .get(
        "/v1/team",
        inHono.requirePermission(tenantry, "members.read", {
          authenticate: (c) => people.get(nameIn(c.req.header("cookie"))) ?? null,
        }),
        (c) => c.json({ role: c.var.access.role }),
      )
      .get(
        "/v1/sites/:id",
        inHono.requirePermission(tenantry, "projects.read", {
          authenticate: (c) => people.get(nameIn(c.req.header("cookie"))) ?? null,
          project: (c) => c.req.param("id") ?? null,
        }),
        (c) => c.json({ role: c.var.access.role }),
      )
    return listenFetch(app.fetch)
  },
  Express: (tenantry, people) => {
    const app = express()
    const router = express.Router()
    router.get("/cars", inExpress.requireKey(tenantry, { units }), (_request, response) => {
      response.json({ key: response.locals.verdict.key.name })
    })
    router.get(
      "/team",
      inExpress.requirePermission(tenantry, "members.read", {
        authenticate: (request: express.Request) => people.get(nameIn(request.headers.cookie)) ?? null,
      }),
      (_request, response) => {
        response.json({ role: response.locals["access"].role })
      },
    )
    router.get(
      "/sites/:id",
      inExpress.requirePermission(tenantry, "projects.read", {
        authenticate: (request: express.Request) => people.get(nameIn(request.headers.cookie)) ?? null,
        project: ({ params }) => String(params["id"]),
      }),
      (_request, response) => {
        response.json({ role: response.locals["access"].role })
      },
    )
    app.use("/v1", router)
    return listen(app)
  },
  Fastify: async (tenantry, people) => {
    const app = fastify()
    app.get("/v1/cars", { onRequest: inFastify.requireKey(tenantry, { units }) }, async (request) => ({
      key: (request as typeof request & inFastify.WithVerdict).verdict.key.name,
    }))
    const authenticate = ({ headers }: Pick<fastify.FastifyRequest, "headers" | "raw">) =>
      people.get(nameIn(headers.cookie)) ?? null
    const onRequest = inFastify.requirePermission(tenantry, "members.read", { authenticate })
    const atProject = inFastify.requirePermission(tenantry, "projects.read", {
      authenticate,
      project: ({ params }: fastify.FastifyRequest) => (params as { id: string }).id,
    })
    app.get("/v1/sites/:id", { onRequest: atProject }, async (request) => ({
      role: (request as typeof request & inFastify.WithAccess).access.role,
    }))
    app.get("/v1/team", { onRequest }, async (request) => ({
      role: (request as typeof request & inFastify.WithAccess).access.role,
    }))
    return listenFastify(app)
  },
  [WEB]: async (tenantry, people) => {
    const key = keyGate(tenantry, { units })
    const team = permissionGate(tenantry, "members.read", {
      authenticate: (request: Request) => people.get(nameIn(request.headers.get("cookie"))) ?? null,
    })
    const site = permissionGate(tenantry, "projects.read", {
      authenticate: (request: Request) => people.get(nameIn(request.headers.get("cookie"))) ?? null,
      project: ({ url }) => siteIn(new URL(url).pathname),
    })
    const answer = async (request: Request): Promise<Response> => {
      if (siteIn(new URL(request.url).pathname) !== null) {
        const passed = await site(request)
        return passed.ok ? Response.json({ role: passed.access.role }, passed) : stoppedResponse(passed)
      }
      if (new URL(request.url).pathname === "/v1/team") {
        const passed = await team(request)
        return passed.ok ? Response.json({ role: passed.access.role }, passed) : stoppedResponse(passed)
      }
      const passed = await key(request)
      return passed.ok ? Response.json({ key: passed.verdict.key.name }, passed) : stoppedResponse(passed)
    }
    return listenFetch((request) => answer(request as Request))
  },
  "plain functions of Node's request": (tenantry, people) => {
    const key = keyGate(tenantry, { units })
    const team = permissionGate(tenantry, "members.read", {
      authenticate: (request: IncomingMessage) => people.get(nameIn(request.headers.cookie)) ?? null,
    })
    const site = permissionGate(tenantry, "projects.read", {
      authenticate: (request: IncomingMessage) => people.get(nameIn(request.headers.cookie)) ?? null,
      project: ({ url }) => siteIn(url),
    })
    const gateOf = (url = "") => (siteIn(url) !== null ? site : url.startsWith("/v1/team") ? team : key)
    return listen(async (request, response) => {
      const passed = await gateOf(request.url)(request)
      response.writeHead(passed.ok ? 200 : passed.status, {
        "content-type": "application/json",
        ...lower(passed.headers),
      })
      const good = passed.ok && ("access" in passed ? { role: passed.access.role } : { key: passed.verdict.key.name })
      response.end(JSON.stringify(good || (passed.ok ? null : passed.problem)))
    })
  },
}

const lower = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

async function open(gates: Gates) {
  const at = await tenants()
  const { owner, member, guest, organizationId } = at.acme
  const people = new Map([owner, member, guest, person("eve")].map((one) => [one.id as string, one]))
  const server = await gates(at.tenantry, people)
  opened.push(server)
  const rateLimit = { limit: 3, windowSeconds: 60 }
  const made = await at.tenantry.apiKeys.create(owner, { organizationId, name: "cars", rateLimit, monthlyUnits: 10 })
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}${path}`, { headers })
    return {
      status: response.status,
      headers: response.headers,
      json: (await response.json()) as Record<string, unknown>,
    }
  }
  /** A target as it is written, which `fetch` would make another of. */
  const raw = (path: string, headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { hostname, port } = new URL(server.url)
      const sent = nodeRequest({ hostname, port, path, headers })
      sent.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject)
      sent.end()
    })
  const used = async () => (await at.tenantry.usage.ofKey(owner, { organizationId, apiKeyId: made.apiKey.id })).lifetime
  return { at, get, raw, used, bearer: { Authorization: `Bearer ${made.secret.reveal()}` }, apiKeyId: made.apiKey.id }
}

describe.each(Object.entries(frameworks))("in %s", (_, gates) => {
  it("a key is verified, counted and handed on, and the response says how its limit stands", async () => {
    const { get, used, bearer } = await open(gates)
    const got = await get("/v1/cars?units=4", bearer)
    expect([got.status, got.json, await used()]).toEqual([200, { key: "cars" }, 4])
    expect(got.headers.get("ratelimit")).toMatch(/^"default";r=2;t=\d+$/)
    expect(got.headers.get("ratelimit-policy")).toBe('"default";q=3;w=60')
    const over = await get("/v1/cars?units=7", bearer)
    expect([over.status, over.json["code"], await used()]).toEqual([429, "quota_exceeded", 4])
    expect(over.headers.get("content-type")).toMatch(/^application\/problem\+json/)
    await get("/v1/cars", bearer)
    await get("/v1/cars", bearer)
    const limited = await get("/v1/cars", bearer)
    expect([limited.status, limited.json["code"]]).toEqual([429, "rate_limited"])
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0)
  })

  it("a key that is given twice is refused, and lists in the route's own headers are none of the gate's affair", async () => {
    const { get, bearer } = await open(gates)
    const twice = await get("/v1/cars", { Authorization: `${bearer.Authorization}, ${bearer.Authorization}` })
    expect([twice.status, twice.json["code"]]).toEqual([400, "bad_request"])
    expect((await get("/v1/cars", { ...bearer, "If-Match": '"1", "2"' })).status).toBe(200)
  })

  it("nobody gets in without a key, with a bad one, from elsewhere or to another path", async () => {
    const { at, get, raw, used, bearer, apiKeyId } = await open(gates)
    const none = await get("/v1/cars")
    expect([none.status, none.json["code"], none.headers.get("www-authenticate")]).toEqual([
      401,
      "unauthenticated",
      "Bearer",
    ])
    expect((await get("/v1/cars", { Authorization: "Bearer tk_live_x" })).json).toMatchObject({
      details: { reason: "malformed" },
    })
    const { owner, organizationId } = at.acme
    const change = { organizationId, apiKeyId, allowLockout: true }
    await at.tenantry.apiKeys.update(owner, { ...change, endpointRules: ["GET /v1/planes"] })
    expect((await get("/v1/cars", bearer)).json["code"]).toBe("endpoint_not_allowed")
    await at.tenantry.apiKeys.update(owner, { ...change, endpointRules: ["GET /v1/cars"] })
    // A web-standard request has its dots resolved before anybody sees it.
    const dotted = gates === frameworks["Hono"] || gates === frameworks[WEB] ? [] : ["/v1/planes/../cars"]
    for (const path of ["/v1/%63ars", "/v1//cars", "/v1/cars;x", ...dotted]) {
      expect([path, (await raw(path, bearer)) === 200]).toEqual([path, false])
    }
    await at.tenantry.apiKeys.update(owner, {
      ...change,
      endpointRules: ["GET /v1/cars"],
      ipRules: [{ cidr: "203.0.113.1" }],
    })
    expect((await get("/v1/cars", { ...bearer, "X-Forwarded-For": "203.0.113.1" })).json["code"]).toBe("ip_not_allowed")
    await at.tenantry.apiKeys.update(owner, { ...change, ipRules: [{ cidr: "127.0.0.0/8" }] })
    expect((await get("/v1/cars", bearer)).status).toBe(gates === frameworks[WEB] ? 403 : 200)
    expect(await used()).toBeLessThanOrEqual(1)
  })

  it("a permission is asked of a session or a key", async () => {
    const { at, get } = await open(gates)
    const { owner, guest, organizationId, keys } = at.acme
    const as = (id: string, organization?: string) => ({
      Cookie: `session=${id}`,
      ...(organization !== undefined && { "X-Organization": organization }),
    })
    const good = await get("/v1/team", as(owner.id, organizationId))
    expect([good.status, good.json]).toEqual([200, { role: "owner" }])
    expect((await get("/v1/team", as(guest.id, organizationId))).json["code"]).toBe("forbidden")
    expect((await get("/v1/team", as("u_eve", organizationId))).json["code"]).toBe("not_found")
    expect((await get("/v1/team", as(owner.id))).json["code"]).toBe("invalid_input")
    expect((await get("/v1/team")).status).toBe(401)
    const withKey = await get("/v1/team", { Authorization: `Bearer ${keys.master.secret}` })
    expect([withKey.status, withKey.json]).toEqual([200, { role: null }])
    const both = await get("/v1/team", {
      ...as(owner.id, organizationId),
      Authorization: `Bearer ${keys.master.secret}`,
    })
    expect(both.status).toBe(400)
  })

  it("a permission is asked at the project that a request is about", async () => {
    const { at, get } = await open(gates)
    const { owner, member, guest, organizationId, keys, project, archived } = at.acme
    const site = (id: string, headers: Record<string, string>) => get(`/v1/sites/${id}`, headers)
    const as = ({ id }: User) => ({ Cookie: `session=${id}`, "X-Organization": organizationId })
    expect(await site(project.id, as(owner))).toMatchObject({ status: 200, json: { role: "owner" } })
    const bearer = { Authorization: `Bearer ${keys.project.secret}` }
    expect((await site(project.id, bearer)).status).toBe(200)
    for (const id of [archived.id, at.globex.project.id])
      expect((await site(id, bearer)).json["code"]).toBe("not_found")
    expect((await site(at.globex.project.id, as(owner))).json["code"]).toBe("not_found")
    expect((await site("prj_nowhere", as(owner))).json["code"]).toBe("not_found")
    expect((await site("x", as(owner))).json["code"]).toBe("invalid_input")
    expect((await site(project.id, as(guest))).json["code"]).toBe("forbidden")
    const statuses = [await site(project.id, as(member)), await site(archived.id, as(member))].map(
      ({ status }) => status,
    )
    expect(statuses).toEqual([403, 403])
    const { tenantry, acme } = at
    const projectMembershipId = acme.projectMembership.id
    const change = { organizationId, projectId: project.id, projectMembershipId, role: "admin" }
    await tenantry.projects.members.changeRole(owner, change)
    expect((await site(project.id, as(member))).status).toBe(200)
    expect((await site(archived.id, as(member))).status).toBe(403)
    expect((await get("/v1/team", bearer)).json["code"]).toBe("not_found")
  })
})

describe("in Hono, whatever a handler answers", () => {
  it("the response says how the key's limit stands", async () => {
    const at = await tenants()
    const { owner, organizationId } = at.acme
    const rateLimit = { limit: 30, windowSeconds: 60 }
    const { secret } = await at.tenantry.apiKeys.create(owner, { organizationId, name: "cars", rateLimit })
    const frozen = await fetch("data:text/plain,frozen")
    const guard = inHono.requireKey(at.tenantry)
    const app = new Hono()
      .get("/json", guard, (c) => c.json({}))
      .get("/own", guard, () => new Response("own", { status: 202, headers: { "X-Own": "yes", RateLimit: "mine" } }))
      .get("/frozen", guard, () => frozen)
      .get("/thrown", guard, () => {
        throw new Error("oops")
      })
      .onError((_error, c) => c.text("oops", 500))
    const headers = { Authorization: `Bearer ${secret.reveal()}` }
    for (const [path, status, text] of [
      ["/json", 200, "{}"],
      ["/own", 202, "own"],
      ["/frozen", 200, "frozen"],
      ["/thrown", 500, "oops"],
    ] as const) {
      const got = await app.request(path, { headers })
      expect([path, got.status, await got.text()]).toEqual([path, status, text])
      expect([path, got.headers.get("ratelimit-policy")]).toEqual([path, '"default";q=30;w=60'])
      expect(got.headers.get("ratelimit")).toMatch(/^"default";r=\d+;t=\d+$/)
    }
  })
})
