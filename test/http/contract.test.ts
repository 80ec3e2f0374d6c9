/** Every route does what the document says: it succeeds, and refuses as a problem that is documented. */
import { describe, expect, it } from "vitest"
import { openApi } from "../../src/http/http.ts"
import type { Route } from "../../src/http/route.ts"
import { routes } from "../../src/http/routes.ts"
import type { Actor } from "../../src/index.ts"
import { call } from "../generated/operations.ts"
import type { Scenario } from "../generated/scenario.ts"
import { refusedCall } from "../generated/scenarios.ts"
import { tenants } from "../generated/tenants.ts"
import { isWrite, nameOf, placeOf, type Request, requestOf, scenariosOf, strayOf, titled } from "./requests.ts"
import { type Got, overTenantry, surface } from "./scene.ts"

const document = openApi((await tenants()).tenantry)

type Ready = Readonly<{ scenario: Scenario; actor: Actor; request: Request }>

/** Each scenario that the route can say, in a world of its own. */
async function* ready(route: Route) {
  for (const scenario of scenariosOf(route)) {
    const at = await tenants(scenario.options)
    const one = await scenario.prepare(at)
    const request = requestOf(route, one.input)
    const isSession = one.actor.type === "user" || one.actor.type === "platformAdmin"
    if (request === null || !isSession) continue
    const found: Ready = { scenario, actor: one.actor, request }
    yield { ...found, at, one, ...overTenantry(at) }
  }
}

async function firstOf(route: Route) {
  for await (const one of ready(route)) return one
  return expect.fail(`no scenario for ${nameOf(route)}`)
}

/** Holds a response to the document. */
function held(route: Route, got: Got, status: number, code?: string): void {
  expect([got.status, got.json], got.text).toEqual([
    status,
    code === undefined ? got.json : expect.objectContaining({ code }),
  ])
  expect(strayOf(document, route, got)).toBeNull()
  expect(got.headers.get("cache-control")).toBe("no-store")
}

const fold = ({ path, method }: Pick<Request, "path" | "method">) => [method, path] as const

