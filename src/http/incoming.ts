/**
 * What a request says of itself, whichever framework it came through: read once, and nothing in it repaired.
 *
 * @module
 */
import { readAddress } from "../restriction/ip.ts"
import { refusal } from "./problem.ts"

/** A request as keys are judged by it. `remoteAddress` is the connection's other end, never a header's word. */
export type Incoming = Readonly<{
  method: string
  url: URL
  /** As it came: what is compared with rules is never repaired. */
  path: string
  headers: Headers
  remoteAddress: string | null
}>

/** Where a request comes from. */
export type Client = Readonly<{ ip: string | null; userAgent: string | null; requestId: string | null }>

/** Headers that can be said once; said twice, they arrive as one with a comma in it. */
const ONCE = [
  "authorization",
  "content-type",
  "content-length",
  "host",
  "idempotency-key",
  "x-organization",
  "if-match",
]

/** Refuses those of the headers that were repeated, so that no two servers can go by different ones. */
export function requireOnce(headers: Headers, names: readonly string[] = ONCE): void {
  const repeated = names.find((name) => headers.get(name)?.includes(","))
  if (repeated !== undefined) throw refusal("bad_request", `the header \`${repeated}\` can be given once`)
}

/**
 * The client's address: behind `trustedProxies` proxies of the host's own, each of which adds whom it heard to
 * `X-Forwarded-For`, the one that the outermost heard; without any, the connection's other end. Null when a proxy that
 * should have added an address did not.
 */
export function addressOf({ headers, remoteAddress }: Incoming, trustedProxies: number): string | null {
  if (trustedProxies === 0) return remoteAddress
  const heard = headers.get("x-forwarded-for")?.split(",") ?? []
  const address = heard.at(-trustedProxies)?.trim() ?? ""
  return readAddress(address) === null ? null : address
}

/** Where a request comes from, for activity and for rules on addresses. */
export function clientOf(incoming: Incoming, trustedProxies: number): Client {
  const { headers } = incoming
  const requestId = headers.get("x-request-id")
  return {
    ip: addressOf(incoming, trustedProxies),
    userAgent: headers.get("user-agent"),
    requestId: requestId !== null && /^[\x21-\x7e]{1,200}$/.test(requestId) ? requestId : null,
  }
}

/** The same of a web-standard request; a Node server's adapter says in `env` which connection it came by. */
export function fromRequest(request: Request, env: unknown): Incoming {
  const { incoming } = (env ?? {}) as Readonly<{ incoming?: NodeRequest }>
  const remoteAddress = incoming?.socket?.remoteAddress ?? null
  const { method, url, headers } = request
  return new WebIncoming({ method, target: url, path: pathIn(url), headers, remoteAddress })
}

/** Reads its URL when somebody looks at it: few gates do, and to read it costs them more than any other of their steps. */
class WebIncoming implements Incoming {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly remoteAddress: string | null
  readonly #target: string
  #url: URL | undefined

  constructor({ method, target, path, headers, remoteAddress }: Omit<Incoming, "url"> & Readonly<{ target: string }>) {
    this.method = method
    this.path = path
    this.headers = headers
    this.remoteAddress = remoteAddress
    this.#target = target
  }

  get url(): URL {
    this.#url ??= new URL(this.#target)
    return this.#url
  }
}

/** The path of a URL or of a request's target, with nothing in it resolved. */
const pathIn = (target: string): string =>
  target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "") || "/"

/** Of Node's own request, as much as is read. */
export type NodeRequest = Readonly<{
  method?: string | undefined
  url?: string | undefined
  rawHeaders: readonly string[]
  socket?: Readonly<{ remoteAddress?: string | undefined }> | undefined
}>

/** The same of Node's own request, before anything else has merged or dropped its headers. */
export function fromNode({ method = "GET", url = "/", rawHeaders, socket }: NodeRequest): Incoming {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] as string, rawHeaders[at + 1] as string)
  }
  const target = url.startsWith("/") ? `http://localhost${url}` : url
  if (!URL.canParse(target)) throw refusal("bad_request", "expected a path")
  const remoteAddress = socket?.remoteAddress ?? null
  return { method, url: new URL(target), path: pathIn(target), headers, remoteAddress }
}
