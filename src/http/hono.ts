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
    await next()
    add(context, passed.headers)
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
    await next()
    add(context, passed.headers)
  }
}

/** Adds fields to the response as it is; one that can take none, such as what `fetch` answered, is made anew. */
function add(context: Context, fields: HeaderFields): void {
  for (const [name, value] of Object.entries(fields)) {
    try {
      context.res.headers.set(name, value)
    } catch {
      context.header(name, value)
    }
  }
}
