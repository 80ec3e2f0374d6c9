/** The host's own entries stand beside the library's: numbered, sealed, listed, told. */
import { describe, expect, it } from "vitest"
import { ACTIONS } from "../../src/activity/activity.ts"
import type { Event } from "../../src/index.ts"
import { system } from "../../src/index.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { person, refusal, world } from "../world.ts"

const ada = person("ada")
const host = system("billing")

const scene = async (subscribers: Record<string, (event: Event) => void> = {}) => {
  const here = world(customRoles, { subscribers, limits: { metadataBytes: 100, metadataDepth: 3 } })
  const { id: organizationId } = await here.tenantry.organizations.create(ada, { name: "Acme" })
  const record = (more: object = {}) =>
    here.tenantry.activity.record(host, { organizationId, action: "invoice.sent", ...more } as never)
  return { ...here, organizationId, record }
}

describe("an entry of the host's", () => {
  it("is the next one, about the organization unless said, and raises the revision", async () => {
    const { tenantry, organizationId, record } = await scene()
    const before = await tenantry.organizations.get(ada, { organizationId })
    expect(await record()).toEqual({ seq: before.revision + 1 })
    const { revision } = await tenantry.organizations.get(ada, { organizationId })
    expect(revision).toBe(before.revision + 1)
    const { data } = await tenantry.activity.list(ada, { organizationId, limit: 1 })
    expect(data).toMatchObject([
      {
        ...{ seq: revision, action: "invoice.sent" },
        actor: { type: "system", id: "billing", userId: null },
        target: { type: "organization", id: organizationId, userId: null },
        ...{ before: null, after: null },
      },
    ])
  })

  it("says what it is about, on whose behalf, and what there is to say", async () => {
    const { tenantry, organizationId, record } = await scene()
    const target = { type: "invoice", id: "2026/42" }
    await record({ target, by: { userId: ada.id }, details: { total: 100, lines: ["a"] } })
    const { data } = await tenantry.activity.list(ada, { organizationId, target, actions: ["invoice.sent"] })
    expect(data).toMatchObject([{ target, actor: { userId: ada.id }, after: { total: 100, lines: ["a"] } }])
  })

  it("stands in the chain and in exports", async () => {
    const { tenantry, organizationId, record } = await scene()
    await record({ details: { total: 1 } })
    await tenantry.organizations.update(ada, { organizationId, name: "Acme Ltd" })
    const verified = await tenantry.activity.verify(ada, { organizationId })
    expect(verified).toMatchObject({ ok: true, erased: 0 })
    let text = ""
    for await (const line of await tenantry.activity.export(ada, { organizationId, format: "csv" })) text += line
    expect(text).toContain('"invoice.sent"')
  })

  it("is told to subscribers of everything", async () => {
    const told: string[] = []
    const { tenantry, record } = await scene({
      "*": ({ action }) => void told.push(action),
    })
    await tenantry.outbox.deliver()
    told.length = 0
    await record()
    await tenantry.outbox.deliver()
    expect(told).toEqual(["invoice.sent"])
  })
})

describe("what the host may not say", () => {
  const resources = [...new Set(ACTIONS.map((action) => action.slice(0, action.indexOf("."))))]

  it.each(resources)("is anything of the library's own resource %s", async (resource) => {
    const { record } = await scene()
    const issues = [{ path: ["action"], message: "the library records this resource itself" }]
    await expect(record({ action: `${resource}.whatever` })).rejects.toMatchObject(refusal("invalid_input", { issues }))
  })

  it.each([
    "invoice",
    "Invoice.sent",
    "invoice.sent.twice",
    ".sent",
    "invoice.",
    "1a.b",
    "a-b.c",
    `a.${"b".repeat(63)}`,
  ])("is an action called %s", async (action) => {
    const { record } = await scene()
    await expect(record({ action })).rejects.toMatchObject({ details: { issues: [{ path: ["action"] }] } })
  })

  it.each([
    ["too much", { text: "x".repeat(100) }],
    ["too deep", { a: { b: { c: {} } } }],
    ["no plain JSON", { at: new Date(0) }],
    ["a smuggled prototype", JSON.parse('{"__proto__":{}}')],
  ])("is %s", async (_, details) => {
    const { record } = await scene()
    await expect(record({ details })).rejects.toMatchObject({ details: { issues: [{ path: ["details"] }] } })
  })

  it("is anything once the organization is gone", async () => {
    const { tenantry, organizationId, record } = await scene()
    await tenantry.organizations.delete(ada, { organizationId })
    await expect(record()).rejects.toMatchObject(refusal("not_found"))
  })
})
