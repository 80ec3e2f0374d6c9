/**
 * Gates as Hono middleware: `context.var.verdict` and `context.var.access` hold what they found.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from "hono"
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
  stoppedResponse,
} from "./gate.ts"
import { fromRequest } from "./incoming.ts"

/** Lets requests with a good key through, counted; the rest is answered here. */
export function requireKey<V extends AnyVerdict>(
  tenantry: AnyTenantry<V>,
  options: KeyGateOptions = {},
): MiddlewareHandler<{ Variables: { verdict: Granted<V> } }> {
  const gate = keyGate(tenantry, options)
  return async (context, next) => {
    const passed = await gate(context.req.raw, context.env)
    if (!passed.ok) return stoppedResponse(passed)
    context.set("verdict", passed.verdict)
    tell(context, passed.headers)
    await next()
    complete(context, passed.headers)
  }
}

/** Lets requests through whose caller holds that permission; the rest is answered here. */
export function requirePermission<N extends PolicyNames>(
  tenantry: Accessible<N>,
  permission: N["permission"],
  options: PermissionGateOptions<Context>,
): MiddlewareHandler<{ Variables: { access: Access<N> } }> {
  return async (context, next) => {
    const incoming = fromRequest(context.req.raw, context.env)
    const passed = await accessFor(tenantry, permission, incoming, context as Context, options)
    if (!passed.ok) return stoppedResponse(passed)
    context.set("access", passed.access)
    tell(context, passed.headers)
    await next()
    complete(context, passed.headers)
  }
}

/** What a handler answers through its context begins with these fields: to add them afterwards costs more. */
function tell(context: Context, fields: HeaderFields): void {
  for (const name in fields) context.header(name, fields[name])
}

/** Adds the fields to a response of the handler's own; one that can take none, as what `fetch` answered, is made anew. */
function complete(context: Context, fields: HeaderFields): void {
  for (const name in fields) {
    const value = fields[name] ?? ""
    // Either all were told in time, or none.
    if (context.res.headers.get(name) === value) return
    try {
      context.res.headers.set(name, value)
    } catch {
      context.header(name, value)
    }
  }
}
