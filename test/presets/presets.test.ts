/**
 * The presets' tables, cell for cell.
 *
 * @module
 */
import { describe, expect, expectTypeOf, it } from "vitest"
import { capabilityTable, definePolicy, type Matrix, type PolicyEngine } from "../../src/policy/policy.ts"
import { definition as customRolesDefinition } from "../../src/presets/custom-roles.ts"
import { definition as paidTeamDefinition } from "../../src/presets/paid-team.ts"
import {
  customRoles,
  type Preset,
  paidTeam,
  paidTeamCapabilities,
  projects,
  projectsCapabilities,
  workspace,
  workspaceCapabilities,
} from "../../src/presets/presets.ts"
import { definition as projectsDefinition } from "../../src/presets/projects.ts"
import { definition as workspaceDefinition } from "../../src/presets/workspace.ts"

/** Each permission with the initials of the roles that hold it. */
const cells = (matrix: Matrix): Readonly<Record<string, string>> =>
  Object.fromEntries(matrix.rows.map((row) => [row.permission, holders(matrix, row.cells)]))

/** Each role with the roles that it manages by its list, when it does so for all three actions. */
const managed = (matrix: Matrix): Readonly<Record<string, string>> =>
  Object.fromEntries(
    matrix.roles.map((role, at) => {
      const rows = matrix.management.filter((row) => row.cells[at])
      return [role, matrix.roles.filter((target) => rows.filter((row) => row.role === target).length === 3).join(" ")]
    }),
  )

const holders = (matrix: Matrix, row: readonly boolean[]): string =>
  matrix.roles.flatMap((role, at) => (row[at] ? (role[0] ?? "") : [])).join("")

describe("workspace", () => {
  const matrix = workspace.policy.matrix()

  it("prints its table", () => {
    expect(capabilityTable(matrix, workspaceCapabilities)).toBe(
      `
| Capability | Owner | Admin | Editor | Viewer |
|---|---|---|---|---|
| View team & API keys | Yes | Yes | Yes | Yes |
| Create API keys | Yes | Yes | Yes | No |
| Enable/disable & rename API keys | Yes | Yes | Yes | No |
| Delete API keys | Yes | Yes | No | No |
| Invite members | Yes | Yes | No | No |
| Update member roles & remove members | Yes | Yes | No | No |
| Invite, promote, or manage admins | Yes | No | No | No |
| Edit organization settings | Yes | No | No | No |
| Delete the organization | Yes | No | No | No |
`.trim(),
    )
  })

  it("grants, cell for cell", () => {
    expect(cells(matrix)).toEqual({
      "organization.read": "oaev",
      "organization.update": "o",
      "organization.delete": "o",
      "organization.transfer": "o",
      "members.read": "oaev",
      "members.invite": "oa",
      "members.update": "oa",
      "members.remove": "oa",
      "roles.read": "oaev",
      "roles.create": "oa",
      "roles.update": "oa",
      "roles.delete": "oa",
      "projects.read": "oaev",
      "projects.create": "oa",
      "projects.update": "oa",
      "projects.delete": "oa",
      "apiKeys.read": "oaev",
      "apiKeys.create": "oae",
      "apiKeys.update": "oae",
      "apiKeys.delete": "oa",
      "api.use": "oaev",
      "ipRules.read": "oaev",
      "ipRules.manage": "oa",
      "endpointRules.read": "oaev",
      "endpointRules.manage": "oa",
      "billing.read": "oa",
      "billing.manage": "o",
      "billing.cancel": "o",
      "usage.read": "oa",
      "activity.read": "oa",
    })
  })

  it("lets admins manage editors and viewers, and only the owner manage admins", () => {
    expect(managed(matrix)).toEqual({
      owner: "owner admin editor viewer",
      admin: "editor viewer",
      editor: "",
      viewer: "",
    })
  })

  it("has exactly one owner, who stays, and no roles of an organization's own", () => {
    expect(workspace.policy.ownership).toEqual({ role: "owner", holders: "single", transfer: "off" })
    expect(workspace.policy.customRoles).toBe(false)
  })
})

