/**
 * Activity: the append-only record of what happened in an organization.
 *
 * @module
 */
import type { UserId } from "../kernel/actor.ts"
import type { ActivityId, OrganizationId } from "../kernel/id.ts"
import type { Json } from "../kernel/json.ts"

/** Every fact the library records, a closed list. */
export const ACTIONS = [
  "organization.created",
  "organization.updated",
  "organization.suspended",
  "organization.resumed",
  "organization.deleted",
  "organization.restored",
  "organization.purged",
  "organization.ownership_offered",
  "organization.ownership_transferred",
  "member.added",
  "member.joined",
  "member.role_changed",
  "member.updated",
  "member.removed",
  "member.left",
  "member.updated",
  "member.erased",
  "invitation.sent",
  "invitation.resent",
  "invitation.accepted",
  "invitation.declined",
  "invitation.cancelled",
  "invitation.delivery_failed",
  "role.created",
  "role.updated",
  "role.deleted",
  "project.created",
  "project.updated",
  "project.archived",
  "project.restored",
  "project_member.added",
  "project_member.joined",
  "project_member.role_changed",
  "project_member.updated",
  "project_member.removed",
  "project_member.left",
  "api_key.created",
  "api_key.updated",
  "api_key.enabled",
  "api_key.disabled",
  "api_key.rotated",
  "api_key.revoked",
  "api_key.deleted",
  "ip_rules.changed",
  "endpoint_rules.changed",
  "subscription.changed",
  "subscription.cancelled",
  "quota.threshold_reached",
  "seats.threshold_reached",
] as const
export type Action = (typeof ACTIONS)[number]

/** The personal part of an entry, one for each person: erasing drops it whole, salt included. */
export type PersonalPart = Readonly<{ salt: string; fields: Readonly<{ [field: string]: string }> }>

/** Who an entry is about: whoever acted and whoever it happened to are erased apart. */
export type Personal = Readonly<{ actor: PersonalPart | null; target: PersonalPart | null }>

/** One stored entry. `body` is canonical JSON and the hash is over exactly that text. */
export type Entry = Readonly<{
  organizationId: OrganizationId
  /** 1, 2, 3 … without gaps, up to the organization's revision. */
  seq: number
  id: ActivityId
  action: string
  /** `user:u_ada`, `system:nightly`: who acted. */
  actor: string
  /** `member:mem_…`: what it happened to. */
  target: string
  /** Whose text the actor's part is: the person who acted, or who holds the key that did. An erasure finds it by these three. */
  actorUserId: UserId | null
  /** Who acted in that person's name; where they did it from is in the part. */
  impersonatedBy: UserId | null
  /** Whose text the target's part is, but for an invitation's, which is its address's. */
  targetUserId: UserId | null
  at: Date
  body: string
  personal: Personal
  hash: string
}>

/** The person an act or its target is, as far as text that must be erasable goes. */
export type Person = Readonly<{ [field: string]: string | null }>

/** One entry as people read it. */
export type ActivityEntry = Readonly<{
  id: ActivityId
  organizationId: OrganizationId
  seq: number
  action: string
  at: Date
  actor: Readonly<{
    type: string
    id: string
    /** The person who acted, by themselves or by a key they hold; or on whose behalf the host's code did. */
    userId: string | null
    /** Null when not given, or erased. */
    email: string | null
    name: string | null
    ip: string | null
    userAgent: string | null
    requestId: string | null
    impersonatedBy: string | null
  }>
  target: Readonly<{ type: string; id: string; userId: string | null; email: string | null; name: string | null }>
  /** The fields that changed, as they were; null when it began. */
  before: Readonly<{ [field: string]: Json }> | null
  /** The fields that changed, as they are; null when it ended. */
  after: Readonly<{ [field: string]: Json }> | null
}>
