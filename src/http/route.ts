/**
 * A route: one method of one path, and the operation that it is. Everything else about it follows from the operation.
 *
 * @module
 */
import type * as z from "zod"
import type { Operation } from "../pipeline/operation.ts"

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

/** How a caller may come. */
export type Way = "session" | "key"

type AnyOperation = Operation<never, unknown>

/** One row of the table. */
export type Route = Readonly<{
  method: Method
  /** Below the prefix, with its parameters in braces. */
  path: string
  operation: AnyOperation
  summary: string
  /** Which field of the input each parameter of the path is. */
  params: Readonly<Record<string, string>>
  /** Fields of the input that only the host's own code may say. */
  without: readonly string[]
  /** The ways in; none where nobody need be signed in. */
  ways: readonly Way[]
  status: 200 | 201
  /** Null for a stream of lines. */
  answer: z.ZodType | null
  /** What is answered, made of what the operation answers. */
  show: (value: never) => unknown
  /** The field of the input whose row `If-Match` is about; null where there is no such row. */
  row: string | null
  /** Where the answer holds a secret, which is shown once: what the secret is of. */
  secretOf: ((answer: never) => string) | null
  /** A body as one might send it. */
  example: Readonly<Record<string, unknown>> | null
}>

type Given<O, A> = Readonly<{
  summary: string
  params?: Readonly<Record<string, string>>
  without?: readonly string[]
  ways?: readonly Way[]
  status?: 201
  row?: string
  example?: Readonly<Record<string, unknown>>
  answer: A
  secretOf?: (answer: A extends z.ZodType ? z.output<A> : never) => string
}> &
  Shown<O, A>

/** What the operation answers must fit the answer's schema, as it is or as `show` makes it. */
type Shown<O, A> = A extends z.ZodType
  ? O extends z.input<A>
    ? Readonly<{ show?: (value: O) => z.input<A> }>
    : Readonly<{ show: (value: O) => z.input<A> }>
  : Readonly<{ show?: never }>

/** A row of the table: `GET /organizations/me` and its operation. */
export function route<In, O, A extends z.ZodType | null>(
  endpoint: `${Method} /${string}`,
  operation: Operation<In, O>,
  given: Given<O, A>,
): Route {
  const { summary, params = {}, without = [], status = 200, row = null, example = null, secretOf = null } = given
  const [method, path] = endpoint.split(" ") as [Method, string]
  const show = given.show ?? ((value: O) => value)
  const ways = given.ways ?? (isOwn(path) ? ["session"] : waysOf(operation))
  const { answer } = given
  return { method, path, operation, summary, params, without, ways, status, answer, show, row, secretOf, example }
}

const waysOf = ({ actors }: Pick<AnyOperation, "actors">): readonly Way[] => [
  ...(actors.includes("user") || actors.includes("platformAdmin") ? (["session"] as const) : []),
  ...(actors.includes("apiKey") ? (["key"] as const) : []),
]

/** Whether it is about the caller's own account, outside any organization. */
export const isOwn = (path: string): boolean => path.startsWith("/account/")