describe("paidTeam", () => {
  const matrix = paidTeam.policy.matrix()

  it("prints its table", () => {
    expect(capabilityTable(matrix, paidTeamCapabilities, "Feature")).toBe(
      `
| Feature | Admin | Maintainer | Member |
|---|---|---|---|
| Manage payments & API subscriptions | Yes | Yes | No |
| Cancel API subscriptions | Yes | Yes | No |
| Consume API credits | Yes | Yes | Yes |
| Make & manage one's own keys | Yes | Yes | Yes |
| Manage others' & organization keys | Yes | Yes | No |
| Invite users | Yes | Yes | No |
| Cancel invites | Yes | Yes | No |
| IP whitelisting | Yes | Yes | No |
| Endpoint restrictions | Yes | Yes | No |
| View usage (organization-wide) | Yes | Yes | No |
| Add & assign roles | Yes | Yes | No |
| Leave organization | No | Yes | Yes |
| Cancel organization subscription | Yes | No | No |
`.trim(),
    )
  })

  it("keeps the end of the organization to the admin, and makes members read-only", () => {
    const held = Object.entries(cells(matrix))
    expect(held.flatMap(([name, roles]) => (roles === "a" ? [name] : []))).toEqual([
      "organization.delete",
      "organization.transfer",
    ])
    expect(held.flatMap(([name, roles]) => (roles === "amm" ? [name] : []))).toEqual([
      "organization.read",
      "members.read",
      "roles.read",
      "projects.read",
      "api.use",
    ])
    expect(held.filter(([, roles]) => roles === "am")).toHaveLength(30 - 2 - 5)
  })

  it("lets maintainers manage maintainers and members, never the admin", () => {
    expect(managed(matrix)).toEqual({ admin: "admin maintainer member", maintainer: "maintainer member", member: "" })
  })

  it("has exactly one admin, who stays, and roles of the organization's own", () => {
    expect(paidTeam.policy.ownership).toEqual({ role: "admin", holders: "single", transfer: "off" })
    expect(paidTeam.policy.customRoles).toBe(true)
  })
})

describe("projects", () => {
  const matrix = projects.policy.matrix()

  it("prints its table", () => {
    expect(capabilityTable(matrix, projectsCapabilities)).toBe(
      `
| Capability | Administrator | Developer | Billing Manager | Viewer |
|---|---|---|---|---|
| Manage members | Yes | No | No | No |
| Change settings | Yes | No | No | No |
| Create projects | Yes | Yes | No | No |
| Manage API keys | Yes | Yes | No | No |
| Use the API | Yes | Yes | No | No |
| View usage | Yes | Yes | Yes | Yes |
| Manage credits and subscriptions | Yes | No | Yes | No |
| View members, projects and activity | Yes | Yes | Yes | Yes |
`.trim(),
    )
  })

  it("grants, cell for cell", () => {
    expect(cells(matrix)).toEqual({
      "organization.read": "adbv",
      "organization.update": "a",
      "organization.delete": "a",
      "organization.transfer": "a",
      "members.read": "adbv",
      "members.invite": "a",
      "members.update": "a",
      "members.remove": "a",
      "roles.read": "adbv",
      "roles.create": "a",
      "roles.update": "a",
      "roles.delete": "a",
      "projects.read": "adbv",
      "projects.create": "ad",
      "projects.update": "ad",
      "projects.delete": "a",
      "apiKeys.read": "adv",
      "apiKeys.create": "ad",
      "apiKeys.update": "ad",
      "apiKeys.delete": "ad",
      "api.use": "ad",
      "ipRules.read": "adv",
      "ipRules.manage": "a",
      "endpointRules.read": "adv",
      "endpointRules.manage": "a",
      "billing.read": "abv",
      "billing.manage": "ab",
      "billing.cancel": "ab",
      "usage.read": "adbv",
      "activity.read": "adbv",
    })
  })

  it("lets administrators alone manage people", () => {
    expect(managed(matrix)).toEqual({
      administrator: "administrator developer billing-manager viewer",
      developer: "",
      "billing-manager": "",
      viewer: "",
    })
  })

  it("has several administrators, who can hand over, and no roles of an organization's own", () => {
    expect(projects.policy.ownership).toEqual({ role: "administrator", holders: "multiple", transfer: "direct" })
    expect(projects.policy.customRoles).toBe(false)
  })
})

