/** Projects over HTTP: people who are in one only, keys that are bound to one, and where a person can act. */
import { describe, expect, it } from "vitest"
import { host } from "../generated/scenario.ts"
import { person } from "../world.ts"
import { surface } from "./scene.ts"

/** The surface, with somebody who is in acme's project only. */
async function withContractor() {
  const { at, send } = await surface()
  const { organizationId, project } = at.acme
  const as = person("contractor")
  const place = { organizationId, projectId: project.id }
  await at.tenantry.projects.members.add(host, { ...place, user: { id: as.id, email: as.email }, role: "member" })
  return { at, send, as, ...place }
}

describe("somebody who is in a project only", () => {
  it("sees it, and what they may do there", async () => {
    const { send, as, organizationId, projectId } = await withContractor()
    const sent = { as, organizationId }
    const { json } = await send("GET", "/api/projects", sent)
    expect(json).toMatchObject({ data: [{ id: projectId }], nextCursor: null })
    const permissions = await send("GET", `/api/organizations/me/permissions?projectId=${projectId}`, sent)
    expect(permissions.json).toMatchObject({ permissions: { "members.read": true, "projects.update": false } })
    const context = await send("GET", `/api/contexts/current?projectId=${projectId}`, sent)
    expect(context.json).toMatchObject({ type: "project", project: { id: projectId }, role: "member" })
  })

  it("sees nothing else", async () => {
    const { at, send, as, organizationId } = await withContractor()
    for (const path of [
      "organizations/me",
      "organizations/members",
      "organizations/me/permissions",
      "contexts/current",
      `projects/${at.acme.archived.id}`,
      `projects/${at.globex.project.id}`,
    ]) {
      const got = await send("GET", `/api/${path}`, { as, organizationId })
      expect([path, got.status]).toEqual([path, 404])
    }
  })

  it("finds where they can act: their own account, and the project", async () => {
    const { send, as, organizationId, projectId } = await withContractor()
    const { json } = await send("GET", "/api/contexts", { as })
    expect(json).toMatchObject({
      data: [
        { type: "account", userId: as.id },
        { type: "organization", organization: { id: organizationId, slug: null }, projects: [{ id: projectId }] },
      ],
    })
  })
})

describe("a key that is bound to a project", () => {
  it("reads that project, and nothing beside it", async () => {
    const { at, send } = await surface()
    const { project, archived, keys } = at.acme
    const key = keys.project.secret
    expect((await send("GET", `/api/projects/${project.id}`, { key })).json).toMatchObject({ id: project.id })
    for (const path of [`projects/${archived.id}`, "organizations/me", "organizations/keys"]) {
      expect([path, (await send("GET", `/api/${path}`, { key })).status]).toEqual([path, 404])
    }
  })

  it("is made and found under its project", async () => {
    const { at, send } = await surface()
    const { owner: as, organizationId, project, keys } = at.acme
    const { json } = await send("GET", `/api/organizations/keys?projectId=${project.id}`, { as, organizationId })
    expect(json).toMatchObject({ data: [{ id: keys.project.id, projectId: project.id }] })
    const body = { name: "deploys", projectId: project.id }
    const made = await send("POST", "/api/organizations/keys", { as, organizationId, body })
    expect([made.status, made.json]).toEqual([201, expect.objectContaining({ apiKey: expect.objectContaining(body) })])
  })
})
