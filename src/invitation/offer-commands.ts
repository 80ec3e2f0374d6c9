/**
 * What commands that offer have in common: what an offer is decided over, and where the caller acts.
 *
 * @module
 */
import type { Email } from "../kernel/email.ts"
import type { ProjectId } from "../kernel/id.ts"
import type { Context } from "../pipeline/operation.ts"
import { seatsOf, seatWants } from "../pipeline/seats.ts"
import type { Settings } from "../pipeline/settings.ts"
import type { PolicyEngine } from "../policy/policy.ts"
import type { Invitation } from "./invitation.ts"
import type { Book, Reach } from "./offer.ts"

/** What an offer's book is made of. */
export const bookWants = (
  emails: readonly Email[],
  projectIds: readonly ProjectId[],
  asked: Readonly<{ settings: Settings; policy: PolicyEngine; at: Date }>,
) => ({
  membersByEmail: emails,
  projectMembersByEmail: emails,
  pendingByEmail: emails,
  projectsById: projectIds,
  ...seatWants(asked),
  pendingCount: asked.at,
})

type BookContext = Context<Readonly<{ organizationId: Invitation["organizationId"] }>, ReturnType<typeof bookWants>>

/** The book as it was read. */
export function bookOf({ input, loaded, settings }: BookContext): Book {
  const inProjects = new Map<Email, ProjectId[]>()
  for (const { email, projectId } of loaded.projectMembersByEmail) {
    inProjects.set(email, [...(inProjects.get(email) ?? []), projectId])
  }
  return {
    organizationId: input.organizationId,
    members: new Set(loaded.membersByEmail.map(({ email }) => email)),
    inProjects,
    projects: loaded.projectsById,
    pending: new Map(loaded.pendingByEmail.map((invitation) => [invitation.email, invitation])),
    seats: seatsOf(settings, loaded),
    open: loaded.pendingCount,
    maxOpen: settings.limits.pendingInvitations,
    whenPending: settings.invitations.whenPending,
  }
}

/** Every project in those offers. */
export const projectsIn = (
  offers: readonly Readonly<{ projects?: readonly Readonly<{ projectId: string }>[] | undefined }>[],
) => [...new Set(offers.flatMap(({ projects = [] }) => projects.map(({ projectId }) => projectId as ProjectId)))]

/** Where the caller acts. */
export const reachOf = ({ access, accessAt, isInOrganization }: Reaching): Reach => ({
  access: isInOrganization ? access : null,
  accessAt,
})

type Reaching = Pick<BookContext, "access" | "accessAt" | "isInOrganization">
