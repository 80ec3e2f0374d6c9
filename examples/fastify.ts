/**
 * A Fastify app: the REST surface beside a route of its own that keys guard. Asks itself a few things, and ends:
 * `npx tsx examples/fastify.ts`.
 *
 * @module
 */
import { getRequestListener } from "@hono/node-server"
import fastify from "fastify"
import { createTenantry, user } from "tenantry"
import { requireKey, type WithVerdict } from "tenantry/fastify"
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

const app = fastify()
app.get("/v1/cars", { onRequest: requireKey(tenantry) }, async (request) => ({
  cars: [],
  for: (request as typeof request & WithVerdict).verdict.key.name,
}))

// In a scope of its own, whose bodies nobody else reads.
await app.register(async (scope) => {
  const listener = getRequestListener(
    httpApi(tenantry, { authenticate: ({ headers }) => signedIn(headers.get("cookie")) }).fetch,
  )
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null))
  scope.all("/api/*", (request, reply) => {
    reply.hijack()
    return listener(request.raw, reply.raw)
  })
})

const base = await app.listen({ port: 0, host: "127.0.0.1" })

async function ask(method: string, path: string, headers: Record<string, string>, body?: object) {
  const json = body === undefined ? {} : { body: JSON.stringify(body) }
  const type: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" }
  const response = await fetch(base + path, { method, headers: { ...type, ...headers }, ...json })
  const answer = (await response.json()) as Record<string, string>
  console.log(method, path, response.status, answer["code"] ?? "")
  return answer
}

const ada = { Cookie: "session=ada" }
const { id = "" } = await ask("POST", "/api/organizations", ada, { name: "Acme" })
const { secret } = await ask("POST", "/api/organizations/keys", { ...ada, "X-Organization": id }, { name: "ci" })
const key = { Authorization: `Bearer ${secret}` }
await ask("GET", "/v1/cars", key)
await ask("GET", "/v1/cars", {})
await ask("GET", "/api/organizations/me", key)
await app.close()
