/**
 * The host's own entries: what happened in its product, beside what happened here.
 *
 * @module
 */
import * as z from "zod"
import type { UserId } from "../kernel/actor.ts"
import type { Branded, OrganizationId } from "../kernel/id.ts"
import type { JsonObject } from "../kernel/json.ts"
import { ACTIONS } from "./activity.ts"

/** The name of something that the host records: `resource.action`, of a resource that is none of the library's. */
export type HostAction = Branded<"HostAction">

const OURS: ReadonlySet<string> = new Set(ACTIONS.map((action) => action.slice(0, action.indexOf("."))))

/** Such a name as input. */
export const HostAction: z.ZodType<HostAction, string> = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/, "expected `resource.action`")
  .refine((action) => !OURS.has(action.slice(0, action.indexOf("."))), "the library records this resource itself")
  .transform((action) => action as HostAction)

/** What a host has to say. It is text that stays: no address and no name of a person belongs in it. */
export type HostEntry = Readonly<{
  id: OrganizationId
  target: Readonly<{ type: string; id: string }>
  /** The person on whose behalf. */
  by: UserId | null
  details: JsonObject | null
  revision: number
}>

export type HostFact = Readonly<{ action: HostAction; before: null; after: HostEntry }>
