/**
 * Between text and input: an operation's own schema says which fields a request has, and what their text means.
 *
 * @module
 */
import * as z from "zod"
import type { Settings } from "../pipeline/settings.ts"
import { isOwn, type Route } from "./route.ts"

/** The fields of an input, by name. */
export type Shape = Readonly<Record<string, z.core.$ZodType>>

/** The fields of the input that a route's operation takes there. */
export function shapeOf({ operation, path }: Pick<Route, "operation" | "path">, { limits, metadata }: Settings): Shape {
  const input = operation.input(limits, metadata.schemas)
  const options = (input instanceof z.ZodUnion ? input.options : [input]) as readonly z.ZodObject[]
  const shapes = options.map(({ shape }) => shape as Shape)
  return shapes.find((shape) => shapes.length === 1 || Object.hasOwn(shape, "organizationId") !== isOwn(path)) ?? {}
}

/** Whether the input names the organization, and the path does not. */
export const isInside = (route: Pick<Route, "params" | "without">, shape: Shape): boolean =>
  Object.hasOwn(shape, "organizationId") &&
  !Object.values(route.params).includes("organizationId") &&
  !route.without.includes("organizationId")

/** The fields that a request gives in its query or body: all but those that the path, the session or only the host says. */
export function givenFields(route: Pick<Route, "params" | "without">, shape: Shape): Shape {
  const elsewhere = new Set([...Object.values(route.params), ...route.without])
  if (isInside(route, shape)) elsewhere.add("organizationId")
  return Object.fromEntries(Object.entries(shape).filter(([name]) => !elsewhere.has(name)))
}

/** What a schema takes beneath what makes it optional or changes it afterwards. */
export function taken(schema: z.core.$ZodType): z.core.$ZodTypes {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "readonly":
      return taken(def.innerType)
    case "pipe":
      return taken(def.in)
    default:
      return schema as z.core.$ZodTypes
  }
}

/** RFC 3339, to the second or finer. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/** JSON as an input has it: instants, which JSON has no word for, become dates. What is none stays, and is refused. */
export function fromJson(schema: z.core.$ZodType, value: unknown): unknown {
  const { def } = taken(schema)._zod
  if (def.type === "date") {
    const at = typeof value === "string" && INSTANT.test(value) ? new Date(value) : null
    return at === null || Number.isNaN(at.getTime()) ? value : at
  }
  if (def.type === "array" && Array.isArray(value)) return value.map((each) => fromJson(def.element, each))
  if (def.type === "object" && isRecord(value)) return fieldsFromJson(def.shape, value)
  return value
}

/** The same for every field that is known; the others stay, to be refused by name. */
export const fieldsFromJson = (shape: Shape, value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      const schema = Object.hasOwn(shape, name) ? shape[name] : undefined
      return [name, schema === undefined ? each : fromJson(schema, each)]
    }),
  )

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** One value of a query, as the field's schema takes it. */
function fromText(schema: z.core.$ZodType, text: string): unknown {
  const { def } = taken(schema)._zod
  if (def.type === "number") return /^-?\d{1,16}$/.test(text) ? Number(text) : text
  if (def.type === "boolean") return text === "true" ? true : text === "false" ? false : text
  return fromJson(schema, text)
}

/**
 * The fields that a query gives: a list by repeating its name, an object as `name[field]`. A name that is given twice and
 * is no list stays a list, and is refused.
 */
export function fieldsFromQuery(shape: Shape, query: URLSearchParams): Record<string, unknown> {
  const fields = new Map<string, unknown>()
  for (const given of new Set(query.keys())) {
    const texts = query.getAll(given)
    const [, name = given, inner] = /^([^[\]]+)\[([^[\]]+)\]$/.exec(given) ?? []
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined
    const def = schema && taken(schema)._zod.def
    if (def?.type === "array" && inner === undefined) {
      fields.set(
        given,
        texts.map((text) => fromText(def.element, text)),
      )
    } else if (def?.type === "object" && inner !== undefined) {
      const before = fields.get(name)
      const field = Object.hasOwn(def.shape, inner) ? def.shape[inner] : undefined
      const value = one(texts.map((text) => (field === undefined ? text : fromText(field, text))))
      fields.set(name, Object.fromEntries([...Object.entries(isRecord(before) ? before : {}), [inner, value]]))
    } else {
      fields.set(given, one(texts.map((text) => (schema === undefined ? text : fromText(schema, text)))))
    }
  }
  return Object.fromEntries(fields)
}

const one = (values: readonly unknown[]): unknown => (values.length === 1 ? values[0] : values)
