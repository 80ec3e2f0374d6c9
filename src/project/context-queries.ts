/**
 * Contexts: where a person acts. A request acts in exactly one of them: the own account, an organization, a project.
 *
 * @module
 */
import * as z from "zod"
import type { Actor, UserId } from "../kernel/actor.ts"
import { idSchema, type OrganizationId, type ProjectId } from "../kernel/id.ts"
import { keyset, page, pageFields } from "../kernel/page.ts"
import type { OrganizationStatus } from "../organization/organization.ts"
import type { Slug } from "../organization/slug.ts"
import { inEither } from "../pipeline/account.ts"
import { lookup, query } from "../pipeline/query.ts"
import { inOrganization } from "../pipeline/schema.ts"
import type { Access } from "../policy/policy.ts"
import type { RoleName } from "../role/role-name.ts"
import { type ProjectStatus, type ProjectView, projectView } from "./project.ts"
import type { FoundContext } from "./repository.ts"

/** The person's own account, outside every organization. */
export type AccountContext = Readonly<{ type: "account"; userId: UserId }>

/** An organization that a person can act in, wholly or in some of its projects. */
export type OrganizationContext = Readonly<{
  type: "organization"
  organization: Readonly<{
    id: OrganizationId
    name: string
    status: OrganizationStatus
    /** Null to somebody who is in projects only, as is the logo. */
    slug: Slug | null
    logo: string | null
  }>
  /** Null for somebody who is in projects only. */
  role: RoleName | null
  projects: readonly Readonly<{ id: ProjectId; name: string; status: ProjectStatus; role: RoleName }>[]
}>

/** A place as the list shows it. */
export type ListedContext = AccountContext | OrganizationContext

/** Sorts before every organization's id. */
const ACCOUNT = "account"

type Row = Readonly<{ id: string; context: ListedContext }>

const rowOf = ({ organization, membership, projects }: FoundContext): Row => {
  const { id, name, status, slug, logo } = organization
  const shown = membership === null ? { slug: null, logo: null } : { slug, logo }
  return {
    id,
    context: {
      type: "organization",
      organization: { id, name, status, ...shown },
      role: membership?.role ?? null,
      projects: projects.map(({ project, role }) => ({
        ...{ id: project.id, name: project.name, status: project.status, role },
      })),
    },
  }
}

export const listContexts = lookup({
  name: "contexts.list",
  input: (limits) => z.strictObject(pageFields(limits)),
  actors: ["user"],
  answer: async ({ actor, input, store, settings }) => {
    const by = keyset(input, settings.limits)
    const userId = personOf(actor)
    const own: readonly Row[] = by.after === null ? [{ id: ACCOUNT, context: { type: "account", userId } }] : []
    const found = await store.contexts.of(userId, { ...by, limit: by.limit - own.length })
    return page(
      [...own, ...found.map(rowOf)],
      by,
      ({ id }) => id,
      ({ context }) => context,
    )
  },
})

/** The context that one request acts in. */
export type ResolvedContext =
  | AccountContext
  | Readonly<{ type: "organization"; organization: PlaceName; role: RoleName | null; access: Access }>
  | Readonly<{ type: "project"; organization: PlaceName; project: ProjectView; role: RoleName | null; access: Access }>

type PlaceName = Readonly<{ id: OrganizationId; name: string; status: OrganizationStatus }>

const resolveInside = query({
  name: "contexts.resolve",
  input: () => inOrganization({ projectId: idSchema("prj").optional() }),
  actors: ["user", "apiKey"],
  project: ({ input }) => input.projectId,
  // Whoever is in a project, or is a key of it, may know which one it is.
  allow: ({ input, actor, callerProjects }) => {
    const isThere = actor.type === "apiKey" ? actor.projectId !== null : callerProjects.length > 0
    return input.projectId === undefined || isThere ? "inside" : "projects.read"
  },
  wants: () => ({}),
  answer: ({ input, loaded, caller, callerProjects, project, access }): ResolvedContext => {
    const { id, name, status } = loaded.organization
    const organization = { id, name, status }
    if (input.projectId === undefined || project === null) {
      return { type: "organization", organization, role: caller?.role ?? null, access }
    }
    const role = callerProjects[0]?.role ?? null
    return { type: "project", organization, project: projectView(project, organization), role, access }
  },
})

const resolveOwn = lookup({
  name: "contexts.resolve",
  input: () => z.strictObject({}),
  actors: ["user"],
  answer: async ({ actor }): Promise<ResolvedContext> => ({ type: "account", userId: personOf(actor) }),
})

export const resolveContext = inEither(resolveInside, resolveOwn)

/** Only people ask: the kind of actor was checked. */
function personOf(actor: Actor): UserId {
  if (actor.type !== "user") throw new Error("contexts are people's")
  return actor.id
}
