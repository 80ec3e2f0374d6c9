/**
 * The policy as a table.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import { capabilityTable, definePolicy } from "../../src/policy/policy.ts"

const policy = definePolicy({
  permissions: { "invoices.send": "project" },
  roles: {
    owner: { grants: ["*"] },
    "team-lead": { grants: ["members.*"], manages: { invite: ["guest"], update: ["guest"], remove: ["guest"] } },
    guest: { grants: ["members.read"], manages: ["guest"] },
  },
  ownership: { role: "owner", holders: "single", transfer: "off" },
})

describe("the matrix", () => {
  const matrix = policy.matrix()

  it("has a row for each permission and a cell for each role, in order of definition", () => {
    expect(matrix.roles).toEqual(["owner", "team-lead", "guest"])
    expect(matrix.rows).toHaveLength(31)
    expect(matrix.rows.find((row) => row.permission === "members.invite")).toEqual({
      permission: "members.invite",
      scope: "project",
      cells: [true, true, false],
    })
    expect(matrix.rows.at(-1)).toEqual({ permission: "invoices.send", scope: "project", cells: [true, false, false] })
    expect(matrix.rows[0]).toEqual({
      permission: "organization.read",
      scope: "organization",
      cells: [true, false, false],
    })
  })

  it("says who manages whom, given the action's permission", () => {
    const row = (action: string, role: string) =>
      matrix.management.find((each) => each.action === action && each.role === role)?.cells
    expect(matrix.management).toHaveLength(9)
    expect(row("invite", "guest")).toEqual([true, true, false])
    expect(row("remove", "team-lead")).toEqual([true, false, false])
    expect(row("update", "owner")).toEqual([true, false, false])
  })

  it("prints as a Markdown table", () => {
    const lines = String(matrix).split("\n")
    expect(lines).toHaveLength(2 + 31)
    expect(lines.slice(0, 3)).toEqual([
      "| Permission | owner | team-lead | guest |",
      "|---|---|---|---|",
      "| organization.read | Yes | No | No |",
    ])
  })

  it("prints capabilities in people's own words", () => {
    const table = capabilityTable(
      matrix,
      [
        { label: "See the team", permissions: ["members.read"] },
        { label: "See the team and its bills", permissions: ["members.read", "billing.read"] },
        { label: "Manage guests", manages: ["guest"] },
        { label: "Manage everybody", manages: ["team-lead", "guest"] },
        { label: "Close the place", permissions: ["organization.delete"], owner: "only" },
        { label: "Leave", owner: "never" },
        { label: "Fly", permissions: ["wings.use"] },
      ],
      "What",
    )
    expect(table.split("\n")).toEqual([
      "| What | Owner | Team Lead | Guest |",
      "|---|---|---|---|",
      "| See the team | Yes | Yes | Yes |",
      "| See the team and its bills | Yes | No | No |",
      "| Manage guests | Yes | Yes | No |",
      "| Manage everybody | Yes | No | No |",
      "| Close the place | Yes | No | No |",
      "| Leave | No | Yes | Yes |",
      "| Fly | No | No | No |",
    ])
  })

  it("lets each of several owners leave", () => {
    const shared = definePolicy({
      roles: { owner: { grants: ["*"] } },
      ownership: { role: "owner", holders: "multiple", transfer: "off" },
    })
    expect(capabilityTable(shared.matrix(), [{ label: "Leave", owner: "never" }])).toContain("| Leave | Yes |")
  })
})
