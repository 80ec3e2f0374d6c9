/**
 * The OpenAPI 3.1 document, from the same table and the same schemas that requests are read by.
 *
 * @module
 */
import { shellOf } from "../facade.ts"
import type { Shell } from "../pipeline/shell.ts"
import type { AnyTenantry } from "./caller.ts"
import { ORGANIZATION_HEADER } from "./input.ts"
import type { Route } from "./route.ts"
import { answers, routes } from "./routes.ts"
import { answerSchemas, bodySchema, fieldSchema, isRequired, type Node, problemSchema, schemaRef } from "./schema.ts"
import { givenFields, isInside, type Shape, shapeOf, taken } from "./wire.ts"

/** An OpenAPI 3.1 document, as plain JSON. */
export type OpenApiDocument = Readonly<{ openapi: "3.1.0"; info: Node; paths: Readonly<Record<string, Node>> }> & Node

/** What each status of a problem means. */
const PROBLEMS: Readonly<Record<string, string>> = {
  400: "What was sent is no request that could be understood",
  401: "Nobody is signed in, or the key is no good",
  402: "A subscription must be active first",
  403: "The caller may not do that",
  404: "It is not there, or not the caller's to see",
  409: "It cannot be, as things stand",
  410: "The invitation is over",
  412: "The row has changed since it was read",
  413: "The body is too large",
  415: "The body is not JSON",
  422: "The input is wrong: every problem at once, each with its path",
  429: "Too much at once, or no more of the quota is left; `Retry-After` says when to come back",
  503: "Something that is needed does not answer",
  "4XX": "The application says no for a reason of its own: `refused`, with its `details.hostCode`",
}

const WRITES: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"])

/** The statuses of problems that a route can answer. */
export function problemsOf(route: Route, shape: Shape): readonly number[] {
  const { method, operation, params, row, ways } = route
  const isCommand = operation.kind === "command"
  const isFound = isInside(route, shape) || Object.keys(params).length > 0 || route.path.endsWith("/lookup")
  return [
    400,
    ...(ways.length > 0 ? [401, 403, 409, 429] : []),
    ...(isCommand ? [402] : []),
    ...(isFound ? [404] : []),
    ...(isCommand && operation.name.startsWith("invitations.") ? [410] : []),
    ...(row !== null && method !== "GET" ? [412] : []),
    ...(method === "GET" ? [] : [413]),
    ...(WRITES.has(method) ? [415] : []),
    422,
    503,
  ]
}

const header = (name: string, description: string, schema: Node): Node => ({
  name,
  in: "header",
  description,
  required: false,
  schema,
})

const TEXT = { type: "string" }

const IF_MATCH = header("If-Match", "The `ETag` of the row as it was read: 412 when it has changed since", TEXT)
const IDEMPOTENCY_KEY = header(
  "Idempotency-Key",
  "The same key with the same body is answered as before, for 24 hours, without a second effect",
  { type: "string", minLength: 1, maxLength: 255 },
)

function queryParameter(name: string, schema: Shape[string]): Node {
  const { type } = taken(schema)._zod.def
  const style = type === "object" ? { style: "deepObject", explode: true } : {}
  return { name, in: "query", required: isRequired(schema), schema: fieldSchema(schema), ...style }
}

function parametersOf(route: Route, shape: Shape): readonly Node[] {
  const { method, params, ways } = route
  const path = Object.entries(params).map(([name, field]) => {
    const schema = shape[field]
    return { name, in: "path", required: true, schema: schema === undefined ? TEXT : fieldSchema(schema) }
  })
  const organization = isInside(route, shape) && ways.includes("session") ? shape["organizationId"] : undefined
  const query = WRITES.has(method) ? [] : Object.entries(givenFields(route, shape))
  return [
    ...path,
    ...(organization === undefined
      ? []
      : [
          header(
            ORGANIZATION_HEADER,
            "Which organization a session means; a key has its own",
            fieldSchema(organization),
          ),
        ]),
    ...query.map(([name, schema]) => queryParameter(name, schema)),
    ...(route.row !== null && method !== "GET" ? [IF_MATCH] : []),
    ...(method === "POST" ? [IDEMPOTENCY_KEY] : []),
  ]
}

/** What the operation answers by name, or lines. */
function contentOf({ answer }: Route): Node {
  if (answer === null) return { "application/jsonl": { schema: TEXT }, "text/csv": { schema: TEXT } }
  const name = Object.keys(answers).find((one) => answers[one] === answer)
  if (name === undefined) throw new Error("an answer without a name")
  return { "application/json": { schema: schemaRef(name) } }
}

function operationOf(route: Route, { settings, guards }: Shell): Node {
  const { method, path, operation, summary, ways, status, example } = route
  const shape = shapeOf(route, settings)
  const body = bodySchema(givenFields(route, shape))
  const content = { "application/json": { schema: body, ...(example !== null && { example }) } }
  const refusals = guards !== null && operation.kind === "command" ? ["4XX"] : []
  const problems = [...problemsOf(route, shape), ...refusals].map((one) => [
    one,
    { $ref: `#/components/responses/Problem${one}` },
  ])
  return {
    operationId: [method.toLowerCase(), ...(path.match(/\w+/g) ?? [])].join("_"),
    tags: [operation.name === "access" ? "organizations" : (operation.name.split(".")[0] ?? "")],
    summary,
    ...(operation.permission !== null && { description: `Needs \`${operation.permission}\`.` }),
    security: ways.map((way) => ({ [way]: [] })),
    parameters: parametersOf(route, shape),
    ...(WRITES.has(method) && { requestBody: { required: "required" in body, content } }),
    responses: {
      [status]: { description: "Done", content: contentOf(route) },
      ...Object.fromEntries(problems),
    },
  }
}

/** The document of every route below `prefix`, with this tenantry's own limits. */
export function openApi(
  tenantry: AnyTenantry,
  { prefix = "/api" }: Readonly<{ prefix?: string }> = {},
): OpenApiDocument {
  const shell = shellOf(tenantry)
  const paths: Record<string, Record<string, Node>> = {}
  for (const route of routes) {
    const path = prefix + route.path
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, shell) }
  }
  const problem = { "application/problem+json": { schema: schemaRef("Problem") } }
  const responses = Object.entries(PROBLEMS).map(([status, description]) => [
    `Problem${status}`,
    { description, content: problem },
  ])
  return {
    openapi: "3.1.0",
    info: {
      title: "Organizations",
      version: "1",
      description: "Organizations, their members, roles, invitations, keys, usage and activity.",
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: { ...answerSchemas(answers), Problem: problemSchema() },
      responses: Object.fromEntries(responses),
      securitySchemes: {
        session: { type: "apiKey", in: "cookie", name: "session", description: "The application's own sign-in" },
        key: { type: "http", scheme: "bearer", description: "An API key" },
      },
    },
  }
}
