/** What a host hangs into commands, over HTTP: its schemas of metadata, and its guards. */
import { Validator } from "@seriousme/openapi-schema-validator"
import { describe, expect, it } from "vitest"
import * as z from "zod"
import { keyGate } from "../../src/http/gate.ts"
import { httpApi, openApi } from "../../src/http/http.ts"
import { createTenantry, refuse } from "../../src/index.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { inbox } from "../../src/testing/testing.ts"
import { person } from "../world.ts"

const ada = person("ada")

const schemas = {
  organization: z.strictObject({ plan: z.enum(["free", "pro"]).default("free") }),
  member: z.strictObject({ team: z.string().trim().optional() }),
  apiKey: z.strictObject({ service: z.string().optional() }),
}

type Asked = () => ReturnType<typeof refuse> | undefined | Promise<undefined>

/** A surface that Ada is signed in to; `guard` is asked of every change of an organization. */
function api(guard: Asked = () => undefined) {
  const tenantry = createTenantry({
    preset: customRoles,
    store: memoryStore(),
    mailer: inbox(),
    acceptUrl: (token) => `https://app.example/join/${token}`,
    metadata: schemas,
    guards: { "organizations.update": guard },
  })
  const app = httpApi(tenantry, { authenticate: () => ada })
  const send = async (method: string, path: string, body: object, organizationId?: string) => {
    const headers = { "Content-Type": "application/json", ...(organizationId && { "X-Organization": organizationId }) }
    const response = await app.request(path, { method, headers, body: JSON.stringify(body) })
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }
  }
  return { tenantry, send }
}

describe("metadata", () => {
  it("is what the host's schemas make of it", async () => {
    const { tenantry, send } = api()
    const acme = await send("POST", "/api/organizations", { name: "Acme", metadata: {} })
    expect([acme.status, acme.json["metadata"]]).toEqual([201, { plan: "free" }])
    const id = String(acme.json["id"])
    const pro = await send("PATCH", "/api/organizations/me", { metadata: { plan: "pro" } }, id)
    expect([pro.status, pro.json["metadata"]]).toEqual([200, { plan: "pro" }])
    const { data } = await tenantry.memberships.list(ada, { organizationId: id })
    const member = `/api/organizations/members/${data[0]?.id}/metadata`
    const put = await send("PUT", member, { metadata: { team: " Rockets " } }, id)
    expect([put.status, put.json["metadata"]]).toEqual([200, { team: "Rockets" }])
  })

  it("is refused by its path where they refuse it", async () => {
    const { send } = api()
    const refused = await send("POST", "/api/organizations", { name: "Acme", metadata: { plan: "gold" } })
    expect(refused).toMatchObject({ status: 422, json: { errors: [{ path: ["metadata", "plan"] }] } })
  })

  it("comes with the verdict of a gate in the host's own type", async () => {
    const { tenantry } = api()
    const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
    const { secret } = await tenantry.apiKeys.create(ada, { organizationId, name: "ci", metadata: { service: "cars" } })
    const headers = { Authorization: `Bearer ${secret.reveal()}` }
    const passed = await keyGate(tenantry)(new Request("https://api.example/v1/cars", { headers }))
    if (!passed.ok) return expect.fail(passed.problem.code)
    const service: string | undefined = passed.verdict.key.metadata.service
    expect(service).toBe("cars")
  })
})

describe("a guard", () => {
  it("refuses with the host's own code, status and message", async () => {
    const { send } = api(() => refuse({ code: "trial_over", status: 402, message: "The trial is over." }))
    const acme = await send("POST", "/api/organizations", { name: "Acme" })
    const refused = await send("PATCH", "/api/organizations/me", { name: "Acme Ltd" }, String(acme.json["id"]))
    expect(refused).toMatchObject({
      status: 402,
      json: { code: "refused", detail: "The trial is over.", details: { hostCode: "trial_over" } },
    })
  })

  it("is in the document, where it may be asked", async () => {
    const { tenantry } = api()
    const { paths } = openApi(tenantry)
    const { get, patch } = paths["/api/organizations/me"] as Record<string, { responses: object }>
    expect(patch?.responses).toHaveProperty("4XX")
    expect(get?.responses).not.toHaveProperty("4XX")
    expect(await new Validator().validate(structuredClone(openApi(tenantry)))).toEqual({ valid: true })
  })

  it("cannot call the surface, which would wait for it", async () => {
    const answers: unknown[] = []
    const { send } = api(async () => {
      answers.push(await send("POST", "/api/organizations", { name: "Globex" }))
      return undefined
    })
    const acme = await send("POST", "/api/organizations", { name: "Acme" })
    const updated = await send("PATCH", "/api/organizations/me", { name: "Acme Ltd" }, String(acme.json["id"]))
    expect(updated.status).toBe(200)
    expect(answers).toMatchObject([{ status: 503, json: { code: "unavailable" } }])
  })
})
