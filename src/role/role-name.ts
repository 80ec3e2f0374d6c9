/**
 * The name of a role, as memberships and invitations hold it.
 *
 * @module
 */
import * as z from "zod"
import type { Branded } from "../kernel/id.ts"

/** A system role's or a custom role's name; the facade narrows it to the policy's own. */
export type RoleName = Branded<"RoleName">

/** A role's name as input; whether such a role exists is decided later. */
export const RoleName: z.ZodType<RoleName, string> = z
  .string()
  .min(1)
  .max(48)
  .transform((name) => name as RoleName)
