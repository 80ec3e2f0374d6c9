/** The quick start over real HTTP: the surface in each server, with a session and with a key. */
import { request as nodeRequest } from "node:http"
import { connect } from "node:net"
import { getRequestListener } from "@hono/node-server"
import express from "express"
import fastify from "fastify"
import { Hono } from "hono"
import { afterEach, describe, expect, it } from "vitest"
import { httpApi } from "../../src/http/http.ts"
import type { User } from "../../src/index.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { person, world } from "../world.ts"
import { listen, listenFastify, listenFetch, type Open } from "./listening.ts"

type Fetch = ReturnType<typeof httpApi>["fetch"]
const opened: Open[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ close }) => close()))
})

const servers: Readonly<Record<string, (fetch: Fetch) => Promise<Open>>> = {
  "Hono, inside an app of the host's": async (fetch) => {
    const app = new Hono().get("/health", (c) => c.text("ok")).mount("/", fetch)
    return listenFetch(app.fetch)
  },
  "Node alone": (fetch) => listen(getRequestListener(fetch)),
  Express: (fetch) => listen(express().use(getRequestListener(fetch))),
  Fastify: async (fetch) => {
    const app = fastify()
    const listener = getRequestListener(fetch)
    app.removeAllContentTypeParsers()
    app.addContentTypeParser("*", (_request, _payload, done) => done(null))
    app.all("/api/*", (request, reply) => {
      reply.hijack()
      return listener(request.raw, reply.raw)
    })
    return listenFastify(app)
  },
}

const people = new Map<string, User>(["ada", "bob", "eve"].map((name) => [name, person(name)]))

async function open(server: (fetch: Fetch) => Promise<Open>) {
  const made = world(customRoles)
  const api = httpApi(made.tenantry, {
    authenticate: (request, { ip }) => {
      const name = /session=(\w+)/.exec(request.headers.get("cookie") ?? "")?.[1] ?? ""
      return people.has(name) ? person(name, { ip }) : null
    },
  })
  const running = await server(api.fetch)
  opened.push(running)
  const send = async (method: string, path: string, headers: Record<string, string>, body?: object) => {
    const json = body && { body: JSON.stringify(body) }
    const type = { "Content-Type": "application/json" }
    const response = await fetch(`${running.url}/api${path}`, { method, headers: { ...type, ...headers }, ...json })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      json: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>,
    }
  }
  return { ...made, send, url: running.url }
}

