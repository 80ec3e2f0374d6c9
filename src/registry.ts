/**
 * Every command and query there is: what the facade binds, and what tests, routes and docs are generated from.
 *
 * @module
 */
import { recordActivity } from "./activity/commands.ts"
import { exportActivity, listActivity, verifyActivity } from "./activity/queries.ts"
import { cancelInvitation, resendInvitation, sendInvitation, sendInvitations } from "./invitation/commands.ts"
import { findInvitation, listInvitations, listMyInvitations, previewInvitation } from "./invitation/queries.ts"
import { acceptInvitation, declineInvitation } from "./invitation/recipient-commands.ts"
import { idSchema } from "./kernel/id.ts"
import { apiKeys, billing, restrictions, usage } from "./key-registry.ts"
import { addMember, changeMemberRole, leave, removeMember, updateMember } from "./membership/commands.ts"
import { findMember, getMember, listMembers } from "./membership/queries.ts"
import { createOrganization, deleteOrganization, updateOrganization } from "./organization/commands.ts"
import {
  currentOrganization,
  findOrganization,
  getOrganization,
  getOrganizationBySlug,
  team,
} from "./organization/queries.ts"
import { ownership } from "./ownership-registry.ts"
import { query } from "./pipeline/query.ts"
import { inOrganization } from "./pipeline/schema.ts"
import { platform } from "./platform-registry.ts"
import { contexts, projects } from "./project-registry.ts"
import { createRole, deleteRole, updateRole } from "./role/commands.ts"
import { getRole, listRoles } from "./role/queries.ts"

/** Organizations: the tenants themselves. */
export const organizations = {
  /**
   * Begins an organization with its creator as owner; `system` names the `owner`. Without a `slug` one is derived from
   * the name. Errors: `invalid_input`, `slug_taken` (for a chosen slug), `conflict`.
   */
  create: createOrganization,
  /** What everybody inside may see of the organization, whatever they hold: all but an offer of its ownership. */
  current: currentOrganization,
  /** One organization that the caller is in. Needs `organization.read`. */
  get: getOrganization,
  /** The same, or null where there is nothing to see. */
  find: findOrganization,
  /** The same, by its slug. Errors: `not_found`. */
  getBySlug: getOrganizationBySlug,
  /** Changes name, slug, logo, time zone or metadata. Needs `organization.update`. Errors: `slug_taken`. */
  update: updateOrganization,
  /**
   * Deletes the organization: access, keys and invitations are dead at once; answers how many keys were used in a day.
   * Needs `organization.delete`. Errors: `organization_not_empty` where others must go first; `forbidden` (impersonated).
   */
  delete: deleteOrganization,
  ...ownership,
  /** The team page: members beside pending and expired invitations, each half with a cursor. Needs `members.read`. */
  team,
}

/** Memberships: who is in, as what. */
export const memberships = {
  /** A page of members, by id; filtered by role, searched by the start of the address. Needs `members.read`. */
  list: listMembers,
  /** One member. Needs `members.read`. Errors: `not_found`. */
  get: getMember,
  /** The member who is that user, or null. Needs `members.read`. */
  find: findMember,
  /**
   * Adds a person without an invitation; for `system` alone. A pending invitation to their address is accepted
   * thereby, unless it offers projects too. Errors: `already_member`, `seat_limit_reached`, `subscription_required`, `owner_immutable`.
   */
  add: addMember,
  /**
   * Gives a member another role, from the very next check on. Needs `members.update` and to manage both roles.
   * Errors: `role_not_manageable`, `permission_escalation`, `last_owner`, `owner_immutable`,
   * `subscription_required`.
   */
  changeRole: changeMemberRole,
  /**
   * Puts other metadata in place of a member's. Needs `members.update` and to manage the role. Errors: `not_found`,
   * `role_not_manageable`.
   */
  update: updateMember,
  /**
   * Ends a membership, every role in a project and the pending invitations that person sent. Needs `members.remove` and to
   * manage the role;
   * removing oneself is leaving. Answers, to whoever may read keys, those that person made, holds or was shown. Errors: `role_not_manageable`, `last_owner`, `owner_immutable`.
   */
  remove: removeMember,
  /** Ends the caller's own membership; needs no permission. Errors: `last_owner`, `owner_immutable`. */
  leave,
}

/** `open(operation)`: nobody need be signed in, so the facade's function takes the input alone. */
const open = <O extends object>(operation: O): O & Readonly<{ open: true }> => ({ ...operation, open: true })

