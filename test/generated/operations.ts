/**
 * Every operation there is, called by its name.
 *
 * @module
 */
import type * as z from "zod"
import { type AnyTenantryError, attempt, type Tenantry } from "../../src/index.ts"
import { recordFailedDelivery } from "../../src/invitation/commands.ts"
import type { Operation } from "../../src/pipeline/operation.ts"
import { SettingsSchema } from "../../src/pipeline/settings.ts"
import { access, registry } from "../../src/registry.ts"

/** An operation, and whether it takes no actor. */
export type AnyOperation = Operation<never, unknown> & Readonly<{ open?: true }>

/** Every operation by its place in the facade. */
export const operations: ReadonlyMap<string, AnyOperation> = new Map<string, AnyOperation>([
  ...Object.entries(registry).flatMap(([namespace, inside]) =>
    Object.entries<AnyOperation>(inside).map(([name, operation]) => [`${namespace}.${name}`, operation] as const),
  ),
  ["access", access],
])

/** The one command that only the outbox gives: no part of the facade, but its fact is one of the list. */
export const byTheOutbox = recordFailedDelivery

/** The permissions that some operation asks for. */
export const PERMISSIONS: readonly string[] = [
  ...new Set(["members.remove", ...[...operations.values()].flatMap(({ permission }) => permission ?? [])]),
]

const { limits } = SettingsSchema.parse({})

/** The fields of an operation's input, and which of them must be there. */
export function fieldsOf(operation: AnyOperation): Readonly<{ all: readonly string[]; required: readonly string[] }> {
  const { shape } = operation.input(limits) as z.ZodObject
  const all = Object.keys(shape)
  return { all, required: all.filter((name) => !(shape[name] as z.ZodType).safeParse(undefined).success) }
}

/** What came of a call: the value, a stream read to its end, or the library's error. Any other error is thrown on. */
export type Outcome = Readonly<{ ok: true; value: unknown }> | Readonly<{ ok: false; error: AnyTenantryError }>

export const outcomeOf = (work: () => Promise<unknown>): Promise<Outcome> =>
  attempt(
    (async () => {
      const value = await work()
      return isStream(value) ? read(value) : value
    })(),
  )

async function read(stream: AsyncIterable<string>): Promise<string> {
  let text = ""
  for await (const piece of stream) text += piece
  return text
}

const isStream = (value: unknown): value is AsyncIterable<string> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value

/** Calls the operation of that name as a host would. */
export function call(tenantry: Tenantry, name: string, actor: unknown, input: unknown): Promise<Outcome> {
  const [namespace = "", last] = name.split(".")
  const outer = (tenantry as unknown as Record<string, unknown>)[namespace] as Record<string, unknown>
  const bound = (last === undefined ? outer : outer[last]) as unknown as (...given: unknown[]) => Promise<unknown>
  return outcomeOf(() => (operations.get(name)?.open === true ? bound(input) : bound(actor, input)))
}

/** `not_found`, `ok`: the outcome in a word. */
export const codeOf = (outcome: Outcome): string => (outcome.ok ? "ok" : outcome.error.code)
