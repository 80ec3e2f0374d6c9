/**
 * Reads of projects, and of who is in one.
 *
 * @module
 */
import { idSchema } from "../kernel/id.ts"
import { keyset, page, pageFields } from "../kernel/page.ts"
import { found } from "../pipeline/operation.ts"
import { query } from "../pipeline/query.ts"
import { inOrganization } from "../pipeline/schema.ts"
import { RoleName } from "../role/role-name.ts"
import { projectView } from "./project.ts"

export const getProject = query({
  name: "projects.get",
  input: () => inOrganization({ projectId: idSchema("prj") }),
  actors: ["user", "system", "apiKey"],
  project: ({ input }) => input.projectId,
  wants: () => ({}),
  // Whoever is in a project may know which one it is.
  allow: ({ actor, callerProjects }) =>
    actor.type === "user" && callerProjects.length > 0 ? "inside" : "projects.read",
  answer: ({ project, loaded }) => projectView(found(project), loaded.organization),
})

export const listProjects = query({
  name: "projects.list",
  input: (limits) => inOrganization(pageFields(limits)),
  actors: ["user", "system", "apiKey"],
  inAnyProject: true,
  wants: ({ input, actor, settings }) => ({
    projects: keyset(input, settings.limits),
    projectsOf: actor.type === "user" ? { userId: actor.id, ...keyset(input, settings.limits) } : undefined,
  }),
  allow: ({ actor, callerProjects, project }) =>
    (actor.type === "user" && callerProjects.length > 0) || project !== null ? "inside" : "projects.read",
  answer: (context) => {
    const { input, settings, loaded, access, accessAt, project, rules } = context
    const by = keyset(input, settings.limits)
    // One plan for all: every project, or those that the caller is in; what is bound to one project sees that one.
    const isRead = project !== null && accessAt(project.id)?.can("projects.read") === true
    const bound = isRead && project.id > (by.after ?? "") ? [project] : []
    const seen = access.can("projects.read") ? loaded.projects : (loaded.projectsOf ?? bound)
    const shown = page(
      seen,
      by,
      ({ id }) => id,
      (row) => projectView(row, loaded.organization),
    )
    if (rules.length === 0) return shown
    return { ...shown, data: shown.data.filter(({ id }) => accessAt(id)?.can("projects.read")) }
  },
})

export const listProjectMembers = query({
  name: "projects.members.list",
  input: (limits) => inOrganization({ projectId: idSchema("prj"), role: RoleName.optional(), ...pageFields(limits) }),
  actors: ["user", "system", "apiKey"],
  project: ({ input }) => input.projectId,
  allow: "members.read",
  wants: ({ input, settings }) => ({
    projectMembers: { projectId: input.projectId, role: input.role ?? null, ...keyset(input, settings.limits) },
  }),
  answer: ({ input, settings, loaded }) =>
    page(
      loaded.projectMembers,
      keyset(input, settings.limits),
      ({ id }) => id,
      (row) => row,
    ),
})
