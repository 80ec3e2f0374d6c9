/**
 * Projects, their people and contexts, by the model.
 *
 * @module
 */
import { expect } from "vitest"
import type { User } from "../../src/index.ts"
import { type By, byId, type Check, type Core, canonical, type In, type InProject, idOf } from "./core.ts"
import type { Memberships } from "./membership-operations.ts"
import { type Organization, type Place, type Project, refuse } from "./rows.ts"

export type Projects = ReturnType<typeof projectsIn>

/** How people come into projects. */
export function projectsIn() {
  function place(org: Organization, projectId: string, row: Omit<Place, "id" | "revision">): Place {
    const project = org.projects.find(({ id }) => id === projectId) ?? refuse("not_found")
    const placed = { ...row, id: "", revision: 0 }
    project.places.set(row.userId, placed)
    return placed
  }
  return { place }
}

/** Learns the id that a row got. */
const learning =
  (row: { id: string }, shown: object = row): Check =>
  (answer) => {
    row.id ||= idOf(answer)
    expect(answer).toMatchObject({ ...shown, id: row.id })
  }

export function projectOperations(core: Core, { place }: Projects, { knownTo }: Memberships) {
  const { terms, organizations, known, enter, enterProject, enterAnywhere, mustBeAllowed, record } = core
  const { enterToChange, enterProjectToChange, mustBeActive } = core
  const { isIn, isPlaced, isLive, reserved, taken, mustSeat, mustSubscribe, seating } = core
  const { held, mustManage, mustAssign } = core.standing

  const shown = (org: Organization, { id, name, isArchived, revision }: Project) => ({
    ...{ id, name, revision, organizationId: org.id, organizationName: org.name },
    status: isArchived ? "archived" : "active",
  })
  const viewing =
    (org: Organization, project: Project): Check =>
    (answer) =>
      expect(answer).toMatchObject(shown(org, project))
  const placeIn = ({ places }: Project, id: string): Place =>
    [...places.values()].find((row) => row.id === id) ?? refuse("not_found")

  function end(
    org: Organization,
    by: ReturnType<typeof enterProject>["actor"],
    project: Project,
    row: Place,
    how: string,
  ): Check {
    const isMember = org.members.has(row.userId)
    const sent = isMember
      ? []
      : org.invitations.filter(
          (one) =>
            isLive(one) &&
            one.inviter?.id === row.userId &&
            one.projects.some(({ projectId }) => projectId === project.id),
        )
    const keys = knownTo(org, row.userId).filter((key) => key.project === project)
    const left = held(org, by, project).has("apiKeys.read") ? keys : []
    const apiKeys = left.map(({ id, name, holder }) => ({ id, name, holder }))
    project.places.delete(row.userId)
    for (const invitation of sent) invitation.status = "cancelled"
    const revoked = terms.revokeOnRemoval ? keys : []
    for (const key of revoked) Object.assign(key, { revokedAt: core.now(), graceUntil: null })
    const ends = [...sent.map(() => "invitation.cancelled"), ...revoked.map(() => "api_key.revoked")]
    record(org, by, [how, ...ends], ...sent, ...revoked)
    return (answer) => expect(answer).toMatchObject({ projectMembership: { id: row.id }, apiKeys })
  }

  return {
    "projects.create"(by: By, input: In & { name: string }): Check {
      const { actor, org } = enterToChange(by, input, "projects.create")
      if (org.projects.length >= terms.maxProjects) refuse("limit_reached")
      const project: Project = { id: "", revision: 0, name: input.name, isArchived: false, places: new Map() }
      org.projects.push(project)
      record(org, actor, ["project.created"], project)
      return (answer) => learning(project, shown(org, project))(answer)
    },
    "projects.get"(by: By, input: InProject): Check {
      const { actor, org, project, place: own } = enterProject(by, input, null)
      if (actor.type !== "user" || own === null) mustBeAllowed(org, actor, "projects.read", project)
      return viewing(org, project)
    },
    "projects.list"(by: By, input: In): Check {
      const { actor, org } = enterAnywhere(by, input)
      const isSomewhere = actor.type === "user" && isPlaced(org, actor.id)
      if (!isSomewhere) mustBeAllowed(org, actor, "projects.read")
      const isAll = (isIn(org, actor) && held(org, actor).has("projects.read")) || actor.type !== "user"
      const seen = org.projects.filter(({ places }) => isAll || places.has((actor as User).id))
      return (answer) => expect(answer).toMatchObject(byId(seen).map((project) => shown(org, project)))
    },
    "projects.update"(by: By, input: InProject & { name: string }): Check {
      const { actor, org, project } = enterProjectToChange(by, input, "projects.update")
      if (project.isArchived) refuse("project_archived")
      if (project.name !== input.name) {
        project.name = input.name
        record(org, actor, ["project.updated"], project)
      }
      return viewing(org, project)
    },
    "projects.archive"(by: By, input: InProject): Check {
      const { actor, org, project } = enterProjectToChange(by, input, "projects.delete")
      if (!project.isArchived) {
        project.isArchived = true
        record(org, actor, ["project.archived"], project)
      }
      return viewing(org, project)
    },
    "projects.restore"(by: By, input: InProject): Check {
      const { actor, org, project } = enterProjectToChange(by, input, "projects.delete")
      if (project.isArchived) {
        project.isArchived = false
        record(org, actor, ["project.restored"], project)
      }
      return viewing(org, project)
    },
    "projects.members.list"(by: By, input: InProject & { role?: string }): Check {
      const { project } = enterProject(by, input, "members.read")
      const rows = byId([...project.places.values()].filter(({ role }) => (input.role ?? role) === role))
      return (answer) => expect(answer).toMatchObject(rows)
    },
    "projects.members.add"(
      by: By,
      input: InProject & { membershipId?: string; user?: { id: string; email: string }; role: string },
    ): Check {
      const { actor, org, project } = enterProjectToChange(by, input, "members.invite")
      const { user } = input
      if (user !== undefined && actor.type !== "system") refuse("forbidden")
      const member = [...org.members.values()].find(
        ({ id, userId }) => id === input.membershipId || userId === user?.id,
      )
      const given = user && { id: user.id, email: canonical(user.email), name: null }
      const there = member ?? org.projects.flatMap(({ places }) => places.get(user?.id ?? "") ?? [])[0]
      const person = there ? { id: there.userId, email: there.email, name: there.name } : (given ?? refuse("not_found"))
      mustAssign(org, actor, "invite", input.role, project)
      mustSubscribe(org)
      if (project.isArchived) refuse("project_archived")
      if (project.places.has(person.id)) refuse("already_member")
      const isSeated = member !== undefined || isPlaced(org, person.id)
      if (!isSeated) mustSeat(org, taken(org) - reserved(org, person.email))
      const placed = seating(org, actor, () => {
        const { id: userId, email, name } = person
        const row = place(org, project.id, { userId, email, name, role: input.role })
        record(org, actor, ["project_member.added"], row)
        return row
      })
      return (answer) => learning(placed)(answer)
    },
    "projects.members.changeRole"(by: By, input: InProject & { projectMembershipId: string; role: string }): Check {
      const { actor, org, project } = enterProjectToChange(by, input, "members.update")
      const row = placeIn(project, input.projectMembershipId)
      mustManage(org, actor, "update", row.role, project)
      if (row.role !== input.role) {
        mustAssign(org, actor, "update", input.role, project)
        mustSubscribe(org)
      }
      if (project.isArchived) refuse("project_archived")
      if (row.role !== input.role) {
        row.role = input.role
        record(org, actor, ["project_member.role_changed"], row)
      }
      return (answer) => expect(answer).toMatchObject(row)
    },
    "projects.members.remove"(by: By, input: InProject & { projectMembershipId: string }): Check {
      const { actor, org, project, place: own } = enterProject(by, input, null)
      const isOwn = own?.id === input.projectMembershipId
      if (!isOwn || actor.type !== "user") mustBeAllowed(org, actor, "members.remove", project)
      mustBeActive(org)
      const row = placeIn(project, input.projectMembershipId)
      if (isOwn && actor.type !== "user") refuse("forbidden")
      if (!isOwn) mustManage(org, actor, "remove", row.role, project)
      return end(org, actor, project, row, isOwn ? "project_member.left" : "project_member.removed")
    },
    "projects.members.leave"(by: By, input: InProject): Check {
      const { actor, org, project, place: own } = enterProjectToChange(by, input, null, "user")
      return end(org, actor, project, own ?? refuse("not_found"), "project_member.left")
    },

    "contexts.list"(by: By): Check {
      const { id } = known(by, "user") as User
      const found = [...organizations.values()].filter(
        (org) => org.status !== "deleted" && (org.members.has(id) || isPlaced(org, id)),
      )
      const places = byId(found).map((org) => ({
        type: "organization",
        organization: { id: org.id, name: org.name, status: org.status, slug: org.members.has(id) ? org.slug : null },
        role: org.members.get(id)?.role ?? null,
        projects: byId(org.projects).flatMap((project) => {
          const role = project.places.get(id)?.role
          const { name, status } = shown(org, project)
          return role === undefined ? [] : [{ id: project.id, name, status, role }]
        }),
      }))
      return (answer) => expect(answer).toMatchObject([{ type: "account", userId: id }, ...places])
    },
    "contexts.resolve"(by: By, input: Partial<InProject>): Check {
      const { organizationId, projectId } = input
      if (organizationId === undefined) {
        const { id } = known(by, "user") as User
        if (projectId !== undefined) refuse("invalid_input")
        return (answer) => expect(answer).toEqual({ type: "account", userId: id })
      }
      if (projectId === undefined) {
        const { org } = enter(by, { organizationId }, null, "user", "apiKey")
        return (answer) => expect(answer).toMatchObject({ type: "organization", organization: { id: org.id } })
      }
      const {
        actor,
        org,
        project,
        place: own,
      } = enterProject(by, { organizationId, projectId }, null, "user", "apiKey")
      if (actor.type === "apiKey" ? actor.projectId === null : own === null) {
        mustBeAllowed(org, actor, "projects.read", project)
      }
      const expected = { type: "project", project: shown(org, project), role: own?.role ?? null }
      return (answer) => expect(answer).toMatchObject(expected)
    },
  }
}
