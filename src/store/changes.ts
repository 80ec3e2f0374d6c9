/**
 * Everything one command writes, as data.
 *
 * @module
 */
import type { Entry } from "../activity/activity.ts"
import type { ApiKey } from "../api-key/api-key.ts"
import type { Subscription } from "../billing/subscription.ts"
import type { Invitation } from "../invitation/invitation.ts"
import type { OrganizationId } from "../kernel/id.ts"
import type { Membership } from "../membership/membership.ts"
import type { Organization } from "../organization/organization.ts"
import type { Slug } from "../organization/slug.ts"
import type { Message } from "../outbox/message.ts"
import type { Project } from "../project/project.ts"
import type { ProjectMembership } from "../project/project-membership.ts"
import type { Restriction } from "../restriction/restriction.ts"
import type { Role } from "../role/role.ts"

/** The rows that only commands change: the revision guards every column of them. */
export interface Rows {
  memberships: Membership
  invitations: Invitation
  roles: Role
  apiKeys: ApiKey
  restrictions: Restriction
  subscriptions: Subscription
  projects: Project
  projectMemberships: ProjectMembership
}

/** `update` carries whole rows: the guard proves that nobody wrote them since they were read. */
export type RowChanges<Row extends { id: string }> = Readonly<{
  insert: readonly Row[]
  update: readonly Row[]
  delete: readonly Row["id"][]
}>

/** What the commit must find: the revision that was read, or null to begin an organization. */
export type Guard = Readonly<{ organizationId: OrganizationId; revision: number | null }>

/** A key unique beyond one organization. At most one a commit, so that losing it leaves nothing to undo. */
export type Claim = Readonly<{ slug: Slug; release: Slug | null }>

export type Changes = Readonly<{
  guard: Guard
  /** The row as it will stand, its revision and head included. */
  organization: Organization
  claim: Claim | null
  rows: { readonly [Table in keyof Rows]?: RowChanges<Rows[Table]> }
  activity: readonly Entry[]
  outbox: readonly Message[]
}>

/** `conflict`: somebody committed first; load and decide again. `slug_taken`: the claim was lost, nothing was written. */
export type Committed = "committed" | "conflict" | "slug_taken"
