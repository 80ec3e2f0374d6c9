/** The document: valid OpenAPI 3.1, and enough to make a typed client from, which runs the quick start. */
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import SwaggerParser from "@apidevtools/swagger-parser"
import { Validator } from "@seriousme/openapi-schema-validator"
import openapiTS, { astToString } from "openapi-typescript"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as z from "zod"
import { openApi } from "../../src/http/http.ts"
import type { Node } from "../../src/http/schema.ts"
import { tenants } from "../generated/tenants.ts"
import { problemsIn } from "../type-check.ts"
import { documented, isWrite, titled } from "./requests.ts"
import { surface } from "./scene.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
/** The compiler takes a while where other work is going on. */
const PATIENCE = 300_000
const folder = `${root}/test/http/.client`
const document = openApi((await tenants()).tenantry)
const copy = () => structuredClone(document) as never

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the document", () => {
  it("is OpenAPI 3.1, says one validator and the other", async () => {
    await SwaggerParser.validate(copy())
    expect(await new Validator().validate(copy())).toEqual({ valid: true })
  })

  it("would not be, with a response that has no description", async () => {
    const { paths } = structuredClone(document) as { paths: Record<string, Record<string, { responses: object }>> }
    const broken = {
      ...document,
      paths: { "/x": { get: { ...paths["/api/invitations"]?.["get"], responses: { 200: {} } } } },
    }
    expect((await new Validator().validate(broken as never)).valid).toBe(false)
  })

  it("is served to everybody", async () => {
    const { send } = await surface({ prefix: "/v1" })
    const { status, json } = await send("GET", "/v1/openapi.json")
    expect(status).toBe(200)
    const { paths } = json as typeof document
    expect(Object.keys(paths).every((path) => path.startsWith("/v1/"))).toBe(true)
    expect(Object.keys(paths).length).toBe(Object.keys(document.paths).length)
  })

  it("names operations once, each with a summary and what it needs", () => {
    const all = Object.values(document.paths).flatMap((methods) => Object.values(methods) as { operationId: string }[])
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(titled.length)
    expect(document.paths["/api/organizations/members"]?.["get"]).toMatchObject({
      summary: "Members, by role or by the start of their address",
      description: "Needs `members.read`.",
      security: [{ session: [] }, { key: [] }],
    })
  })

  it.each(titled.filter(([, { example }]) => example !== null))(
    "%s has an example that its schema takes",
    (_, route) => {
      type Body = Readonly<{ requestBody: { content: { "application/json": { schema: Node; example: unknown } } } }>
      const { schema, example } = (documented(document, route) as unknown as Body).requestBody.content[
        "application/json"
      ]
      expect(z.fromJSONSchema(schema as never).safeParse(example).error?.issues).toBeUndefined()
    },
  )

  it("has an example for every body that must have something in it", () => {
    const bare = titled.filter(([, route]) => {
      const { requestBody } = documented(document, route) as { requestBody?: { required: boolean } }
      return isWrite(route) && requestBody?.required === true && route.example === null
    })
    expect(bare.map(([name]) => name)).toEqual([])
  })
})

const PROGRAM = `
import { deepEqual, equal } from "node:assert/strict"
import createClient from "openapi-fetch"
import { createTenantry, user } from "tenantry"
import { httpApi } from "tenantry/http"
import { memoryStore } from "tenantry/memory"
import { workspace } from "tenantry/presets"
import type { paths } from "./schema.ts"

const sent: string[] = []
const tenantry = createTenantry({
  preset: workspace,
  store: memoryStore(),
  acceptUrl: (token) => \`https://app.example/join/\${token}\`,
  mailer: { sendInvitation: async (message) => void sent.push(message.acceptUrl) },
})
const people = {
  ada: user({ id: "u_ada", email: "ada@acme.example", emailVerified: true }),
  bob: user({ id: "u_bob", email: "bob@acme.example", emailVerified: true }),
}
const api = httpApi(tenantry, {
  authenticate: (request) => people[request.headers.get("cookie")?.split("=")[1] as "ada" | "bob"] ?? null,
})
const client = (who: string) =>
  createClient<paths>({
    baseUrl: "http://api.example",
    headers: { "Content-Type": "application/json", Cookie: \`session=\${who}\` },
    fetch: async (request) => api.fetch(request),
  })
const [ada, bob] = [client("ada"), client("bob")]

const { data: acme } = await ada.POST("/api/organizations", { body: { name: "Acme" } })
const header = { "X-Organization": acme?.id ?? "" }
await ada.POST("/api/organizations/invitations", {
  params: { header },
  body: { email: "bob@acme.example", role: "editor" },
})
await tenantry.outbox.deliver()
const token = sent[0]?.split("/").at(-1) ?? ""
const { data: preview } = await client("").GET("/api/invitations/{token}", { params: { path: { token } } })
equal(preview?.organizationName, "Acme")
const { data: joined } = await bob.POST("/api/invitations/{token}/accept", { params: { path: { token } }, body: {} })
equal(joined?.membership?.role, "editor")
const { data: me } = await bob.GET("/api/organizations/me/permissions", { params: { header } })
deepEqual([me?.permissions["apiKeys.create"], me?.permissions["members.invite"]], [true, false])
const { error, response } = await bob.POST("/api/organizations/invitations", {
  params: { header },
  body: { email: "eve@acme.example", role: "viewer" },
})
deepEqual([response.status, error?.code], [403, "forbidden"])
const { data: page } = await ada.GET("/api/organizations/members", {
  params: { header, query: { emailPrefix: "bob", limit: 1 } },
})
deepEqual(page?.data.map(({ email }) => email), ["bob@acme.example"])
const { data: activity } = await ada.GET("/api/organizations/activity", {
  params: { header, query: { actions: ["member.joined"], actor: { type: "user", id: "u_bob" } } },
})
equal(activity?.data.length, 1)
// @ts-expect-error a misspelt field
await ada.POST("/api/organizations", { body: { nome: "Acme" } })
console.log("done")
`

describe("a client that is typed by the document", () => {
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/schema.ts`, astToString(await openapiTS(copy())))
    writeFileSync(`${folder}/program.ts`, PROGRAM)
  })

  it("compiles", { timeout: PATIENCE }, () => {
    expect(problemsIn([`${folder}/program.ts`, `${folder}/schema.ts`])).toEqual([])
  })

  it("runs the quick start", () => {
    const args = ["--import", "tsx", `${folder}/program.ts`]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" })
    expect([status, stdout, stderr]).toEqual([0, "done\n", ""])
  })
})
