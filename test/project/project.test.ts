/** Projects and who is in them: the rules. */
import { describe, expect, it } from "vitest"
import type { ApiKey } from "../../src/api-key/api-key.ts"
import type { Invitation } from "../../src/invitation/invitation.ts"
import { archive, create, type Project, rename, restore } from "../../src/project/project.ts"
import {
  changeProjectRole,
  endProject,
  joinProject,
  type ProjectMembership,
} from "../../src/project/project-membership.ts"

const at = new Date("2026-03-01T12:00:00.000Z")
const later = new Date("2026-03-08T12:00:00.000Z")
const active = { id: "prj_1", name: "Website", status: "active", archivedAt: null } as Project
const archived: Project = { ...active, status: "archived", archivedAt: at }
const member = { id: "pmem_1", projectId: "prj_1", role: "viewer" } as ProjectMembership
const refusal = (code: string, details: object = {}) => ({ ok: false, refusal: { code, details } })
const NOTHING = { ok: true, facts: [] }

describe("a project", () => {
  it("begins while there is room, archived ones counted", () => {
    expect(create(active, { count: 1, max: 2 })).toMatchObject({ facts: [{ action: "project.created", before: null }] })
    expect(create(active, { count: 2, max: 2 })).toEqual(refusal("limit_reached", { limit: "projects", max: 2 }))
  })

  it("is renamed, but not to the same name, nor when archived", () => {
    expect(rename(active, "Shop")).toMatchObject({ facts: [{ action: "project.updated", after: { name: "Shop" } }] })
    expect(rename(active, "Website")).toEqual(NOTHING)
    expect(rename(archived, "Shop")).toEqual(refusal("project_archived"))
  })

  it("is archived and restored, each once", () => {
    expect(archive(active, at)).toEqual({
      ok: true,
      facts: [{ action: "project.archived", before: active, after: archived }],
    })
    expect(archive(archived, later)).toEqual(NOTHING)
    expect(restore(archived)).toEqual({
      ok: true,
      facts: [{ action: "project.restored", before: archived, after: active }],
    })
    expect(restore(active)).toEqual(NOTHING)
  })
})

describe("a project membership", () => {
  it("begins once, and in no archived project", () => {
    const known = { project: active, existing: null }
    expect(joinProject(member, "project_member.joined", known)).toEqual({
      ok: true,
      facts: [{ action: "project_member.joined", before: null, after: member }],
    })
    const again = joinProject(member, "project_member.added", { ...known, existing: member })
    expect(again).toEqual(refusal("already_member"))
    expect(joinProject(member, "project_member.added", { ...known, project: archived })).toEqual(
      refusal("project_archived"),
    )
  })

  it("changes its role, but not to the same, nor in an archived project", () => {
    const role = "developer" as ProjectMembership["role"]
    expect(changeProjectRole(member, role, active)).toMatchObject({ facts: [{ after: { role } }] })
    expect(changeProjectRole(member, member.role, active)).toEqual(NOTHING)
    expect(changeProjectRole(member, role, archived)).toEqual(refusal("project_archived"))
  })

  const into = (id: string, projectId: string, expiresAt = later) =>
    ({ id, status: "pending", expiresAt, projects: [{ projectId, role: "viewer" }] }) as unknown as Invitation
  const invited = [into("inv_1", "prj_1"), into("inv_2", "prj_2"), into("inv_3", "prj_1", at)]
  const keys = [{ id: "key_1", revokedAt: null, deletedAt: null }] as unknown as readonly ApiKey[]
  const known = { isMember: false, invited, keys, revokes: false, at }
  const ended = (more: Partial<typeof known>) => {
    const decision = endProject(member, "project_member.removed", { ...known, ...more })
    return decision.ok ? decision.facts.map(({ action, before }) => [action, before?.id]) : []
  }

  it("takes with it the live invitations into that project, unless the person is a member", () => {
    const removed = ["project_member.removed", "pmem_1"]
    expect(ended({})).toEqual([removed, ["invitation.cancelled", "inv_1"]])
    expect(ended({ isMember: true })).toEqual([removed])
  })

  it("takes with it the project's keys only where it is told to", () => {
    expect(ended({ invited: [], revokes: true })).toEqual([
      ["project_member.removed", "pmem_1"],
      ["api_key.revoked", "key_1"],
    ])
  })
})
