/**
 * Zod schemas as the JSON Schema of an OpenAPI 3.1 document.
 *
 * @module
 */
import * as z from "zod"
import type { Answers } from "./answer.ts"
import { problemCodes } from "./codes.ts"

/** A JSON Schema, or whatever else stands in the document. */
export type Node = Readonly<Record<string, unknown>>

const SETTINGS = {
  io: "input",
  unrepresentable: "any",
  override({ zodSchema, jsonSchema }) {
    const { type } = zodSchema._zod.def
    if (type === "date") Object.assign(jsonSchema, { type: "string", format: "date-time" })
    // What zod has no schema for is metadata: an object of plain JSON.
    if (type === "custom") Object.assign(jsonSchema, { type: "object", additionalProperties: true })
    if (type === "readonly") delete jsonSchema.readOnly
  },
} as const satisfies z.core.ToJSONSchemaParams

/** One field of an input. */
export function fieldSchema(schema: z.core.$ZodType): Node {
  const { $schema: _, ...node } = z.toJSONSchema(schema, SETTINGS)
  return node
}

/** An object of those fields and no others. */
export function bodySchema(fields: Readonly<Record<string, z.core.$ZodType>>): Node {
  const required = Object.keys(fields).filter((name) => isRequired(fields[name]))
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldSchema(field)])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  }
}

/** Whether a field must be there. */
export const isRequired = (schema: z.core.$ZodType | undefined): boolean =>
  schema !== undefined && !z.safeParse(schema, undefined).success

/** Where the schema of that name stands. */
export const schemaRef = (name: string): Node => ({ $ref: `#/components/schemas/${name}` })

/** Named answers, each of which refers to the others by name. */
export function answerSchemas(answers: Answers): Node {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(answers)) registry.add(schema, { id })
  const uri = (id: string) => `#/components/schemas/${id}`
  const { schemas } = z.toJSONSchema(registry, { ...SETTINGS, uri })
  return Object.fromEntries(Object.entries(schemas).map(([name, { $schema: _, $id: __, ...node }]) => [name, node]))
}

const text = { type: "string" }

/** A problem document. */
export const problemSchema = (): Node => ({
  type: "object",
  properties: {
    type: { type: "string", format: "uri" },
    title: text,
    status: { type: "integer" },
    detail: text,
    code: { ...text, enum: problemCodes() },
    errors: {
      description: "Everything that is wrong with the input, each with its path",
      type: "array",
      items: {
        type: "object",
        properties: { path: { type: "array", items: { type: ["string", "integer"] } }, message: text },
        required: ["path", "message"],
      },
    },
    details: { description: "What the code says beyond itself", type: "object", additionalProperties: true },
  },
  required: ["type", "title", "status", "detail", "code"],
})
