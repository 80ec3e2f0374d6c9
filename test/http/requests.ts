/**
 * From the scenarios of the generated suites to requests, and from the document to what a response must be.
 *
 * @module
 */
import * as z from "zod"
import type { OpenApiDocument } from "../../src/http/openapi.ts"
import { isOwn, type Route } from "../../src/http/route.ts"
import { routes } from "../../src/http/routes.ts"
import { isInside, shapeOf } from "../../src/http/wire.ts"
import { SettingsSchema } from "../../src/pipeline/settings.ts"
import { operations } from "../generated/operations.ts"
import type { Call, Scenario } from "../generated/scenario.ts"
import { scenarios } from "../generated/scenarios.ts"

const settings = SettingsSchema.parse({})

/** The place of an operation in the facade. */
export const placeOf = (route: Route): string => {
  const place = [...operations].find(([, operation]) => operation.run === route.operation.run)?.[0]
  if (place === undefined) throw new Error(`no operation behind ${nameOf(route)}`)
  return place
}

/** `GET /organizations/me` */
export const nameOf = ({ method, path }: Pick<Route, "method" | "path">): string => `${method} ${path}`

export const isWrite = ({ method }: Route): boolean => method === "POST" || method === "PUT" || method === "PATCH"

/** A request, before it is said who sends it. */
export type Request = Readonly<{
  method: string
  path: string
  organizationId?: string
  body?: Readonly<Record<string, unknown>>
}>

/** The request that a call of the route's operation is; null where the route cannot say it. */
export function requestOf(route: Route, input: Call["input"]): Request | null {
  const shape = shapeOf(route, settings)
  if (Object.keys(input).some((name) => !Object.hasOwn(shape, name) || route.without.includes(name))) return null
  const rest = new Map(Object.entries(input))
  let path = `/api${route.path}`
  for (const [param, field] of Object.entries(route.params)) {
    const id = rest.get(field)
    if (typeof id !== "string") return null
    path = path.replace(`{${param}}`, id)
    rest.delete(field)
  }
  const organizationId = isInside(route, shape) ? rest.get("organizationId") : undefined
  if (isInside(route, shape)) rest.delete("organizationId")
  const place = typeof organizationId === "string" ? { organizationId } : {}
  if (isWrite(route)) return { method: route.method, path, ...place, body: Object.fromEntries(rest) }
  const query = new URLSearchParams([...rest].flatMap(([name, value]) => inQuery(name, value)))
  return { method: route.method, path: query.size === 0 ? path : `${path}?${query}`, ...place }
}

function inQuery(name: string, value: unknown): [string, string][] {
  if (value instanceof Date) return [[name, value.toISOString()]]
  if (Array.isArray(value)) return value.flatMap((each) => inQuery(name, each))
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([field, each]) => inQuery(`${name}[${field}]`, each))
  }
  return [[name, String(value)]]
}

/** The scenarios that a route can say, by somebody who has a session. */
export function scenariosOf(route: Route): readonly Scenario[] {
  const place = placeOf(route)
  return scenarios.filter(({ name, own = false }) => name === place && own === isOwn(route.path))
}

/** Every route with the title that tests give it. */
export const titled = routes.map((route) => [nameOf(route), route] as const)

type Operation = Readonly<{
  responses: Readonly<Record<string, { $ref?: string; content?: Record<string, { schema: object }> }>>
}>

/** The operation that the document has for a route. */
export const documented = (document: OpenApiDocument, route: Route): Operation =>
  (document.paths[`/api${route.path}`] as Record<string, Operation>)[route.method.toLowerCase()] as Operation

/** What is wrong with a response, by the document: a status that it does not name, a body out of its schema. */
export function strayOf(
  document: OpenApiDocument,
  route: Route,
  { status, headers, json }: Readonly<{ status: number; headers: Headers; json: unknown }>,
): unknown {
  const { responses } = documented(document, route)
  const response = responses[String(status)]
  if (response === undefined) return `no ${status} is documented`
  const type = headers.get("content-type")?.split(";")[0] ?? ""
  const { content = {} } = response.$ref === undefined ? response : at(document, response.$ref)
  const schema = content[type]?.schema
  if (schema === undefined) return `no ${type} is documented for ${status}`
  if (!type.endsWith("json")) return null
  return schemaAt(document, schema).safeParse(json).error?.issues ?? null
}

const at = (document: OpenApiDocument, ref: string) =>
  ref
    .split("/")
    .slice(1)
    .reduce<unknown>(
      (node, name) => (node as Record<string, unknown>)[name],
      document,
    ) as Operation["responses"][string]

const compiled = new WeakMap<object, z.ZodType>()

/** A schema of the document as zod reads it. */
function schemaAt(document: OpenApiDocument, schema: object): z.ZodType {
  const known = compiled.get(schema)
  if (known !== undefined) return known
  const { schemas } = document["components"] as Readonly<{ schemas: object }>
  const whole = JSON.stringify({ ...schema, $defs: schemas }).replaceAll("#/components/schemas/", "#/$defs/")
  const made = z.fromJSONSchema(JSON.parse(whole))
  compiled.set(schema, made)
  return made
}
