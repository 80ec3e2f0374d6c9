/**
 * One request to one route: who asks, for what, and what is answered.
 *
 * ```
 *   caller ─► path ─► organization ─► query or body ─► operation ─► answer
 * ```
 *
 * @module
 */
import { shellOf } from "../facade.ts"
import { TenantryError } from "../kernel/error.ts"
import type { Expected } from "../pipeline/expected.ts"
import { type AnyTenantry, bearerKey, type Caller, callerOf, KEY_PARAMETER } from "./caller.ts"
import { type Answered, once } from "./idempotency.ts"
import { fromRequest, type Incoming } from "./incoming.ts"
import { type Asked, inputOf, organizationOf, type Read } from "./input.ts"
import type { HttpOptions, Surface } from "./options.ts"
import { asRefusal, type HeaderFields, problemResponse, Refusal, refusal, SECURE } from "./problem.ts"
import type { Route } from "./route.ts"
import { streamed } from "./stream.ts"
import { isInside, isRecord } from "./wire.ts"

/** Answers a request to a route; every refusal is a problem document. */
export async function respond(
  surface: Surface,
  route: Route,
  request: Request,
  env: unknown,
  params: Readonly<Record<string, string>>,
): Promise<Response> {
  let headers: HeaderFields = {}
  try {
    const incoming = fromRequest(request, env)
    const caller = route.ways.length === 0 ? NOBODY : await signedIn(surface, request, incoming)
    headers = caller.headers
    const { tenantry, options } = surface
    const { limits } = shellOf(tenantry).settings
    const asked = { route, shape: surface.shapeOf(route), request, incoming, params, limits, options }
    return await answer(surface, asked, caller)
  } catch (error) {
    return refusedBy(surface, error, headers)
  }
}

const NOBODY: Caller = { actor: null, headers: {} }

/** The response that an error is; what is no refusal is told to the host, and to nobody else. */
export function refusedBy({ tenantry, options }: Surface, error: unknown, headers: HeaderFields = {}): Response {
  const refused = asRefusal(error, shellOf(tenantry).clock.now())
  if (refused === null) options.onError?.(error)
  const { problem, headers: own } = refused ?? refusal("internal_error", "something went wrong here")
  return problemResponse(new Refusal(problem, { ...headers, ...own }))
}

/** Who sends the request; nobody is `unauthenticated`. */
async function signedIn({ tenantry, options }: Surface, request: Request, incoming: Incoming): Promise<Caller> {
  const caller = await callerOf(tenantry, incoming, options, (client) =>
    options.authenticate(bare(tenantry, request, incoming, options), client),
  )
  if (caller.actor === null) throw new TenantryError("unauthenticated", {})
  return caller
}

/** The request as the host sees it: its body is ours to read, and a key is no session's business. */
function bare(tenantry: AnyTenantry, { method }: Request, incoming: Incoming, { keyInQuery }: HttpOptions): Request {
  const url = new URL(incoming.url)
  if (keyInQuery) url.searchParams.delete(KEY_PARAMETER)
  const headers = new Headers(incoming.headers)
  if (bearerKey(tenantry, headers) !== null) headers.delete("authorization")
  return new Request(url, { method, headers })
}

async function answer(surface: Surface, asked: Asked, caller: Caller): Promise<Response> {
  const { route, shape, request, incoming, options } = asked
  const shell = shellOf(surface.tenantry)
  const session = () => bare(surface.tenantry, request, incoming, options)
  const inside = isInside(route, shape) ? await organizationOf(asked, caller, session) : undefined
  const read = await inputOf(asked, inside)
  const expected = expectedBy(asked, read)
  const within = expected === null ? shell : { ...shell, expected }
  shell.guards?.requireOutside()
  const run = () => route.operation.run(within, caller.actor, read.input as never)
  if (route.answer === null) return streamed(await run(), read.input, caller.headers)

  const work = async () => answered(route, await run())
  const key = route.method === "POST" ? incoming.headers.get("idempotency-key") : null
  const sender = caller.actor
  const isOnce = key !== null && sender !== null
  const sent = [route.method, incoming.url.pathname, inside ?? "", incoming.headers.get("if-match") ?? "", read.text]
  const asking = isOnce && { sender, key, request: sent, at: shell.clock.now() }
  const { status, headers, body } = await (asking ? once(surface.idempotency, asking, work) : work())
  return new Response(body, { status, headers: { ...SECURE, ...caller.headers, ...headers } })
}

/** The row that `If-Match` is about, and the revision it must have; null where the request does not say. */
function expectedBy({ route, incoming }: Asked, { input }: Read): Expected | null {
  const match = incoming.headers.get("if-match")
  if (match === null || match === "*" || route.method === "GET") return null
  const id = route.row === null ? null : input[route.row]
  if (typeof id !== "string") throw refusal("bad_request", "there is no row here that `If-Match` could be about")
  const revision = /^"(\d{1,15})"$/.exec(match)?.[1]
  if (revision === undefined) throw new TenantryError("precondition_failed", {})
  return { id, revision: Number(revision) }
}

/** The answer by its schema: what that does not name does not leave. */
function answered({ answer, show, secretOf, status }: Route, value: unknown): Answered {
  const shown = answer?.parse(show(value as never))
  const revision = isRecord(shown) ? shown["revision"] : null
  const tag = typeof revision === "number" && { ETag: `"${revision}"` }
  return {
    status,
    headers: { "Content-Type": "application/json", ...tag },
    body: JSON.stringify(shown),
    secretOf: secretOf === null ? null : secretOf(shown as never),
  }
}
