/**
 * Gates for a host's own routes: whether a request's key, or its caller's permission, lets it through. Plain functions of
 * a web-standard request or of Node's own; `tenantry/hono`, `tenantry/express` and `tenantry/fastify` are made of them.
 *
 * @module
 */
import type { Verdict, VerifyRequest } from "../api-key/verdict-view.ts"
import { shellOf } from "../facade.ts"
import type { Actor } from "../kernel/actor.ts"
import { TenantryError } from "../kernel/error.ts"
import { inputIssue } from "../kernel/input.ts"
import type { Access, PolicyNames } from "../policy/policy.ts"
import {
  type AnyTenantry,
  type AnyVerdict,
  callerOf,
  type Granted,
  granted,
  type KeyOptions,
  presentedKey,
  requestOf,
  type Session,
} from "./caller.ts"
import { type Client, fromNode, fromRequest, type Incoming, type NodeRequest, requireOnce } from "./incoming.ts"
import { asRefusal, type HeaderFields, type Problem, problemHeaders } from "./problem.ts"

export type { Client, Incoming, NodeRequest } from "./incoming.ts"
export type { HeaderFields, Problem } from "./problem.ts"
export type { AnyTenantry, AnyVerdict, Granted, KeyOptions, Session }

/** A request that is let through no further, and what it is answered. */
export type Stopped = Readonly<{ ok: false; status: number; headers: HeaderFields; problem: Problem }>

/** A request whose key is good, and what its response says of the key's limits. */
export type KeyPassed<V extends AnyVerdict = Verdict> = Readonly<{
  ok: true
  verdict: Granted<V>
  headers: HeaderFields
}>

/** What is asked of keys. */
export type KeyGateOptions = KeyOptions &
  Pick<VerifyRequest, "permission" | "projectId" | "meter"> &
  Readonly<{
    /** What a request costs. Default is 1. */
    units?: number | ((request: Incoming) => number)
    /** The host's own id of a request: the same one counts once within 24 hours. Never what a client chose. */
    requestId?: (request: Incoming) => string
  }>

/** A request as its framework has it. */
export type AnyRequest = Request | NodeRequest

/** What a key's gate goes by. Whether others were repeated is for the host's own route to say: of some a list is fine. */
const READ = ["authorization"]

/** Verifies the key of each request, counts it, and answers the verdict. */
export function keyGate<V extends AnyVerdict>(tenantry: AnyTenantry<V>, options: KeyGateOptions = {}) {
  const { permission, projectId, meter, units, requestId, ...how } = options
  return async (request: AnyRequest, env?: unknown): Promise<KeyPassed<V> | Stopped> => {
    try {
      const incoming = incomingOf(request, env)
      requireOnce(incoming.headers, READ)
      const secret = presentedKey(tenantry, incoming, how.keyInQuery)
      if (secret === null) throw new TenantryError("unauthenticated", {})
      const wanted = {
        permission,
        projectId,
        meter,
        units: typeof units === "function" ? units(incoming) : units,
        requestId: requestId?.(incoming),
      }
      const { verdict, headers } = granted(
        tenantry,
        await tenantry.apiKeys.verify(secret, requestOf(incoming, how, wanted)),
      )
      return { ok: true, verdict, headers }
    } catch (error) {
      return stoppedBy(tenantry, error)
    }
  }
}

/** A request whose caller may do what the route is for. */
export type AccessPassed<N extends PolicyNames = PolicyNames> = Readonly<{
  ok: true
  actor: Actor
  organizationId: string
  /** The project that was asked at; null for the organization. */
  projectId: string | null
  access: Access<N>
  headers: HeaderFields
}>

/** Who is signed in, and which organization a request is about; `R` is the framework's own request. */
export type PermissionGateOptions<R> = KeyOptions &
  Readonly<{
    /** Must answer who is signed in, as the host's own session says, or null. */
    authenticate: (request: R, client: Client) => Session | null | Promise<Session | null>
    /** Must answer the id of the organization that a session's request is about, or null; the header `X-Organization` unless given. */
    organization?: (request: R, session: Session) => string | null | Promise<string | null>
    /** Must answer the id of the project that a request is about, or null; at the organization unless given. */
    project?: (request: R) => string | null
  }>

/** A tenantry whose permissions are those of `N`. */
export type Accessible<N extends PolicyNames> = AnyTenantry &
  Readonly<{ access: (actor: Actor, input: Place) => Promise<Access<N>> }>

/** Where a permission is asked. */
type Place = Readonly<{ organizationId: string; projectId?: string }>

/** Lets a request through whose caller, a session or a key, holds that permission; counts nothing but the rate limit. */
export function permissionGate<R extends AnyRequest, N extends PolicyNames>(
  tenantry: Accessible<N>,
  permission: N["permission"],
  options: PermissionGateOptions<R>,
) {
  return (request: R, env?: unknown): Promise<AccessPassed<N> | Stopped> =>
    accessFor(tenantry, permission, incomingOf(request, env), request, options)
}

/** The same for a request whose framework wraps it in one of its own. */
export async function accessFor<R, N extends PolicyNames>(
  tenantry: Accessible<N>,
  permission: N["permission"],
  incoming: Incoming,
  request: R,
  options: PermissionGateOptions<R>,
): Promise<AccessPassed<N> | Stopped> {
  try {
    const { actor, headers } = await callerOf(tenantry, incoming, options, (client) =>
      options.authenticate(request, client),
    )
    if (actor === null) throw new TenantryError("unauthenticated", {})
    const isKey = actor.type === "apiKey"
    const named = isKey || !options.organization ? incoming.headers.get("x-organization") : null
    const meant = isKey ? actor.organizationId : ((await options.organization?.(request, actor)) ?? null)
    const organizationId = named ?? meant
    if (organizationId === null) {
      throw new TenantryError("invalid_input", inputIssue(["X-Organization"], "required: which one"))
    }
    const projectId = options.project?.(request) ?? null
    const access = await tenantry.access(actor, { organizationId, ...(projectId !== null && { projectId }) })
    access.require(permission)
    return { ok: true, actor, organizationId, projectId, access, headers }
  } catch (error) {
    return stoppedBy(tenantry, error)
  }
}

/** The response that a stopped request gets. */
export const stoppedResponse = ({ status, headers, problem }: Stopped): Response =>
  new Response(JSON.stringify(problem), { status, headers })

const incomingOf = (request: AnyRequest, env: unknown): Incoming =>
  "rawHeaders" in request ? fromNode(request) : fromRequest(request, env)

/** What a request is answered that was refused. What is no refusal is a bug, and is thrown on. */
function stoppedBy(tenantry: AnyTenantry, error: unknown): Stopped {
  const refused = asRefusal(error, shellOf(tenantry).clock.now())
  if (refused === null) throw error
  return { ok: false, status: refused.problem.status, headers: problemHeaders(refused), problem: refused.problem }
}
