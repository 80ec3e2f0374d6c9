/**
 * An Express app: the REST surface beside a route of its own that keys guard. Asks itself a few things, and ends:
 * `npx tsx examples/express.ts`.
 *
 * @module
 */
import type { AddressInfo } from "node:net"
import { getRequestListener } from "@hono/node-server"
import express from "express"
import { createTenantry, user } from "tenantry"
import { requireKey, requirePermission } from "tenantry/express"
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

const app = express()
app.get("/v1/cars", requireKey(tenantry), (_request, response) => {
  response.json({ cars: [], for: response.locals.verdict.key.name })
})
app.get(
  "/team-size",
  requirePermission(tenantry, "members.read", {
    authenticate: (request: express.Request) => signedIn(request.headers.cookie),
  }),
  (_request, response) => {
    response.json({ role: response.locals["access"].role })
  },
)
// Before any body parser: the surface reads its own bodies, and counts them.
const api = httpApi(tenantry, { authenticate: ({ headers }) => signedIn(headers.get("cookie")) })
app.use(getRequestListener(api.fetch))

const server = app.listen(0, "127.0.0.1")
await new Promise((resolve) => server.once("listening", resolve))
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

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
const { secret } = await ask("POST", "/api/organizations/keys", inAcme, { name: "ci" })
await ask("GET", "/v1/cars", { Authorization: `Bearer ${secret}` })
await ask("GET", "/v1/cars", {})
await ask("GET", "/team-size", inAcme)
await ask("POST", "/api/organizations/invitations", inAcme, { email: "bob@acme.example", role: "member" })
await tenantry.outbox.deliver()
server.close()
