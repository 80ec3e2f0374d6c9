/**
 * Reads of projects and of who is in them.
 *
 * @module
 */
import { deepEqual } from "node:assert/strict"
import type { UserId } from "../../kernel/actor.ts"
import type { Email } from "../../kernel/email.ts"
import type { ProjectId, ProjectMembershipId } from "../../kernel/id.ts"
import type { RoleName } from "../../role/role-name.ts"
import { aMembership, anInvitation, aProject, aProjectMembership, BUILT_AT } from "../builders.ts"
import { anApiKey } from "../key-builders.ts"
import { ALL, begin, type Check, change, idsOf, loaded, times } from "./scene.ts"

const NOBODY = "u_nobody" as UserId
const NOWHERE = "prj_nobody" as ProjectId
const NONE = "pmem_nobody" as ProjectMembershipId
const role = (text: string) => text as RoleName

export const projectCases: readonly Check[] = [
  {
    name: "project answers that project, or null; projectsById those that there are, by id ascending",
    run: async ({ store }) => {
      const acme = await begin(store)
      const rows = times(3, () => aProject(acme))
      await change(store, acme, { projects: { insert: rows } })
      const [first, second, third] = idsOf(rows) as [ProjectId, ProjectId, ProjectId]
      const found = await loaded(store, acme, { project: second, projectsById: [third, NOWHERE, first, third] })
      deepEqual([found.project, found.projectsById], [rows[1], [rows[0], rows[2]]])
      const nothing = await loaded(store, acme, { project: NOWHERE, projectsById: [] })
      deepEqual([nothing.project, nothing.projectsById], [null, []])
    },
  },
  {
    name: "projects and projectsOf answer the page of all projects and of a user's, by id ascending, projectCount how many",
    run: async ({ store }) => {
      const acme = await begin(store)
      const archived = { status: "archived", archivedAt: BUILT_AT } as const
      const rows = times(7, (index) => aProject(acme, index === 3 ? archived : {}))
      const mine = rows.filter((_, index) => index % 2 === 1)
      const places = mine.map((project) => aProjectMembership(project, { userId: "u_ada" }))
      await change(store, acme, {
        projects: { insert: rows.toReversed() },
        projectMemberships: {
          insert: [...places.toReversed(), aProjectMembership(rows[0] ?? mine[0] ?? aProject(acme))],
        },
      })
      const ask = async (want: Partial<typeof ALL>) => {
        const userId = "u_ada" as UserId
        const found = await loaded(store, acme, {
          projects: { ...ALL, ...want },
          projectsOf: { userId, ...ALL, ...want },
        })
        return [found.projects, found.projectsOf]
      }
      deepEqual(await ask({}), [rows, mine])
      deepEqual(await ask({ limit: 2 }), [rows.slice(0, 2), mine.slice(0, 2)])
      deepEqual(await ask({ limit: 2, after: rows[1]?.id ?? "" }), [rows.slice(2, 4), mine.slice(1, 3)])
      deepEqual(await ask({ after: rows[6]?.id ?? "" }), [[], []])
      const nobody = await loaded(store, acme, { projectsOf: { userId: NOBODY, ...ALL }, projectCount: true })
      deepEqual([nobody.projectsOf, nobody.projectCount], [[], 7])
    },
  },
  {
    name: "callerProjects answers the project memberships of a user, in those projects or in every one, by id ascending",
    run: async ({ store }) => {
      const acme = await begin(store)
      const projects = times(4, () => aProject(acme))
      const mine = projects.slice(1).map((project) => aProjectMembership(project, { userId: "u_ada" }))
      const others = projects.map((project) => aProjectMembership(project, { userId: "u_Ada" }))
      await change(store, acme, {
        projects: { insert: projects },
        projectMemberships: { insert: [...others, ...mine] },
      })
      const ask = async (projectIds: readonly ProjectId[] | null, userId = "u_ada" as UserId) =>
        (await loaded(store, acme, { callerProjects: { userId, projectIds } })).callerProjects
      const [first, second, third] = idsOf(projects) as [ProjectId, ProjectId, ProjectId]
      deepEqual(await ask(null), mine)
      deepEqual(await ask([third, second, third, NOWHERE]), mine.slice(0, 2))
      deepEqual([await ask([first]), await ask([]), await ask(null, NOBODY)], [[], [], []])
    },
  },
  {
    name: "projectMembership and memberBehind answer that project membership and its user's in the organization, or null",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [project, member] = [aProject(acme), aMembership(acme)]
      const inside = aProjectMembership(project, { userId: member.userId, email: "elsewhere@acme.example" })
      const only = aProjectMembership(project)
      await change(store, acme, {
        memberships: { insert: [member] },
        projects: { insert: [project] },
        projectMemberships: { insert: [inside, only] },
      })
      const ask = async (id: ProjectMembershipId) => {
        const found = await loaded(store, acme, { projectMembership: id, memberBehind: id })
        return [found.projectMembership, found.memberBehind]
      }
      deepEqual(
        [await ask(inside.id), await ask(only.id), await ask(NONE)],
        [
          [inside, member],
          [only, null],
          [null, null],
        ],
      )
    },
  },
  {
    name: "projectMembershipsOf, keysOf and pendingFrom answer what is a user's, by their id or by either membership",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [project, member] = [aProject(acme), aMembership(acme)]
      const { userId } = member
      const place = aProjectMembership(project, { userId })
      const key = anApiKey(acme, { createdBy: { type: "user", id: userId } })
      const sent = anInvitation(acme, { invitedBy: { userId, apiKeyId: null, name: null, email: null } })
      await change(store, acme, {
        memberships: { insert: [member, aMembership(acme)] },
        projects: { insert: [project] },
        projectMemberships: { insert: [place, aProjectMembership(project)] },
        apiKeys: { insert: [key] },
        invitations: { insert: [sent] },
      })
      for (const whose of [{ userId }, { membershipId: member.id }, { projectMembershipId: place.id }]) {
        const pendingFrom = { sender: whose, at: BUILT_AT }
        const found = await loaded(store, acme, { projectMembershipsOf: whose, keysOf: whose, pendingFrom })
        deepEqual([found.projectMembershipsOf, found.keysOf, found.pendingFrom], [[place], [key], [sent]])
      }
      const nobody = { projectMembershipId: NONE }
      const found = await loaded(store, acme, { projectMembershipsOf: nobody, keysOf: nobody })
      deepEqual([found.projectMembershipsOf, found.keysOf], [[], []])
    },
  },
  {
    name: "memberCount answers how many people there are, members and those in projects alone, each person once",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [first, second, member] = [aProject(acme), aProject(acme), aMembership(acme)]
      const twice = [first, second].map((project) => aProjectMembership(project, { userId: "u_twice" }))
      const inside = aProjectMembership(first, { userId: member.userId })
      const counted = async () => (await loaded(store, acme, { memberCount: true })).memberCount
      const next = await change(store, acme, {
        memberships: { insert: [member] },
        projects: { insert: [first, second] },
        projectMemberships: { insert: [...twice, inside] },
      })
      deepEqual(await counted(), 2)
      const last = await change(store, next, { memberships: { delete: [member.id] } })
      deepEqual(await counted(), 2)
      await change(store, last, { projectMemberships: { delete: [inside.id, ...idsOf(twice.slice(0, 1))] } })
      deepEqual(await counted(), 1)
    },
  },
  {
    name: "projectMembersByEmail and projectMembersWithRole answer project memberships by address, and how many hold a role",
    run: async ({ store }) => {
      const acme = await begin(store)
      const projects = [aProject(acme), aProject(acme)]
      const rows = projects.map((project) => aProjectMembership(project, { email: "bob@acme.example", role: "lead" }))
      const other = aProjectMembership(projects[0] ?? aProject(acme), { role: "Lead" })
      await change(store, acme, { projects: { insert: projects }, projectMemberships: { insert: [...rows, other] } })
      const ask = async (...emails: string[]) =>
        idsOf(
          (await loaded(store, acme, { projectMembersByEmail: emails as readonly string[] as Email[] }))
            .projectMembersByEmail,
        ).toSorted()
      deepEqual(await ask("bob@acme.example", "zoe@acme.example"), idsOf(rows))
      deepEqual([await ask("ob@acme.example"), await ask()], [[], []])
      const count = async (name: string) =>
        (await loaded(store, acme, { projectMembersWithRole: role(name) })).projectMembersWithRole
      deepEqual([await count("lead"), await count("Lead"), await count("viewer")], [2, 1, 0])
    },
  },
  {
    name: "projectMembers answers the page of a project's memberships that match, by id ascending",
    run: async ({ store }) => {
      const acme = await begin(store)
      const [project, other] = [aProject(acme), aProject(acme)]
      const rows = times(6, (index) => aProjectMembership(project, { role: index % 2 === 0 ? "lead" : "viewer" }))
      await change(store, acme, {
        projects: { insert: [project, other] },
        projectMemberships: { insert: [...rows.toReversed(), aProjectMembership(other, { role: "lead" })] },
      })
      const ask = async (want: Partial<typeof ALL & { role: RoleName }>) =>
        idsOf(
          (await loaded(store, acme, { projectMembers: { projectId: project.id, role: null, ...ALL, ...want } }))
            .projectMembers,
        )
      const leads = idsOf(rows.filter((_, index) => index % 2 === 0))
      deepEqual(await ask({}), idsOf(rows))
      deepEqual(await ask({ limit: 2, after: rows[1]?.id ?? "" }), idsOf(rows.slice(2, 4)))
      deepEqual(await ask({ role: role("lead") }), leads)
      deepEqual(await ask({ role: role("lead"), limit: 1, after: leads[0] ?? "" }), leads.slice(1, 2))
      deepEqual(await ask({ role: role("Lead") }), [])
    },
  },
]
