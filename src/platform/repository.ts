/**
 * What the platform asks of a store: the only reads over every organization.
 *
 * @module
 */
import type { Entry } from "../activity/activity.ts"
import type { OrganizationId } from "../kernel/id.ts"
import type { Keyset } from "../kernel/page.ts"
import type { Organization, OrganizationStatus } from "../organization/organization.ts"

/** Which organizations a list shows: with that status, with a slug that starts so. Null is every one. */
export type OrganizationFilter = Readonly<{ status: OrganizationStatus | null; slugPrefix: string | null }>

/** Reads and removals across organizations. */
export interface PlatformRepository {
  /** Must answer the page of organizations that match, whatever their status, by id ascending. */
  organizations(by: OrganizationFilter & Keyset): Promise<readonly Organization[]>
  /**
   * Must answer the page of entries whose actor is a `platformAdmin:`, of every organization, purged ones too, by id
   * descending: `after` itself is not part of it, null is the very end.
   */
  entries(by: Keyset): Promise<readonly Entry[]>
  /**
   * Must remove at most `limit` rows of what there is of an organization that is purging, and answer `more` as long as
   * some may be left: rows, activity, outbox, its account, and whatever was counted or held for it, whoever paid. Must
   * remove the organization and free its slug with the last of them, at one instant, and answer `done`, as for one that
   * is not there. Must keep the entry `organization.purged` and the event that tells of it. Must reject and remove
   * nothing when the organization has any other status.
   */
  purge(organizationId: OrganizationId, limit: number): Promise<"more" | "done">
}
