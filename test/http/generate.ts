/**
 * Requests made of the document's own schemas, and beside them: whatever comes, what is answered is documented.
 *
 * @module
 */
import { inspect } from "node:util"
import fc from "fast-check"
import { expect, it } from "vitest"
import { openApi } from "../../src/http/http.ts"
import type { Node } from "../../src/http/schema.ts"
import { root } from "../generated/scenario.ts"
import { tenants } from "../generated/tenants.ts"
import { documented, isWrite, strayOf, type titled } from "./requests.ts"
import { type Got, surface } from "./scene.ts"

/**
 * Requests to each route, of which there are about a hundred: 2,000 is what is promised, and takes two cores a minute. So
 * that is what CI does, and a run by hand a few seconds' worth, unless `HTTP_RUNS` says otherwise.
 */
const RUNS = Number(process.env["HTTP_RUNS"] ?? (process.env["CI"] === "true" ? 2000 : 30))

const document = openApi((await tenants()).tenantry)

type Schema = Node &
  Readonly<{
    type?: string
    enum?: readonly unknown[]
    anyOf?: readonly Schema[]
    pattern?: string
    minLength?: number
    maxLength?: number
    minimum?: number
    maximum?: number
    items?: Schema
    minItems?: number
    properties?: Readonly<Record<string, Schema>>
    required?: readonly string[]
    format?: string
  }>

const patterns = new Map<string, fc.Arbitrary<string>>()

/** Texts of a pattern; to find out what such texts are takes longer than to make a thousand. */
function matching(pattern: string): fc.Arbitrary<string> {
  const known = patterns.get(pattern) ?? fc.stringMatching(new RegExp(pattern))
  patterns.set(pattern, known)
  return known
}

/** Values that a schema takes. */
function valid(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valid))
  switch (schema.type) {
    case "string": {
      if (schema.format === "date-time") return fc.date({ noInvalidDate: true }).map((at) => at.toISOString())
      if (schema.pattern !== undefined) return matching(schema.pattern)
      return fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 40, 40) })
    }
    case "integer": {
      const { minimum = -10, maximum = 10 ** 9 } = schema
      return fc.integer({ min: minimum, max: Math.min(maximum, 10 ** 9) })
    }
    case "boolean":
      return fc.boolean()
    case "null":
      return fc.constant(null)
    case "array":
      return fc.array(valid(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 4 })
    case "object": {
      const { properties = {}, required = [] } = schema
      const parts = Object.entries(properties).map(([name, each]) => [name, valid(each)] as const)
      return fc.record(Object.fromEntries(parts), { requiredKeys: [...required] })
    }
    default:
      return fc.jsonValue()
  }
}

/** What nobody asked for. */
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom("\u0000", "\ud800", "../../x", "%00", "__proto__", 1e308, -0, [[[[[[[]]]]]]]),
)

/** Mostly what a schema takes, with something else in one place now and then. */
const nearly = (schema: Schema): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 4, arbitrary: valid(schema) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(valid(schema), fc.string(), odd)
        .map(([value, name, stray]) =>
          typeof value === "object" && value !== null ? { ...value, [name]: stray } : stray,
        ),
    },
    { weight: 1, arbitrary: odd },
  )

type Parameter = Readonly<{ name: string; in: string; schema: Schema }>
type Documented = Readonly<{
  parameters: readonly Parameter[]
  requestBody?: { content: { "application/json": { schema: Schema } } }
}>

type World = Awaited<ReturnType<typeof surface>>

/** Changes that a world sees, and requests after the first of them, before another takes its place. */
const WORN = { changes: 5, requests: 40 }

/** A world as it began, more or less: what is deleted once is there again soon. */
function worlds(first: World) {
  let world = first
  let [changes, requests] = [0, 0]
  return {
    current: async (): Promise<World> => {
      if (changes > 0) requests++
      if (changes >= WORN.changes || requests >= WORN.requests) {
        world = await surface()
        changes = requests = 0
      }
      return world
    },
    changed: () => void changes++,
  }
}

/** Holds those routes to the document. */
export function answerAsDocumented(those: typeof titled): void {
  it.each(those)("%s answers whatever comes as it is documented", async (_, route) => {
    const first = await surface()
    const world = worlds(first)
    const { acme, globex } = first.at
    const { owner, admin, member, guest, invited, organizationId, keys } = acme
    const { parameters, requestBody } = documented(document, route) as unknown as Documented
    const known: Readonly<Record<string, readonly string[]>> = {
      memberId: [acme.projectMembership, ...Object.values(acme.memberships)].map(({ id }) => id),
      projectId: [acme.project.id, acme.archived.id],
      keyId: Object.values(keys).map(({ id }) => id),
      id: [organizationId, acme.role.id, acme.invitation.id, "admin"],
      token: [acme.token],
      organizationId: [organizationId, globex.organizationId],
    }
    const inPath = ({ name, schema }: Parameter) => {
      const ids = known[name] ?? []
      return fc.oneof(
        ...(ids.length > 0 ? [{ weight: 5, arbitrary: fc.constantFrom(...ids) }] : []),
        { weight: 1, arbitrary: valid(schema) },
        { weight: 1, arbitrary: fc.string({ minLength: 1 }) },
      )
    }
    const where = (place: string) => parameters.filter((parameter) => parameter.in === place)
    const request = fc.record({
      by: fc.constantFrom(
        ...[owner, admin, member, guest, invited, globex.owner, root].map((as) => ({ as, organizationId })),
        ...[keys.master, keys.organization, keys.own].map(({ secret }) => ({ key: secret })),
        {},
      ),
      path: fc.record(Object.fromEntries(where("path").map((one) => [one.name, inPath(one)]))),
      query: fc.record(Object.fromEntries(where("query").map(({ name, schema }) => [name, nearly(schema)])), {
        requiredKeys: [],
      }),
      body: nearly(requestBody?.content["application/json"].schema ?? { type: "object" }),
    })

    /** What is wrong with an answer, or null. */
    function wrongWith(segments: string, got: Got, errors: readonly unknown[]): unknown {
      if (errors.length > 0 || got.status >= 500) return errors
      // An odd id may make another path of it.
      if (segments !== route.path && got.status === 405) return null
      const isOdd = segments.includes("%") || /\/\.{1,2}(?:\/|$)/.test(segments)
      if (isOdd) return got.status < 400 ? "an odd path is let through" : null
      return strayOf(document, route, got)
    }

    await fc.assert(
      fc.asyncProperty(request, async ({ by, path, query, body }) => {
        const { send, errors } = await world.current()
        const segments = route.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) =>
          encodeURIComponent(String(path[name]).replace(/\p{Cs}/gu, "?")),
        )
        const search = new URLSearchParams(
          Object.entries(query).map(([name, value]): [string, string] => [
            name,
            typeof value === "string" ? value : JSON.stringify(value),
          ]),
        )
        const target = `/api${segments}${search.size > 0 ? `?${search}` : ""}`
        const got = await send(route.method, target, { ...by, ...(isWrite(route) && { body }) })
        if (route.method !== "GET" && got.status < 300) world.changed()
        const wrong = wrongWith(segments, got, errors)
        if (wrong !== null) expect.fail(`${target} ${got.status} ${got.text}: ${inspect(wrong, { depth: 6 })}`)
      }),
      { numRuns: RUNS },
    )
  })
}