describe("customRoles", () => {
  const matrix = customRoles.policy.matrix()

  it("keeps the end of the organization and of its subscription to owners", () => {
    const held = Object.entries(cells(matrix))
    expect(held.flatMap(([name, roles]) => (roles === "o" ? [name] : []))).toEqual([
      "organization.delete",
      "organization.transfer",
      "billing.cancel",
    ])
    expect(held.flatMap(([name, roles]) => (roles === "oam" ? [name] : []))).toEqual([
      "organization.read",
      "members.read",
      "roles.read",
      "projects.read",
      "api.use",
    ])
    expect(held.filter(([, roles]) => roles === "oa")).toHaveLength(30 - 3 - 5)
  })

  it("lets admins manage admins and members", () => {
    expect(managed(matrix)).toEqual({ owner: "owner admin member", admin: "admin member", member: "" })
  })

  it.each([
    ["users.read", "members.read"],
    ["users.invite", "members.invite"],
    ["users.update", "members.update"],
    ["users.delete", "members.remove"],
  ])("knows %s as %s", (alias, name) => expect(customRoles.policy.canonical(alias)).toBe(name))

  it("has several owners, who can hand over, and roles of the organization's own", () => {
    expect(customRoles.policy.ownership).toEqual({ role: "owner", holders: "multiple", transfer: "direct" })
    expect(customRoles.policy.customRoles).toBe(true)
  })
})

describe("every preset", () => {
  it.each<[string, Preset, boolean]>([
    ["workspace", workspace, true],
    ["paidTeam", paidTeam, false],
    ["projects", projects, true],
    ["customRoles", customRoles, true],
  ])("is sound, and says whether others may be there when it is deleted: %s", async (_, preset, deleteWithMembers) => {
    expect(await preset.policy.audit()).toEqual([])
    expect(preset.organizations).toEqual({ deleteWithMembers })
    expect(preset.policy.systemRoles.every(({ description }) => description !== null)).toBe(true)
    expect(preset.policy.systemRoles[0]?.permissions).toHaveLength(30)
  })

  it.each<[string, Preset, () => PolicyEngine]>([
    ["workspace", workspace, () => definePolicy(workspaceDefinition)],
    ["paidTeam", paidTeam, () => definePolicy(paidTeamDefinition)],
    ["projects", projects, () => definePolicy(projectsDefinition)],
    ["customRoles", customRoles, () => definePolicy(customRolesDefinition)],
  ])(
    "passes the check that it is compiled without, and is what the check makes of it: %s",
    (_, { policy }, checked) => {
      const { systemRoles, ownership, customRoles } = checked()
      expect(policy).toMatchObject({ systemRoles, ownership, customRoles })
      expect({ ...policy.matrix(), toString: null }).toEqual({ ...checked().matrix(), toString: null })
    },
  )

  it("knows its roles and aliases by type", () => {
    expectTypeOf(workspace.policy.ownership.role).toEqualTypeOf<"owner" | "admin" | "editor" | "viewer">()
    expectTypeOf(projects.policy.ownership.role).toEqualTypeOf<
      "administrator" | "developer" | "billing-manager" | "viewer"
    >()
    expectTypeOf<"users.delete">().toExtend<
      keyof ReturnType<ReturnType<typeof customRoles.policy.resolve>["permissions"]>
    >()
  })
})
