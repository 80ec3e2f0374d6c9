/** The table of routes: complete over the registry, and the one that the product's documentation lists. */
import { describe, expect, it } from "vitest"
import { answers, HOST_ONLY, routes } from "../../src/http/routes.ts"
import { givenFields, shapeOf } from "../../src/http/wire.ts"
import { SettingsSchema } from "../../src/pipeline/settings.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { operations } from "../generated/operations.ts"
import { nameOf, placeOf, titled } from "./requests.ts"

const settings = SettingsSchema.parse({})

describe("the table", () => {
  it("has a route for every operation, or the reason why there is none", () => {
    const routed = new Set(routes.map(placeOf))
    const missing = [...operations.keys()].filter((name) => !routed.has(name))
    expect(missing.toSorted()).toEqual(Object.keys(HOST_ONLY).toSorted())
    for (const reason of Object.values(HOST_ONLY)) expect(reason.length).toBeGreaterThan(20)
  })

  it("lists what an organization's own API is known by, with the permission that each asks for", () => {
    const permission = new Map(routes.map((route) => [nameOf(route), route.operation.permission]))
    const { policy } = customRoles
    const canonical = (name: string | null) => (name === null ? null : policy.canonical(name))
    const known = {
      "GET /organizations": null,
      "GET /organizations/{id}": null,
      "PATCH /organizations/{id}": null,
      "DELETE /organizations/{id}": null,
      "GET /organizations/me": null,
      "PATCH /organizations/me": "organization.update",
      "GET /organizations/me/permissions": null,
      "GET /organizations/members": "users.read",
      "PATCH /organizations/members/{memberId}": "users.update",
      "GET /organizations/roles": "roles.read",
      "POST /organizations/roles": "roles.create",
      "PATCH /organizations/roles/{id}": "roles.update",
      "DELETE /organizations/roles/{id}": "roles.delete",
      "GET /organizations/invitations": "users.read",
      // Asked where the role is offered: in the organization, in projects, or both.
      "POST /organizations/invitations": null,
      "POST /organizations/invitations/{id}": null,
      "DELETE /organizations/invitations/{id}": null,
    } as const
    for (const [name, asked] of Object.entries(known))
      expect([name, permission.get(name)]).toEqual([name, canonical(asked)])
    // Oneself leaves without it.
    expect(permission.has("DELETE /organizations/members/{memberId}")).toBe(true)
  })

  it("lets a session and a key in wherever the operation does", () => {
    const both = titled.filter(([, { ways }]) => ways.length === 2).map(([name]) => name)
    expect(both).toEqual(expect.arrayContaining(["GET /organizations/me", "DELETE /organizations/members/{memberId}"]))
    const open = titled.filter(([, { ways }]) => ways.length === 0).map(([name]) => name)
    expect(open).toEqual(["GET /invitations/{token}"])
  })

  it.each(titled)("%s says each field of its input in one place", (_, route) => {
    const shape = shapeOf(route, settings)
    const placed = [...Object.values(route.params), ...route.without]
    expect(placed.filter((name) => !Object.hasOwn(shape, name))).toEqual([])
    expect(new Set(placed).size).toBe(placed.length)
    expect(route.path.match(/\{(\w+)\}/g) ?? []).toEqual(Object.keys(route.params).map((name) => `{${name}}`))
    if (route.row !== null) expect(Object.hasOwn(shape, route.row)).toBe(true)
    expect(Object.keys(givenFields(route, shape))).not.toContain("owner")
  })

  it("names every answer, and answers every name", () => {
    const named = new Set(Object.values(answers))
    expect(titled.filter(([, { answer }]) => answer !== null && !named.has(answer))).toEqual([])
  })
})
