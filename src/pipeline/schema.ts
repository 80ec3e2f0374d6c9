/**
 * The pieces of input that operations share.
 *
 * @module
 */
import * as z from "zod"
import { idSchema } from "../kernel/id.ts"
import { type MetadataSchemas, metadataInput } from "../kernel/metadata.ts"
import { Name } from "../kernel/text.ts"
import { LogoUrl, Slug, TimeZone } from "../organization/organization.ts"
import type { Limits } from "./settings.ts"

/** Which organization, and whatever else. */
export const inOrganization = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  z.strictObject({ organizationId: idSchema("org"), ...shape })

/** What can be changed of an organization. */
export const organizationChanges = (limits: Limits, schemas: MetadataSchemas | undefined) => ({
  name: Name.optional(),
  slug: Slug.optional(),
  logo: LogoUrl.nullable().optional(),
  timezone: TimeZone.optional(),
  metadata: metadataInput("organization", limits, schemas).optional(),
})