/** Invitations: offers to join. */
export const invitations = {
  /**
   * Invites one address to a `role` in the organization, to roles in `projects`, or both; the e-mail is queued in the same
   * commit. Needs `members.invite` and to manage the role, in the organization and in each project.
   * Errors: `already_member` (of anything that is offered), `project_archived`, `not_found` (no such project), `invitation_pending`, `rate_limited` (replacing one within a minute),
   * `seat_limit_reached`, `subscription_required`, `limit_reached`, `invalid_input` (no such role), `role_not_manageable`,
   * `permission_escalation`, `owner_immutable`.
   */
  send: sendInvitation,
  /**
   * Invites up to 100 addresses; each has its own result, in input order while seats last, and good ones are not held
   * back by bad ones.
   */
  sendMany: sendInvitations,
  /** A page of invitations, by id; filtered by status. Needs `members.read`. */
  list: listInvitations,
  /** The caller's own live invitations, by their verified address. Errors: `email_unverified`. */
  listMine: listMyInvitations,
  /** One invitation, or null. Needs `members.read`. */
  find: findInvitation,
  /**
   * What the page behind the e-mail's link may show to somebody who is not signed in. Errors: `not_found`, alike for
   * a token that is unknown, expired or used.
   */
  preview: open(previewInvitation),
  /**
   * Joins everything that is offered, or nothing; who is in already keeps the role they have. Needs a verified e-mail
   * address equal to the invited one. Accepting again answers the same memberships.
   * Errors: `not_found`, `invitation_email_mismatch`, `email_unverified`, `invitation_expired`, `invitation_closed`,
   * `invitation_void` (a role is gone, a project archived, or whoever invited may no longer), `seat_limit_reached`,
   * `subscription_required`, `organization_inactive`.
   */
  accept: acceptInvitation,
  /** Turns it down, for good. Errors as for `accept`, but for `invitation_void` and `seat_limit_reached`. */
  decline: declineInvitation,
  /**
   * Sends a new token and kills the old one; an expired invitation is alive again, and the caller is its inviter from
   * here on. At most once a minute. Needs what sending it needs. Errors: `rate_limited`,
   * `invitation_closed`, `invitation_void` (a role is gone or a project archived), `role_not_manageable`, `seat_limit_reached`,
   * `limit_reached`, `subscription_required` (reviving an expired one).
   */
  resend: resendInvitation,
  /** Withdraws it. Needs what sending it needs. Errors: `invitation_closed`, `role_not_manageable`. */
  cancel: cancelInvitation,
}

/** Roles: the policy's own, and those an organization makes for itself. */
export const roles = {
  /** Every role: system roles first, each with the custom role that shadows it. Needs `roles.read`. */
  list: listRoles,
  /** One role, by id; a system role's id is its name. Needs `roles.read`. */
  get: getRole,
  /**
   * Makes a role of permissions that the caller holds. With a system role's name it shadows that role here. Needs
   * `roles.create`. Errors: `permission_escalation`, `role_reserved`, `role_not_manageable`, `conflict` (the name is
   * taken), `role_in_use` (people still hold a role of that name which is gone), `limit_reached`, `feature_off`.
   */
  create: createRole,
  /** Changes a role. Needs `roles.update`. Errors: as for `create`, and `role_in_use` for a rename. */
  update: updateRole,
  /**
   * Deletes a role nobody holds; the holders of a shadow fall back to the system role. Needs `roles.delete`. Errors:
   * `role_in_use`, `permission_escalation`, `role_not_manageable`.
   */
  delete: deleteRole,
}

/** Activity: what happened. */
export const activity = {
  /** A page of entries, newest first; filtered by action, actor, target and time. Needs `activity.read`. */
  list: listActivity,
  /** Every entry, oldest first, as lines of JSON or CSV. Needs `activity.read`. */
  export: exportActivity,
  /** Checks the hash chain and names the first entry that was changed, removed, added or reordered. Needs `activity.read`. */
  verify: verifyActivity,
  /**
   * Adds an entry of the host's own, for `system` alone; answers its number. `action` is a `resource.action` that is none
   * of the library's. What it says is sealed and stays: no person's address or name belongs in `details`. Errors:
   * `invalid_input`, `organization_inactive`.
   */
  record: recordActivity,
}

/** What an actor may do in an organization or in one of its projects, from one read. */
export const access = query({
  name: "access",
  input: () => inOrganization({ projectId: idSchema("prj").optional() }),
  actors: ["user", "system", "apiKey"],
  project: ({ input }) => input.projectId,
  allow: "inside",
  wants: () => ({}),
  answer: ({ access }) => access,
})

export { apiKeys, billing, contexts, platform, projects, restrictions, usage }

/** Every operation by namespace and name. */
export const registry = {
  organizations,
  memberships,
  invitations,
  roles,
  projects,
  contexts,
  apiKeys,
  restrictions,
  usage,
  billing,
  activity,
  platform,
}
