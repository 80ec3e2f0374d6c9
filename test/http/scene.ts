/**
 * The REST surface over the two tenants of the generated suites, and requests to it.
 *
 * @module
 */

import { httpApi } from "../../src/http/http.ts"
import type { HttpOptions } from "../../src/http/options.ts"
import type { Actor, PlatformAdmin, User } from "../../src/index.ts"
import { type Options, type Tenants, tenants } from "../generated/tenants.ts"

/** What a test sends: `as` signs in, `key` is a secret, `organizationId` is the one that a session means. */
export type Sent = Readonly<{
  as?: Actor | null
  key?: string
  organizationId?: string
  headers?: Readonly<Record<string, string>>
  body?: unknown
  raw?: string | Uint8Array | ReadableStream
}>

/** A response, read. */
export type Got = Readonly<{ status: number; headers: Headers; text: string; json: unknown }>

/** A surface whose sessions are a header that names somebody who signed in before. */
export async function surface(options: Partial<HttpOptions> = {}, world: Options = {}) {
  const at = await tenants(world)
  return { at, ...overTenantry(at, options) }
}

export function overTenantry({ tenantry }: Pick<Tenants, "tenantry">, options: Partial<HttpOptions> = {}) {
  const sessions = new Map<string, User | PlatformAdmin>()
  const errors: unknown[] = []
  const api = httpApi(tenantry, {
    authenticate: (request) => sessions.get(request.headers.get("x-session") ?? "") ?? null,
    onError: (error) => void errors.push(error),
    ...options,
  })

  const headersOf = ({ as = null, key, organizationId, headers = {}, body }: Sent): Record<string, string> => {
    if (as?.type === "user" || as?.type === "platformAdmin") sessions.set(as.id, as)
    return {
      ...(as !== null && "id" in as && { "X-Session": as.id }),
      ...(key !== undefined && { Authorization: `Bearer ${key}` }),
      ...(organizationId !== undefined && { "X-Organization": organizationId }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...headers,
    }
  }

  async function send(method: string, path: string, sent: Sent = {}): Promise<Got> {
    const { body, raw = body === undefined ? undefined : JSON.stringify(body) } = sent
    const init = { method, headers: headersOf(sent), ...(raw !== undefined && { body: raw, duplex: "half" }) }
    const response = await api.request(`http://api.example${path}`, init as RequestInit)
    const text = await response.text()
    const isJson = /\bjson$/.test(response.headers.get("content-type") ?? "")
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== "" ? JSON.parse(text) : null,
    }
  }

  return { api, send, errors }
}
