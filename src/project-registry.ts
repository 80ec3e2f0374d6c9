/**
 * The operations on projects and contexts; part of the registry.
 *
 * @module
 */
import { archiveProject, createProject, restoreProject, updateProject } from "./project/commands.ts"
import { listContexts, resolveContext } from "./project/context-queries.ts"
import {
  addProjectMember,
  changeProjectMemberRole,
  leaveProject,
  removeProjectMember,
} from "./project/member-commands.ts"
import { getProject, listProjectMembers, listProjects } from "./project/queries.ts"

/**
 * Projects: parts of an organization. Roles in the organization hold in each of them; a project member has a role in one.
 * Somebody who is in projects only sees those, and everything else is `not_found`.
 */
export const projects = {
  /** Begins a project. Needs `projects.create`. Errors: `limit_reached`. */
  create: createProject,
  /** One project, archived or not, with its organization's name. Needs `projects.read`, or to be in it. */
  get: getProject,
  /** A page of the projects that the caller sees, by id: all of them with `projects.read`, else those they are in. */
  list: listProjects,
  /** Renames a project. Needs `projects.update` there. Errors: `project_archived`. */
  update: updateProject,
  /**
   * Archives a project: it can be read and left, and nothing else changes in it; its keys stop at once. Needs
   * `projects.delete` there.
   */
  archive: archiveProject,
  /** Opens an archived project again, with its people and keys. Needs `projects.delete` there. */
  restore: restoreProject,
  /** Who is in one project beside the organization's members. Permissions are asked at the project. */
  members: {
    /** A page of project members, by id; filtered by role. Needs `members.read` there. */
    list: listProjectMembers,
    /**
     * Gives a member of the organization (`membershipId`) a role in the project; `system` names any `user`. Needs
     * `members.invite` there and to manage the role. Errors: `already_member`, `project_archived`, `role_not_manageable`,
     * `permission_escalation`, `invalid_input` (no such role, or the owner role), `seat_limit_reached`,
     * `subscription_required`, `forbidden` (a `user` whom somebody else names), `not_found`.
     */
    add: addProjectMember,
    /**
     * Gives a project member another role. Needs `members.update` there and to manage both roles. Errors: as for `add`,
     * but for `already_member` and `seat_limit_reached`.
     */
    changeRole: changeProjectMemberRole,
    /**
     * Ends a project membership, in an archived project too; removing oneself is leaving. Needs `members.remove` there and
     * to manage the role. Answers, to whoever may read keys, the project's keys that the person knows. Errors:
     * `role_not_manageable`, `not_found`.
     */
    remove: removeProjectMember,
    /** Ends the caller's own project membership; needs no permission. Errors: `not_found`. */
    leave: leaveProject,
  },
}

/** Contexts: where a person acts. A request acts in exactly one. */
export const contexts = {
  /**
   * A page of the places that the caller can act in: their own account first, then organizations by id, each with the role
   * there and the projects they are in; suspended ones too.
   */
  list: listContexts,
  /**
   * The one context that a request acts in, with what the caller may do there: a project, an organization, or without
   * either the caller's own account. Errors: `not_found`.
   */
  resolve: resolveContext,
}
