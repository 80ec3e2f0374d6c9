/**
 * Gates as Fastify hooks, for `onRequest` or `preHandler`: the request's `verdict` and `access` hold what they found.
 *
 * @module
 */
import type { Verdict } from "../api-key/verdict-view.ts"
import type { Access, PolicyNames } from "../policy/policy.ts"
import {
  type Accessible,
  type AnyTenantry,
  type AnyVerdict,
  accessFor,
  type Granted,
  type KeyGateOptions,
  keyGate,
  type PermissionGateOptions,
  type Stopped,
} from "./gate.ts"
import { fromNode, type NodeRequest } from "./incoming.ts"

/** Of Fastify's request, as much as is read. */
export type FastifyRequest = Readonly<{ raw: NodeRequest }>

/** Of Fastify's reply, as much as is written. */
export type FastifyReply = {
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  send(body: string): unknown
}

/** A request that a key's gate let through. */
export type WithVerdict<V = Verdict> = Readonly<{ verdict: Granted<V> }>
/** A request that a permission's gate let through. */
export type WithAccess<N extends PolicyNames = PolicyNames> = Readonly<{ access: Access<N> }>

type Hook<R> = (request: R, reply: FastifyReply) => Promise<void>

/** Lets requests with a good key through, counted; the rest is answered here. */
export function requireKey<V extends AnyVerdict>(
  tenantry: AnyTenantry<V>,
  options: KeyGateOptions = {},
): Hook<FastifyRequest> {
  const gate = keyGate(tenantry, options)
  return async (request, reply) => {
    const passed = await gate(request.raw)
    if (!passed.ok) return stop(reply, passed)
    Object.assign(request, { verdict: passed.verdict })
    reply.headers({ ...passed.headers })
  }
}

/** Lets requests through whose caller holds that permission; the rest is answered here. */
export function requirePermission<N extends PolicyNames, R extends FastifyRequest>(
  tenantry: Accessible<N>,
  permission: N["permission"],
  options: PermissionGateOptions<R>,
): Hook<R> {
  return async (request, reply) => {
    const passed = await accessFor(tenantry, permission, fromNode(request.raw), request, options)
    if (!passed.ok) return stop(reply, passed)
    Object.assign(request, { access: passed.access })
    reply.headers({ ...passed.headers })
  }
}

function stop(reply: FastifyReply, { status, headers, problem }: Stopped): void {
  reply.code(status)
  reply.headers({ ...headers })
  reply.send(JSON.stringify(problem))
}
