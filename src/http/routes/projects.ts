/**
 * Routes of projects, of who is in one, and of the contexts that a person acts in.
 *
 * @module
 */
import * as z from "zod"
import { contexts, projects } from "../../registry.ts"
import { type Answers, list, pageOf } from "../answer.ts"
import { type Route, route } from "../route.ts"
import { LeftKey } from "./memberships.ts"
import { ProjectMembership } from "./organizations.ts"

const status = z.enum(["active", "archived"])

const Project = z.object({
  id: z.string(),
  organizationId: z.string(),
  organizationName: z.string(),
  name: z.string(),
  status,
  createdAt: z.date(),
  archivedAt: z.date().nullable(),
  revision: z.int(),
})
const ProjectPage = pageOf(Project)
const ProjectMembershipPage = pageOf(ProjectMembership)
const EndedProjectMembership = z.object({ projectMembership: ProjectMembership, apiKeys: list(LeftKey) })

const role = z.string().nullable()
const organizationStatus = z.enum(["active", "suspended", "deleted", "purging"])
const AccountContext = z.object({ type: z.literal("account"), userId: z.string() })

/** A place that a person can act in; who is in projects only sees neither slug nor logo. */
const Context = z.discriminatedUnion("type", [
  AccountContext,
  z.object({
    type: z.literal("organization"),
    organization: z.object({
      id: z.string(),
      name: z.string(),
      status: organizationStatus,
      slug: z.string().nullable(),
      logo: z.string().nullable(),
    }),
    role,
    projects: list(z.object({ id: z.string(), name: z.string(), status, role: z.string() })),
  }),
])
const ContextPage = pageOf(Context)

const place = {
  organization: z.object({ id: z.string(), name: z.string(), status: organizationStatus }),
  role,
  permissions: z.record(z.string(), z.boolean()),
}
/** The one place that a request acts in, and what the caller may do there. */
const ResolvedContext = z.discriminatedUnion("type", [
  AccountContext,
  z.object({ type: z.literal("organization"), ...place }),
  z.object({ type: z.literal("project"), project: Project, ...place }),
])

export const projectAnswers: Answers = {
  Project,
  ProjectPage,
  ProjectMembershipPage,
  EndedProjectMembership,
  Context,
  ContextPage,
  ResolvedContext,
}

const params = { projectId: "projectId" }
const member = { projectId: "projectId", memberId: "projectMembershipId" }
const row = "projectId"

export const projectRoutes: readonly Route[] = [
  route("GET /projects", projects.list, {
    summary: "The projects that the caller sees",
    answer: ProjectPage,
  }),
  route("POST /projects", projects.create, {
    summary: "Begin a project",
    status: 201,
    answer: Project,
    example: { name: "Website" },
  }),
  route("GET /projects/{projectId}", projects.get, { summary: "One project", params, answer: Project }),
  route("PATCH /projects/{projectId}", projects.update, {
    summary: "Rename a project",
    params,
    row,
    answer: Project,
    example: { name: "Website" },
  }),
  route("POST /projects/{projectId}/archive", projects.archive, {
    summary: "Archive a project: its keys stop at once",
    params,
    row,
    answer: Project,
  }),
  route("POST /projects/{projectId}/restore", projects.restore, {
    summary: "Open an archived project again",
    params,
    row,
    answer: Project,
  }),
  route("GET /projects/{projectId}/members", projects.members.list, {
    summary: "Project members, by role",
    params,
    answer: ProjectMembershipPage,
  }),
  route("POST /projects/{projectId}/members", projects.members.add, {
    summary: "Give a member of the organization a role in the project",
    params,
    without: ["user"],
    status: 201,
    answer: ProjectMembership,
    example: { membershipId: "mem_0mjw3k5d0aa1bb2cc3dd4ee5f", role: "developer" },
  }),
  route("DELETE /projects/{projectId}/members/me", projects.members.leave, {
    summary: "Leave the project",
    params,
    answer: EndedProjectMembership,
  }),
  route("PATCH /projects/{projectId}/members/{memberId}", projects.members.changeRole, {
    summary: "Give a project member another role",
    params: member,
    row: "projectMembershipId",
    answer: ProjectMembership,
    example: { role: "viewer" },
  }),
  route("DELETE /projects/{projectId}/members/{memberId}", projects.members.remove, {
    summary: "Remove a project member",
    params: member,
    row: "projectMembershipId",
    answer: EndedProjectMembership,
  }),
]

type Resolved = Awaited<ReturnType<typeof contexts.resolve.run>>

const resolved = (context: Resolved) => {
  if (context.type === "account") return context
  const { access, ...shown } = context
  return { ...shown, permissions: { ...access.permissions() } }
}

export const contextRoutes: readonly Route[] = [
  route("GET /contexts", contexts.list, {
    summary: "The places that the caller can act in: their own account, then organizations",
    answer: ContextPage,
  }),
  route("GET /contexts/current", contexts.resolve, {
    summary: "The organization or project that a request acts in, and what the caller may do there",
    answer: ResolvedContext,
    show: resolved,
  }),
  route("GET /account/context", contexts.resolve, {
    summary: "The caller's own account",
    answer: ResolvedContext,
    show: resolved,
  }),
]
