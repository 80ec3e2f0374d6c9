/**
 * The tables of projects and of who is in them.
 *
 * @module
 */
import type { Project } from "../../../project/project.ts"
import type { ProjectMembership } from "../../../project/project-membership.ts"
import { id, integer, optional, text, time, words } from "./columns.ts"
import { flatTable } from "./table.ts"

export const projects = flatTable<Project>(
  "projects",
  {
    organizationId: id,
    id,
    name: words,
    status: text(16),
    createdAt: time,
    archivedAt: optional(time),
    revision: integer,
  },
  { key: ["organizationId", "id"], isOwned: true, checks: ["status in ('active', 'archived')"] },
)

export const projectMemberships = flatTable<ProjectMembership>(
  "project_memberships",
  {
    organizationId: id,
    id,
    projectId: id,
    userId: text(128),
    email: text(320),
    name: optional(words),
    role: text(100),
    joinedAt: time,
    revision: integer,
  },
  {
    key: ["organizationId", "id"],
    unique: [["organizationId", "userId", "projectId"]],
    indexes: [
      ["organizationId", "email", "id"],
      ["organizationId", "role", "id"],
      ["organizationId", "projectId", "id"],
      ["organizationId", "projectId", "role", "id"],
      ["userId", "organizationId"],
    ],
    isOwned: true,
  },
)
