/**
 * From a request to an operation's input: ids from the path, the organization from the session or key, the rest from
 * the query or the body.
 *
 * @module
 */
import * as z from "zod"
import { TenantryError } from "../kernel/error.ts"
import { inputIssue } from "../kernel/input.ts"
import type { Limits } from "../pipeline/settings.ts"
import { mostBytes, objectIn, readBytes, requireJson } from "./body.ts"
import { type Caller, KEY_PARAMETER } from "./caller.ts"
import type { Incoming } from "./incoming.ts"
import type { HttpOptions } from "./options.ts"
import type { Route } from "./route.ts"
import { fieldsFromJson, fieldsFromQuery, givenFields, type Shape } from "./wire.ts"

/** A request to a route, with what the route takes. */
export type Asked = Readonly<{
  route: Route
  shape: Shape
  request: Request
  incoming: Incoming
  params: Readonly<Record<string, string>>
  limits: Limits
  options: HttpOptions
}>

/** The header that names the organization of a session's request. */
export const ORGANIZATION_HEADER = "X-Organization"

/** The organization that a request is about: a key's own, or the one that the session's request names. */
export async function organizationOf(
  { incoming, options }: Asked,
  { actor }: Caller,
  asSession: () => Request,
): Promise<string> {
  const isKey = actor?.type === "apiKey"
  const named =
    actor !== null && !isKey && options.organization !== undefined
      ? await options.organization(asSession(), actor)
      : incoming.headers.get(ORGANIZATION_HEADER)
  const id = named ?? (isKey ? actor.organizationId : null)
  if (id === null) throw new TenantryError("invalid_input", inputIssue([ORGANIZATION_HEADER], "required: which one"))
  return id
}

/** An operation's input, and the text that it was read from. */
export type Read = Readonly<{ input: Readonly<Record<string, unknown>>; text: string }>

/** Reads the input that a request gives; `organizationId` is what it is about, where that is not in the path. */
export async function inputOf(asked: Asked, organizationId: string | undefined): Promise<Read> {
  const { route, shape } = asked
  const place = { ...idsIn(asked), ...(organizationId !== undefined && { organizationId }) }
  const given = givenFields(route, shape)
  const { fields, text } = await (WRITES.has(route.method) ? fromBody(asked, given) : fromQuery(asked, given))
  const unknown = Object.keys(fields).filter((name) => !Object.hasOwn(given, name))
  if (unknown.length > 0) {
    const issues = unknown.map((name) => ({ path: [name], message: "unknown key" }))
    throw new TenantryError("invalid_input", { issues })
  }
  return { input: { ...fields, ...place }, text }
}

const WRITES: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"])

/** The ids that the path holds. What can be no id is not there, and is looked up nowhere. */
function idsIn({ route, shape, params }: Asked): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(route.params).map(([param, field]) => {
      const schema = shape[field]
      if (schema === undefined || !z.safeParse(schema, params[param]).success) throw new TenantryError("not_found", {})
      return [field, params[param]]
    }),
  )
}

type Fields = Readonly<{ fields: Readonly<Record<string, unknown>>; text: string }>

function queryOf({ incoming, options }: Asked): URLSearchParams {
  const query = new URLSearchParams(incoming.url.search)
  if (options.keyInQuery) query.delete(KEY_PARAMETER)
  return query
}

async function fromBody(asked: Asked, given: Shape): Promise<Fields> {
  requireJson(asked.incoming.headers)
  const strays = Object.fromEntries([...queryOf(asked).keys()].map((name) => [`?${name}`, null]))
  const bytes = await readBytes(asked.request, mostBytes(asked.limits))
  const fields = fieldsFromJson(given, objectIn(bytes))
  return { fields: { ...fields, ...strays }, text: Buffer.from(bytes).toString("latin1") }
}

async function fromQuery(asked: Asked, given: Shape): Promise<Fields> {
  await readBytes(asked.request, 0)
  return { fields: fieldsFromQuery(given, queryOf(asked)), text: "" }
}
