/**
 * What the platform's admin sees of organizations.
 *
 * @module
 */
import { restorableUntil } from "../organization/lifecycle.ts"
import {
  type Organization,
  type OrganizationView,
  organizationView,
  type Suspension,
} from "../organization/organization.ts"

/** An organization of any status. */
export type PlatformOrganization = OrganizationView &
  Readonly<{
    suspension: Suspension | null
    /** When its deletion can no longer be undone; null unless it is deleted. */
    restorableUntil: Date | null
  }>

/** One organization, with how many there are of what it holds. */
export type PlatformOrganizationDetails = Readonly<{
  organization: PlatformOrganization
  members: number
  /** Live ones, to people who are not in yet. */
  invitations: number
  apiKeys: number
}>

/** What the platform's admin sees of an organization. */
export const platformView = (organization: Organization, graceDays: number, at: Date): PlatformOrganization => ({
  ...organizationView(organization, at),
  suspension: organization.suspension,
  restorableUntil: restorableUntil(organization, graceDays),
})
