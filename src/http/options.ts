/**
 * What a host says of its sessions, and what it wants of the REST surface.
 *
 * @module
 */
import type { IdempotencyStore } from "../store/idempotency.ts"
import type { AnyTenantry, KeyOptions, Session } from "./caller.ts"
import type { Client } from "./incoming.ts"
import type { Route } from "./route.ts"
import type { Shape } from "./wire.ts"

export type HttpOptions = KeyOptions &
  Readonly<{
    /**
     * Must answer who is signed in, as the host's own session says, or null. The request that it sees has no body and no
     * key; `client` is where it comes from, for `user({ …, ip })`.
     */
    authenticate: (request: Request, client: Client) => Session | null | Promise<Session | null>
    /** Must answer the id of the organization that a session's request is about, or null; the header `X-Organization` unless given. */
    organization?: (request: Request, session: Session) => string | null | Promise<string | null>
    /** What every path begins with. Default is `/api`. */
    prefix?: `/${string}` | ""
    /** Pages elsewhere that may call: none unless given. With `credentials` a browser sends them its cookies too. */
    cors?: Readonly<{ origins: readonly string[]; credentials?: boolean }>
    /** Where requests with an `Idempotency-Key` are kept: in this process unless given. */
    idempotency?: IdempotencyStore
    /** Is told of what no request should bring about, which is answered as `internal_error`. */
    onError?: (error: unknown) => void
  }>

/** What every route of one surface has in common. */
export type Surface = Readonly<{
  tenantry: AnyTenantry
  options: HttpOptions
  idempotency: IdempotencyStore
  /** Which fields each route takes. */
  shapeOf: (route: Route) => Shape
}>
