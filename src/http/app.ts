/**
 * The REST surface as a Hono app: a web-standard `fetch` handler that any server can mount.
 *
 * @module
 */
import { type Context, Hono } from "hono"
import { cors } from "hono/cors"
import { shellOf } from "../facade.ts"
import { TenantryError } from "../kernel/error.ts"
import type { AnyTenantry } from "./caller.ts"
import { memoryIdempotency } from "./memory-idempotency.ts"
import type { HttpOptions, Surface } from "./options.ts"
import { refusal, SECURE } from "./problem.ts"
import { refusedBy, respond } from "./respond.ts"
import type { Route } from "./route.ts"
import { routes } from "./routes.ts"
import { type Shape, shapeOf } from "./wire.ts"

/** What the surface answers with its own document. */
const DOCUMENT = "/openapi.json"

/** Routes by their paths, those with a fixed part before those with a parameter in its place. */
export function byPath(table: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  const paths = new Map<string, Route[]>()
  for (const route of table) paths.set(route.path, [...(paths.get(route.path) ?? []), route])
  const rank = (path: string) => path.replaceAll(/\{[^}]+\}/g, "~")
  return new Map([...paths].sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1)))
}

const inHono = (path: string): string => path.replaceAll(/\{([^}]+)\}/g, ":$1")

/**
 * Every route, as one handler: `serve({ fetch: httpApi(tenantry, { authenticate }).fetch })`. Sessions are the host's, by
 * `authenticate`; keys come as `Authorization: Bearer`.
 */
export function httpApi(tenantry: AnyTenantry, options: HttpOptions): Hono {
  const { prefix = "/api", cors: elsewhere } = options
  const surface: Surface = {
    tenantry,
    options,
    idempotency: options.idempotency ?? memoryIdempotency(),
    shapeOf: remembered((route) => shapeOf(route, shellOf(tenantry).settings)),
  }
  const app = new Hono()
  const at = (path: string, methods: readonly string[], answer: (context: Context) => Promise<Response>) => {
    if (elsewhere !== undefined) app.use(path, corsOf(elsewhere, methods))
    app.all(path, async (context) => (await aside(surface, context, methods)) ?? answer(context))
  }
  for (const [path, table] of byPath(routes)) {
    const methods = table.map(({ method }) => method)
    at(prefix + inHono(path), methods, (context) => {
      const { method } = context.req.raw
      const route = table.find((one) => one.method === (method === "HEAD" ? "GET" : method))
      if (route === undefined) throw new Error("other methods are answered aside")
      return respond(surface, route, context.req.raw, context.env, context.req.param())
    })
  }
  at(prefix + DOCUMENT, ["GET"], async () => {
    const { openApi } = await import("./openapi.ts")
    return Response.json(openApi(tenantry, { prefix }), { headers: SECURE })
  })
  const nowhere = () => refusedBy(surface, new TenantryError("not_found", {}))
  for (const folder of FOLDERS) app.all(`${prefix}/${folder}/*`, nowhere)
  return app.notFound(nowhere).onError((error) => refusedBy(surface, error))
}

/** What stands below the prefix: an unknown path in it is answered here, any other is left to the host. */
const FOLDERS: ReadonlySet<string> = new Set(routes.map(({ path }) => path.split("/")[1] ?? ""))

/** The answer where no route is asked: which methods there are, or that this is none; paths that could be read in two ways. */
async function aside(surface: Surface, { req }: Context, methods: readonly string[]): Promise<Response | null> {
  // Nothing that stands in a path here needs an escape, and an escape could be undone once too often.
  if (new URL(req.url).pathname.includes("%")) return refusedBy(surface, new TenantryError("not_found", {}))
  const allowed = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"]
  const { method } = req.raw
  if (method === "OPTIONS")
    return new Response(null, { status: 204, headers: { ...SECURE, Allow: allowed.join(", ") } })
  if (allowed.includes(method)) return null
  const detail = `expected one of ${allowed.join(", ")}`
  return refusedBy(surface, refusal("method_not_allowed", detail, { Allow: allowed.join(", ") }))
}

const corsOf = ({ origins, credentials = false }: NonNullable<HttpOptions["cors"]>, methods: readonly string[]) =>
  cors({
    origin: [...origins],
    credentials,
    allowMethods: [...methods],
    allowHeaders: ["Authorization", "Content-Type", "X-Organization", "If-Match", "Idempotency-Key"],
    exposeHeaders: ["ETag", "RateLimit", "RateLimit-Policy", "Retry-After"],
  })

function remembered(make: (route: Route) => Shape): (route: Route) => Shape {
  const made = new Map<Route, Shape>()
  return (route) => {
    const shape = made.get(route) ?? make(route)
    made.set(route, shape)
    return shape
  }
}
