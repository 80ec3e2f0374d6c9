/**
 * What organizations ask of a store.
 *
 * @module
 */
import type { OrganizationId } from "../kernel/id.ts"
import type { Slug } from "./slug.ts"

/** Look-ups that name an organization. */
export interface OrganizationRepository {
  /** Must answer the id of the organization that holds the slug, whatever its status, or null. */
  idOfSlug(slug: Slug): Promise<OrganizationId | null>
}
