/**
 * Gates as Express middleware: `response.locals.verdict` and `response.locals.access` hold what they found.
 *
 * @module
 */
import type { Access, PolicyNames } from "../policy/policy.ts"
import {
  type Accessible,
  type AnyTenantry,
  type AnyVerdict,
  accessFor,
  type Granted,
  type HeaderFields,
  type KeyGateOptions,
  keyGate,
  type PermissionGateOptions,
  type Stopped,
} from "./gate.ts"
import { fromNode, type NodeRequest } from "./incoming.ts"

/** Of Express's request, as much as is read: its `url` is cut where a router is mounted. */
export type ExpressRequest = NodeRequest & Readonly<{ originalUrl: string }>

/** Of Express's response, as much as is written; `Found` is what the gate found. */
export type ExpressResponse<Found = object> = {
  statusCode: number
  readonly locals: Found
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

type Handler<R, Found> = (request: R, response: ExpressResponse<Found>, next: () => void) => Promise<void>

/** The request as it came, wherever its router is mounted. */
const whole = ({ method, originalUrl: url, rawHeaders, socket }: ExpressRequest): NodeRequest => ({
  method,
  url,
  rawHeaders,
  socket,
})

/** Lets requests with a good key through, counted; the rest is answered here. */
export function requireKey<V extends AnyVerdict>(
  tenantry: AnyTenantry<V>,
  options: KeyGateOptions = {},
): Handler<ExpressRequest, { verdict: Granted<V> }> {
  const gate = keyGate(tenantry, options)
  return async (request, response, next) => {
    const passed = await gate(whole(request))
    if (!passed.ok) return stop(response, passed)
    response.locals.verdict = passed.verdict
    set(response, passed.headers)
    next()
  }
}

/** Lets requests through whose caller holds that permission; the rest is answered here. */
export function requirePermission<N extends PolicyNames, R extends ExpressRequest>(
  tenantry: Accessible<N>,
  permission: N["permission"],
  options: PermissionGateOptions<R>,
): Handler<R, { access?: Access<N> }> {
  return async (request, response, next) => {
    const passed = await accessFor(tenantry, permission, fromNode(whole(request)), request, options)
    if (!passed.ok) return stop(response, passed)
    response.locals.access = passed.access
    set(response, passed.headers)
    next()
  }
}

function set(response: ExpressResponse, headers: HeaderFields): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}

function stop(response: ExpressResponse, { status, headers, problem }: Stopped): void {
  response.statusCode = status
  set(response, headers)
  response.end(JSON.stringify(problem))
}
