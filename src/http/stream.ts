/**
 * Answers that are read while they are sent.
 *
 * @module
 */
import { type HeaderFields, SECURE } from "./problem.ts"

const TYPES: HeaderFields = { csv: "text/csv; charset=utf-8; header=present", jsonl: "application/jsonl" }

const isStream = (value: unknown): value is AsyncIterable<string> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value

/** Lines as they are read, no faster than they are taken. */
export function streamed(
  value: unknown,
  { format }: Readonly<Record<string, unknown>>,
  headers: HeaderFields,
): Response {
  if (!isStream(value)) throw new Error("a route without a schema answers a stream")
  const lines = value[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await lines.next()
      if (next.done) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
    async cancel() {
      await lines.return?.()
    },
  })
  const type = TYPES[String(format)] ?? "text/plain; charset=utf-8"
  return new Response(body, { headers: { ...SECURE, ...headers, "Content-Type": type } })
}
