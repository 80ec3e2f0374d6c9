/**
 * Next.js: what its route handlers export, as plain functions of a web-standard request. Asks itself a few things, and
 * ends: `npx tsx examples/nextjs.ts`.
 *
 * @module
 */
import { createTenantry, user } from "tenantry"
import { keyGate, permissionGate, stoppedResponse } from "tenantry/gate"
import { httpApi } from "tenantry/http"
import { memoryStore } from "tenantry/memory"
import { customRoles } from "tenantry/presets"

// lib/tenantry.ts
const tenantry = createTenantry({
  preset: customRoles,
  store: memoryStore(),
  acceptUrl: (token) => `https://app.example/join/${token}`,
  mailer: { sendInvitation: async ({ to, subject }) => console.log(`mail to ${to}: ${subject}`) },
})
const people = new Map([["ada", user({ id: "u_ada", email: "ada@acme.example", emailVerified: true, name: "Ada" })]])
const authenticate = ({ headers }: Request) => people.get(headers.get("cookie")?.replace("session=", "") ?? "") ?? null

// app/api/[...path]/route.ts, behind one proxy that says whom it heard
const api = httpApi(tenantry, { authenticate, trustedProxies: 1 })
const handler = (request: Request) => api.fetch(request)

export { handler as DELETE, handler as PATCH, handler as POST, handler as PUT }

// app/v1/cars/route.ts
const keys = keyGate(tenantry, { trustedProxies: 1 })
export async function GET(request: Request): Promise<Response> {
  const passed = await keys(request)
  if (!passed.ok) return stoppedResponse(passed)
  return Response.json({ cars: [], for: passed.verdict.key.name }, { headers: passed.headers })
}

// app/team-size/route.ts
const members = permissionGate(tenantry, "members.read", { authenticate })
export async function teamSize(request: Request): Promise<Response> {
  const passed = await members(request)
  if (!passed.ok) return stoppedResponse(passed)
  const { data } = await tenantry.memberships.list(passed.actor, { organizationId: passed.organizationId })
  return Response.json({ members: data.length })
}

async function ask(
  route: (request: Request) => Response | Promise<Response>,
  path: string,
  headers: Record<string, string>,
  body?: object,
) {
  const type = { "Content-Type": "application/json", ...headers }
  const init = body === undefined ? { headers: type } : { method: "POST", headers: type, body: JSON.stringify(body) }
  const response = await route(new Request(`https://app.example${path}`, init))
  const json = (await response.json()) as Record<string, string>
  console.log(path, response.status, json["code"] ?? json["members"] ?? "")
  return json
}

const ada = { Cookie: "session=ada" }
const { id = "" } = await ask(handler, "/api/organizations", ada, { name: "Acme" })
const inAcme = { ...ada, "X-Organization": id }
const { secret } = await ask(handler, "/api/organizations/keys", inAcme, { name: "ci" })
await ask(GET, "/v1/cars", { Authorization: `Bearer ${secret}`, "X-Forwarded-For": "203.0.113.7" })
await ask(GET, "/v1/cars", {})
await ask(teamSize, "/team-size", inAcme)
await ask(teamSize, "/team-size", {})
