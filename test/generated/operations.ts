/**
 * Every operation there is, called by its name.
 *
 * @module
 */
import * as z from "zod"
import { revokeKeyHere } from "../../src/api-key/commands.ts"
import { type AnyTenantryError, attempt, type Tenantry } from "../../src/index.ts"
import { recordFailedDelivery } from "../../src/invitation/commands.ts"
import type { Operation } from "../../src/pipeline/operation.ts"
import { SettingsSchema } from "../../src/pipeline/settings.ts"
import { recordThreshold } from "../../src/pipeline/threshold-command.ts"
import { builtInPermissions } from "../../src/policy/permission.ts"
import { access, registry } from "../../src/registry.ts"
import { eraseMember } from "../../src/user/erase-commands.ts"
import { updateMember } from "../../src/user/update-commands.ts"

/** An operation, and whether it takes no actor. */
export type AnyOperation = Operation<never, unknown> & Readonly<{ open?: true }>

type Namespaces = { readonly [name: string]: AnyOperation | Namespaces }

const isOperation = (value: AnyOperation | Namespaces): value is AnyOperation => typeof value["run"] === "function"

/** Every operation inside, however deep, by its place. */
const flat = (inside: Namespaces, path = ""): readonly (readonly [place: string, operation: AnyOperation])[] =>
  Object.entries(inside).flatMap(([name, value]) =>
    isOperation(value) ? [[path + name, value] as const] : flat(value, `${path}${name}.`),
  )

/** Every operation by its place in the facade. */
export const operations: ReadonlyMap<string, AnyOperation> = new Map(
  flat({ ...registry, access } as unknown as Namespaces),
)

/** The operation of that name; fails where there is none. */
export function operationOf(name: string): AnyOperation {
  const operation = operations.get(name)
  if (operation === undefined) throw new Error(`no operation ${name}`)
  return operation
}

/** The commands that only the library gives: no part of the facade, but their facts are of the list. */
export const byItself: readonly AnyOperation[] = [
  recordFailedDelivery,
  recordThreshold,
  revokeKeyHere,
  updateMember,
  eraseMember,
]

/** The permissions that there are. */
export const PERMISSIONS: readonly string[] = Object.keys(builtInPermissions)

const { limits } = SettingsSchema.parse({})

/** An input's fields, and which of them must be there. */
export type Fields = Readonly<{ all: readonly string[]; required: readonly string[] }>

/** The inputs that an operation takes: one, or one inside an organization and one on the caller's own account. */
export function inputsOf(operation: AnyOperation): readonly Fields[] {
  const input = operation.input(limits)
  const members = input instanceof z.ZodUnion ? (input.options as readonly z.ZodObject[]) : [input as z.ZodObject]
  return members.map(({ shape }) => {
    const all = Object.keys(shape)
    return { all, required: all.filter((name) => !(shape[name] as z.ZodType).safeParse(undefined).success) }
  })
}

/** Whether it works on the caller's own account too, where its input names no organization. */
export const isInEither = (operation: AnyOperation): boolean => inputsOf(operation).length > 1

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

type Bound = (...given: unknown[]) => Promise<unknown>

/** Calls the operation of that name as a host would. */
export function call(tenantry: Tenantry, name: string, actor: unknown, input: unknown): Promise<Outcome> {
  const bound = name
    .split(".")
    .reduce<unknown>((inside, part) => (inside as Record<string, unknown>)[part], tenantry) as Bound
  return outcomeOf(() => (operationOf(name).open === true ? bound(input) : bound(actor, input)))
}

/** `not_found`, `ok`: the outcome in a word. */
export const codeOf = (outcome: Outcome): string => (outcome.ok ? "ok" : outcome.error.code)
