/**
 * A project: a part of an organization, with people of its own beside the organization's.
 *
 * ```
 *            archive
 *   active ◄─────────► archived        an archived project can be read, and left
 *            restore
 * ```
 *
 * @module
 */
import { type Decision, decided, type Fact, refused } from "../kernel/decision.ts"
import type { OrganizationId, ProjectId } from "../kernel/id.ts"
import type { JsonObject } from "../kernel/json.ts"

export type ProjectStatus = "active" | "archived"

export type Project = Readonly<{
  id: ProjectId
  organizationId: OrganizationId
  name: string
  status: ProjectStatus
  createdAt: Date
  archivedAt: Date | null
  revision: number
}>

/** A project as people see it: those who are in it alone learn their organization's name here. */
export type ProjectView = Project & Readonly<{ organizationName: string }>

export type ProjectFact = Fact<"project.created" | "project.updated" | "project.archived" | "project.restored", Project>

/** Begins a project; archived ones count towards the limit. */
export function create(
  project: Project,
  known: Readonly<{ count: number; max: number }>,
): Decision<ProjectFact, "limit_reached"> {
  if (known.count >= known.max) return refused("limit_reached", { limit: "projects", max: known.max })
  return decided({ action: "project.created", before: null, after: project })
}

/** Gives a project another name; the same name is no change. */
export function rename(project: Project, name: string): Decision<ProjectFact, "project_archived"> {
  const closed = archivedRefusal(project)
  if (closed !== null) return closed
  return project.name === name
    ? decided()
    : decided({ action: "project.updated", before: project, after: { ...project, name } })
}

/** Closes a project, until it is restored; its keys stop at once. */
export function archive(project: Project, at: Date): Decision<ProjectFact, never> {
  if (project.status === "archived") return decided()
  return decided({
    action: "project.archived",
    before: project,
    after: { ...project, status: "archived", archivedAt: at },
  })
}

/** Opens an archived project again, with everybody and every key that it had. */
export function restore(project: Project): Decision<ProjectFact, never> {
  if (project.status === "active") return decided()
  return decided({
    action: "project.restored",
    before: project,
    after: { ...project, status: "active", archivedAt: null },
  })
}

/** Why nothing changes in this project, or null. */
export const archivedRefusal = ({ status }: Pick<Project, "status">) =>
  status === "archived" ? refused("project_archived", {}) : null

/** What activity records of a project. */
export const projectFields = ({ name, status }: Project): JsonObject => ({ name, status })

/** A project as people see it. */
export const projectView = (project: Project, { name }: Readonly<{ name: string }>): ProjectView => ({
  ...project,
  organizationName: name,
})