describe.each(titled)("%s", (_, route) => {
  it("succeeds, as it is documented", async () => {
    let count = 0
    for await (const { actor, request, send, errors } of ready(route)) {
      const got = await send(...fold(request), { ...request, as: actor })
      expect(errors).toEqual([])
      held(route, got, route.status)
      count++
    }
    expect(count).toBeGreaterThan(0)
  })

  it("answers all that its operation does", async () => {
    for await (const { scenario, actor, request, send } of ready(route)) {
      // The same call in a world that is alike.
      const twin = await tenants(scenario.options)
      const { input } = await scenario.prepare(twin)
      const outcome = await call(twin.tenantry, placeOf(route), actor, input)
      const got = await send(...fold(request), { ...request, as: actor })
      if (!outcome.ok) expect.fail(outcome.error.code)
      if (route.answer === null) expect(got.text).toBe(outcome.value)
      else expect(got.json).toEqual(JSON.parse(JSON.stringify(route.show(outcome.value as never))))
    }
  })

  it("answers what its operation refuses", async () => {
    for await (const { one, send } of ready(route)) {
      const { actor, input, code } = await refusedCall(one)
      const request = requestOf(route, input)
      if (request === null || actor.type !== "user") continue
      const got = await send(...fold(request), { ...request, as: actor })
      // An id that is none is nowhere.
      expect([code, code === "invalid_input" ? "not_found" : code]).toContain((got.json as { code: string }).code)
      expect(strayOf(document, route, got)).toBeNull()
    }
  })

  it.skipIf(route.ways.length === 0)("is for nobody who is not signed in", async () => {
    const { request, send } = await firstOf(route)
    const got = await send(...fold(request), request)
    held(route, got, 401, "unauthenticated")
    expect(got.headers.get("www-authenticate")).toBe("Bearer")
  })

  it("refuses a field that it does not know", async () => {
    const { actor, request, send } = await firstOf(route)
    const stray = "organizationId"
    if (isWrite(route)) {
      for (const name of [stray, "isAdmin", "constructor", "__proto__"]) {
        const raw = JSON.stringify(request.body)
          .replace(/^\{/, `{${JSON.stringify(name)}:1,`)
          .replace(",}", "}")
        const got = await send(...fold(request), { ...request, as: actor, raw })
        held(route, got, 422, "invalid_input")
        expect(got.json).toMatchObject({ errors: expect.arrayContaining([expect.objectContaining({ path: [name] })]) })
      }
    }
    const { path } = request
    const got = await send(route.method, `${path}${path.includes("?") ? "&" : "?"}${stray}=1`, {
      ...request,
      as: actor,
    })
    held(route, got, 422, "invalid_input")
  })

  it.runIf(isWrite(route))("takes JSON that says so, and no more of it than there may be", async () => {
    const { actor, request, send } = await firstOf(route)
    const sent = { ...request, as: actor }
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json, text/plain", ""]) {
      const got = await send(...fold(request), { ...sent, headers: { "Content-Type": type } })
      held(route, got, type.includes(",") ? 400 : 415)
    }
    held(route, await send(...fold(request), { ...sent, raw: "{" }), 400, "bad_request")
    held(route, await send(...fold(request), { ...sent, raw: "[]" }), 422, "invalid_input")
    const raw = `{"name":"${"x".repeat(500_000)}"}`
    held(route, await send(...fold(request), { ...sent, raw }), 413, "content_too_large")
  })

  const isTenants = route.params["token"] === undefined && route.operation.actors.includes("user")
  it.runIf(isTenants && !route.path.startsWith("/account"))(
    "shows another tenant's as if it were not there",
    async () => {
      const { at, actor, request, send } = await firstOf(route)
      if (request.organizationId === undefined && Object.keys(route.params).length === 0) return
      const stranger = { ...request, as: at.globex.owner }
      const theirs = await send(...fold(request), stranger)
      held(route, theirs, 404, "not_found")
      const ids = /\b(org|mem|inv|role|key|prj|pmem)_[a-z0-9]+/g
      const nowhere = (text: string) => text.replaceAll(ids, "$1_0zzzzzzz0zzzzzz")
      const random = await send(route.method, nowhere(request.path), {
        ...stranger,
        ...(request.organizationId !== undefined && { organizationId: nowhere(request.organizationId) }),
      })
      expect(random).toEqual(theirs)
      if (Object.keys(route.params).length === 0 || request.organizationId === undefined) return
      const fromHome = await send(...fold(request), { ...stranger, organizationId: at.globex.organizationId })
      const unknown = await send(route.method, nowhere(request.path), {
        ...stranger,
        organizationId: at.globex.organizationId,
      })
      expect([fromHome.status, fromHome.text]).toEqual([404, unknown.text])
      expect(actor).not.toBe(at.globex.owner)
    },
  )
})

it("has as many routes as there are titles", () => {
  expect(new Set(routes.map(nameOf)).size).toBe(routes.length)
})

it("would catch what is not documented", async () => {
  const { at, send } = await surface()
  const { admin: as, organizationId } = at.acme
  const route = routes.find((one) => nameOf(one) === "GET /organizations/members") ?? expect.fail("no route")
  const got = await send("GET", "/api/organizations/members", { as, organizationId })
  const { data } = got.json as { data: readonly object[] }
  const strays = (json: unknown) => strayOf(document, route, { ...got, json })
  expect(strays(got.json)).toBeNull()
  expect(strays({ data })).toMatchObject([{ path: ["nextCursor"] }])
  expect(strays({ data: [{ ...data[0], joinedAt: "today" }], nextCursor: null })).toMatchObject([
    { path: ["data", 0, "joinedAt"] },
  ])
  expect(strayOf(document, route, { ...got, status: 418 })).toBe("no 418 is documented")
})
