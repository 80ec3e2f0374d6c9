/**
 * A Hono app: the REST surface beside routes of its own that keys and permissions guard. Asks itself a few things, and
 * ends: `npx tsx examples/hono.ts`.
 *
 * @module
 */
import { serve } from "@hono/node-server"
import { Hono } from "hono"
import { createTenantry, user } from "tenantry"
import { requireKey, requirePermission } from "tenantry/hono"
import { httpApi } from "tenantry/http"
import { memoryStore } from "tenantry/memory"
import { customRoles } from "tenantry/presets"

const tenantry = createTenantry({
  preset: customRoles,
  store: memoryStore(),
  acceptUrl: (token) => `https://app.example/join/${token}`,
  mailer: { sendInvitation: async ({ to, subject }) => console.log(`mail to ${to}: ${subject}`) },
})

// Your sign-in: here a cookie that says the name.
const people = new Map([["ada", user({ id: "u_ada", email: "ada@acme.example", emailVerified: true, name: "Ada" })]])
const signedIn = (cookie: string | null | undefined) => people.get(cookie?.replace("session=", "") ?? "") ?? null

const app = new Hono()
  .get("/v1/cars", requireKey(tenantry), (c) => c.json({ cars: [], for: c.var.verdict.key.name }))
  .get(
    "/team-size",
    requirePermission(tenantry, "members.read", { authenticate: (c) => signedIn(c.req.header("cookie")) }),
    (c) => c.json({ role: c.var.access.role }),
  )
  .route("/", httpApi(tenantry, { authenticate: ({ headers }) => signedIn(headers.get("cookie")) }))

const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" })
await new Promise((resolve) => server.once("listening", resolve))
const address = server.address()
const base = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`

async function ask(method: string, path: string, headers: Record<string, string>, body?: object) {
  const init = { method, headers: { "Content-Type": "application/json", ...headers } }
  const response = await fetch(base + path, body === undefined ? init : { ...init, body: JSON.stringify(body) })
  const json = (await response.json()) as Record<string, string>
  console.log(method, path, response.status, json["code"] ?? "")
  return json
}

const ada = { Cookie: "session=ada" }
const { id = "" } = await ask("POST", "/api/organizations", ada, { name: "Acme" })
const inAcme = { ...ada, "X-Organization": id }
const { secret } = await ask("POST", "/api/organizations/keys", inAcme, {
  name: "ci",
  rateLimit: { limit: 2, windowSeconds: 60 },
})
const key = { Authorization: `Bearer ${secret}` }
for (let call = 0; call < 3; call++) await ask("GET", "/v1/cars", key)
await ask("GET", "/team-size", inAcme)
await ask("GET", "/team-size", {})
server.close()
