/**
 * Reading a request's body: JSON that says it is JSON, and no more of it than there may be.
 *
 * @module
 */
import { TenantryError } from "../kernel/error.ts"
import { inputIssue } from "../kernel/input.ts"
import type { Limits } from "../pipeline/settings.ts"
import { refusal } from "./problem.ts"
import { isRecord } from "./wire.ts"

/** The most bytes that a body may have: room for the largest input under these limits. */
export const mostBytes = ({ metadataBytes, bulk }: Limits): number => 300_000 + 2 * metadataBytes + 1000 * bulk

const JSON_TYPE = /^application\/json *(?:; *charset="?utf-8"? *)?$/i

const PLAIN = /^(?:identity)?$/i

/**
 * Refuses a write that does not say that it is JSON, also one without a body: what a page elsewhere can make a browser
 * send without asking first never says so.
 */
export function requireJson(headers: Headers): void {
  if (!JSON_TYPE.test(headers.get("content-type") ?? "")) {
    throw refusal("unsupported_media_type", "expected `Content-Type: application/json`", { Accept: "application/json" })
  }
  // Nothing is unpacked here, and what a proxy would unpack must not be read as it is packed.
  if (!PLAIN.test(headers.get("content-encoding") ?? "")) {
    throw refusal("unsupported_media_type", "expected a body that is not compressed", { "Accept-Encoding": "identity" })
  }
}

const tooLarge = (most: number) => refusal("content_too_large", `expected at most ${most} bytes`)

/** The body's bytes, counted as they come, whatever the request says of their number. */
export async function readBytes(request: Request, most: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge(most)
  const reader = request.body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (; reader !== undefined; ) {
    const { done, value } = await reader.read().catch(() => {
      throw refusal("bad_request", "the body ended early")
    })
    if (done) break
    length += value.byteLength
    if (length > most) {
      void reader.cancel().catch(() => undefined)
      throw tooLarge(most)
    }
    chunks.push(value)
  }
  return Buffer.concat(chunks)
}

/** The object that the bytes are; none is an empty one. */
export function objectIn(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.byteLength === 0) return {}
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  } catch {
    throw refusal("bad_request", "expected a body of JSON in UTF-8")
  }
  if (isRecord(value)) return value
  throw new TenantryError("invalid_input", inputIssue([], "expected an object"))
}
