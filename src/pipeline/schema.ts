/**
 * The piece of input that nearly every operation shares.
 *
 * @module
 */
import * as z from "zod"
import { idSchema } from "../kernel/id.ts"

/** Which organization, and whatever else. */
export const inOrganization = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  z.strictObject({ organizationId: idSchema("org"), ...shape })
