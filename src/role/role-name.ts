/**
 * Names of roles and permissions, as input and rows hold them.
 *
 * @module
 */
import * as z from "zod"
import type { Branded } from "../kernel/id.ts"

/** A system role's or a custom role's name; the facade narrows it to the policy's own. */
export type RoleName = Branded<"RoleName">

/** A role's name as input; whether such a role exists is decided later. */
export const RoleName = named<RoleName>(48)

/** A permission's name or alias as input; the facade narrows it to the policy's own. */
export type PermissionName = Branded<"PermissionName">

/** A permission's name as input; whether there is such a permission is decided later. */
export const PermissionName = named<PermissionName>(100)

/** A name of 1 to `max` characters. */
function named<Name extends string>(max: number): z.ZodType<Name, Name> {
  const schema: z.ZodType<Name> = looseName<Name>(max).refine((name) => name !== "", "expected a name")
  return schema as z.ZodType<Name, Name>
}

/** A name of any form, branded on the way in too, so that the facade's types find and narrow it. */
export function looseName<Name extends string>(max: number): z.ZodType<Name, Name> {
  const schema: z.ZodType<Name> = z
    .string()
    .max(max)
    .transform((name) => name as Name)
  return schema as z.ZodType<Name, Name>
}
