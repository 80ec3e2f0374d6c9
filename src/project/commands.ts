/**
 * Commands on projects.
 *
 * @module
 */
import type { Decision } from "../kernel/decision.ts"
import { idSchema } from "../kernel/id.ts"
import { Name } from "../kernel/text.ts"
import { command } from "../pipeline/command.ts"
import { found, type Ruling, ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import {
  archive,
  create,
  type Project,
  type ProjectFact,
  type ProjectView,
  projectView,
  rename,
  restore,
} from "./project.ts"

/** Which project, and whatever else. */
const inProject = { projectId: idSchema("prj") }

type Standing = Readonly<{ project: Project | null; loaded: Readonly<{ organization: Readonly<{ name: string }> }> }>

/** The decision on the project that is asked about, answered by the project as it then stands. */
function onProject(
  { project, loaded }: Standing,
  decide: (project: Project) => Decision<ProjectFact>,
): Ruling<ProjectView> {
  const before = found(project)
  return ruling(decide(before), (facts) => projectView(facts[0]?.after ?? before, loaded.organization))
}

export const createProject = command({
  name: "projects.create",
  input: () => inOrganization({ name: Name }),
  actors: ["user", "system", "apiKey"],
  allow: "projects.create",
  facts: ["project.created"],
  wants: () => ({ projectCount: true }),
  decide: ({ input, loaded, settings, at, ids }) => {
    const project: Project = {
      id: ids.id("prj", at),
      organizationId: input.organizationId,
      name: input.name,
      status: "active",
      createdAt: at,
      archivedAt: null,
      revision: 0,
    }
    const decision = create(project, { count: loaded.projectCount, max: settings.limits.projects })
    return ruling(decision, (facts) => projectView(facts[0]?.after ?? project, loaded.organization))
  },
})

export const updateProject = command({
  name: "projects.update",
  input: () => inOrganization({ ...inProject, name: Name }),
  actors: ["user", "system", "apiKey"],
  project: ({ input }) => input.projectId,
  allow: "projects.update",
  facts: ["project.updated"],
  wants: () => ({}),
  decide: (context) => onProject(context, (project) => rename(project, context.input.name)),
})

export const archiveProject = command({
  name: "projects.archive",
  input: () => inOrganization(inProject),
  actors: ["user", "system", "apiKey"],
  project: ({ input }) => input.projectId,
  allow: "projects.delete",
  facts: ["project.archived"],
  wants: () => ({}),
  decide: (context) => onProject(context, (project) => archive(project, context.at)),
})

export const restoreProject = command({
  name: "projects.restore",
  input: () => inOrganization(inProject),
  actors: ["user", "system", "apiKey"],
  project: ({ input }) => input.projectId,
  allow: "projects.delete",
  facts: ["project.restored"],
  wants: () => ({}),
  decide: (context) => onProject(context, restore),
})
