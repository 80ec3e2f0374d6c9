/**
 * Who sends a request: a key by its secret, or a session by the host's word. Never both.
 *
 * @module
 */
import type { KeyRateLimit, RefusedVerdict, Verdict, VerifyRequest } from "../api-key/verdict-view.ts"
import { shellOf } from "../facade.ts"
import { type ApiKeyActor, type PlatformAdmin, requireActor, type User } from "../kernel/actor.ts"
import { rateLimitHeaders } from "../rate-limit/headers.ts"
import { addressOf, type Client, clientOf, type Incoming, requireOnce } from "./incoming.ts"
import { fromVerdict, type HeaderFields, refusal } from "./problem.ts"

/** A verdict as far as it matters here: not what metadata its key has. */
export type AnyVerdict = Pick<Granted, "ok" | "actor" | "rateLimit"> | RefusedVerdict

/** What `createTenantry` answers, whichever policy it follows and whatever its metadata; `V` is what it says of keys. */
export type AnyTenantry<V extends AnyVerdict = AnyVerdict> = Readonly<{
  apiKeys: Readonly<{ verify: (secret: string, request?: VerifyRequest) => Promise<V> }>
}>

/** The verdict of a key that is let through. */
export type Granted<V = Verdict> = Extract<V, { ok: true }>

/** Whom the host's own sign-in knows. */
export type Session = User | PlatformAdmin

/** How keys are presented, and where a request comes from. */
export type KeyOptions = Readonly<{
  /** Takes a key as the query parameter `key` too: such URLs stand in logs. Default is `false`. */
  keyInQuery?: boolean
  /** How many proxies of the host's own stand in front, each adding to `X-Forwarded-For`. Default is 0: none is believed. */
  trustedProxies?: number
  /** Which of the declared APIs the requests count as, for rules on addresses that name one. */
  api?: string
}>

/** The query parameter that a key comes as. */
export const KEY_PARAMETER = "key"

const BEARER = /^bearer +(\S+) *$/i

/** The key that comes as a bearer token, or null; any other token is the host's own affair. */
export function bearerKey(tenantry: AnyTenantry, headers: Headers): string | null {
  const bearer = BEARER.exec(headers.get("authorization") ?? "")?.[1]
  return bearer?.startsWith(`${shellOf(tenantry).settings.apiKeys.prefix}_`) ? bearer : null
}

/** The secret that a request presents, or null. */
export function presentedKey(tenantry: AnyTenantry, incoming: Incoming, inQuery = false): string | null {
  const bearer = bearerKey(tenantry, incoming.headers)
  if (!inQuery) return bearer
  const given = [bearer ?? [], incoming.url.searchParams.getAll(KEY_PARAMETER)].flat()
  if (given.length > 1) throw refusal("bad_request", "a key can be given once")
  return given[0] ?? null
}

type Wanted = Pick<VerifyRequest, "permission" | "units" | "meter" | "projectId" | "requestId">

/** What a key is asked for a request. */
export function requestOf(
  incoming: Incoming,
  { trustedProxies = 0, api }: KeyOptions,
  { permission, units, meter, projectId, requestId }: Wanted,
): VerifyRequest {
  const { method, path, headers } = incoming
  const ip = addressOf(incoming, trustedProxies) ?? undefined
  const userAgent = headers.get("user-agent") ?? undefined
  return { permission, units, meter, projectId, requestId, method, path, api, ip, userAgent }
}

/** The verdict of a key that is let through, and what the response says of its limit; any other is refused. */
export function granted<V extends AnyVerdict>(
  tenantry: AnyTenantry<V>,
  verdict: V,
): Readonly<{ verdict: Granted<V>; headers: HeaderFields }> {
  const at = shellOf(tenantry).clock.now()
  if (!verdict.ok) throw fromVerdict(verdict, at)
  return { verdict: verdict as Granted<V>, headers: limitHeaders(verdict.rateLimit, at) }
}

const limitHeaders = (limit: KeyRateLimit | null, at: Date): HeaderFields =>
  limit === null ? NO_LIMIT : { ...rateLimitHeaders(limit, limit.windowSeconds, at) }

const NO_LIMIT: HeaderFields = {}

/** Whoever sends a request, and what the response says of their limits. */
export type Caller = Readonly<{ actor: Session | ApiKeyActor | null; headers: HeaderFields }>

/** Finds out who sends a request: `session` asks the host, and is asked beside a key too, since both at once are none. */
export async function callerOf(
  tenantry: AnyTenantry,
  incoming: Incoming,
  options: KeyOptions,
  session: (client: Client) => Session | null | Promise<Session | null>,
): Promise<Caller> {
  requireOnce(incoming.headers)
  const secret = presentedKey(tenantry, incoming, options.keyInQuery)
  const client = clientOf(incoming, options.trustedProxies ?? 0)
  const signedIn = await session(client)
  if (secret === null) return { actor: signedIn && sessionOf(signedIn), headers: {} }
  if (signedIn !== null) throw refusal("bad_request", "a key and a session cannot come at once")
  const wanted = { permission: null, meter: "rateLimit", requestId: client.requestId ?? undefined } as const
  const verdict = await tenantry.apiKeys.verify(secret, requestOf(incoming, options, wanted))
  const { verdict: good, headers } = granted(tenantry, verdict)
  return { actor: good.actor, headers }
}

/** Only people have sessions: the host's own code and keys are let in by no sign-in. */
function sessionOf(given: Session): Session | null {
  const actor = requireActor(given)
  return actor.type === "user" || actor.type === "platformAdmin" ? actor : null
}