describe.each(Object.entries(servers))("in %s", (_, server) => {
  it("an organization begins, somebody joins, a key reads along", async () => {
    const { send, tokenFor } = await open(server)
    const as = (name: string, organization?: unknown) => ({
      Cookie: `session=${name}`,
      ...(typeof organization === "string" && { "X-Organization": organization }),
    })
    const acme = await send("POST", "/organizations", as("ada"), { name: "Acme" })
    const { id } = acme.json
    expect([acme.status, acme.json["slug"], acme.headers.get("etag")]).toEqual([201, "acme", '"2"'])
    const invitation = { email: "bob@acme.example", role: "member" }
    expect((await send("POST", "/organizations/invitations", as("ada", id), invitation)).status).toBe(201)
    const token = await tokenFor("bob@acme.example")
    expect((await send("GET", `/invitations/${token}`, {})).json).toMatchObject({
      organizationName: "Acme",
      role: "member",
    })
    expect((await send("POST", `/invitations/${token}/accept`, as("eve"), {})).json["code"]).toBe(
      "invitation_email_mismatch",
    )
    expect((await send("POST", `/invitations/${token}/accept`, as("bob"), {})).json).toMatchObject({
      membership: { role: "member" },
      projectMemberships: [],
    })
    const key = await send("POST", "/organizations/keys", as("ada", id), {
      name: "ci",
      scopes: ["members.read", "activity.read"],
    })
    const bearer = { Authorization: `Bearer ${key.json["secret"]}` }
    expect((await send("GET", "/organizations/me", bearer)).json["id"]).toBe(id)
    const members = await send("GET", "/organizations/members", bearer)
    expect((members.json["data"] as { email: string }[]).map(({ email }) => email)).toEqual([
      "ada@acme.example",
      "bob@acme.example",
    ])
    expect((await send("POST", "/organizations/roles", bearer, { name: "x", permissions: [] })).status).toBe(403)
    expect((await send("PATCH", "/organizations/me", as("bob", id), { name: "Mine" })).status).toBe(403)
    expect((await send("DELETE", "/organizations/members/me", as("bob", id))).status).toBe(200)
    expect((await send("GET", "/organizations/me", as("bob", id))).status).toBe(404)
    const { json } = await send("GET", "/organizations/activity?limit=1", bearer)
    expect(json["data"]).toMatchObject([{ action: "member.left", actor: { ip: expect.stringContaining("127.0.0.1") } }])
    expect((await send("HEAD", "/organizations/me", bearer)).status).toBe(200)
    expect((await send("GET", "/nowhere", bearer)).status).toBe(404)
  })

  it("a file of activity is streamed", async () => {
    const { send, url } = await open(server)
    const { json } = await send("POST", "/organizations", { Cookie: "session=ada" }, { name: "Acme" })
    const headers = { Cookie: "session=ada", "X-Organization": String(json["id"]) }
    const response = await fetch(`${url}/api/organizations/activity/export?format=jsonl`, { headers })
    const lines = (await response.text()).trim().split("\n")
    expect(lines.map((line) => JSON.parse(line).action)).toEqual(["organization.created", "member.joined"])
  })

  it("headers that are sent twice are refused, as they came over the wire", async () => {
    const { url } = await open(server)
    const { hostname, port } = new URL(url)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = nodeRequest({
        hostname,
        port,
        path: "/api/organizations/me",
        headers: ["Host", hostname, "Authorization", "Bearer tk_live_a", "Authorization", "Bearer tk_live_b"],
      })
      sent.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject)
      sent.end()
    })
    expect(status).toBe(400)
  })

  it("a body of ten megabytes is refused before it is read, whatever is said of its length", async () => {
    const { send, url } = await open(server)
    const { json } = await send("POST", "/organizations", { Cookie: "session=ada" }, { name: "Acme" })
    const { hostname, port } = new URL(url)
    const whole = Buffer.alloc(10_000_000, " ")
    const statusOf = (length: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = {
          Cookie: "session=ada",
          "X-Organization": String(json["id"]),
          "Content-Type": "application/json",
          ...length,
        }
        const sent = nodeRequest({ hostname, port, method: "PATCH", path: "/api/organizations/me", headers })
        let answered = false
        sent.on("response", (response) => {
          answered = true
          resolve(response.resume().statusCode)
          sent.destroy()
        })
        // The other side may hang up while there is more to send.
        sent.on("error", (error) => (answered ? undefined : reject(error)))
        sent.write(whole.subarray(0, 1_000_000))
      })
    expect(await statusOf({ "Content-Length": "10000000" })).toBe(413)
    expect(await statusOf({ "Transfer-Encoding": "chunked" })).toBe(413)
    const headers = { Cookie: "session=ada", "X-Organization": String(json["id"]) }
    expect((await send("PATCH", "/organizations/me", headers, { name: "Acme Ltd" })).status).toBe(200)
  })

  it("a body that is longer than it says is cut there, and the rest is no request that anybody makes", async () => {
    const { send, url } = await open(server)
    const { json } = await send("POST", "/organizations", { Cookie: "session=ada" }, { name: "Acme" })
    const { hostname, port } = new URL(url)
    const rest = "DELETE /api/organizations/me HTTP/1.1\r\nHost: x\r\n\r\n"
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname)
      let read = ""
      socket.on("data", (chunk) => {
        read += chunk
      })
      socket.on("end", () => resolve(read)).on("error", reject)
      socket.end(
        [
          "PATCH /api/organizations/me HTTP/1.1",
          "Host: x",
          "Cookie: session=ada",
          `X-Organization: ${json["id"]}`,
          "Content-Type: application/json",
          "Content-Length: 15",
          "",
          `{"name":"Acme"}${rest}`,
        ].join("\r\n"),
      )
    })
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 401"])
  })
})
