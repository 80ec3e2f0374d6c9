/**
 * The policy as a table: roles across, permissions and managed roles down.
 *
 * @module
 */
import { hasBit } from "./bits.ts"
import type { CompiledPolicy } from "./compile.ts"
import { type ManageAction, manageActions, managePermissions } from "./definition.ts"
import type { PermissionScope } from "./permission.ts"

/** One permission, and which role holds it, in the order of `Matrix.roles`. */
export type MatrixRow = Readonly<{ permission: string; scope: PermissionScope; cells: readonly boolean[] }>

/** One action on the holders of one role, and which role may take it. */
export type ManagementRow = Readonly<{ action: ManageAction; role: string; cells: readonly boolean[] }>

/** The whole policy, role by permission. */
export type Matrix = Readonly<{
  roles: readonly string[]
  rows: readonly MatrixRow[]
  management: readonly ManagementRow[]
  /** Which role is the owner's: what only it may do stands in no permission. */
  owner: Readonly<{ cells: readonly boolean[]; holders: "single" | "multiple" }>
  /** The permission rows as a Markdown table. */
  toString(): string
}>

/**
 * One row of a table in people's own words. A role may do it when it holds all of `permissions` and manages each role
 * in `manages`; `owner: "only"` is for the owner role alone, `owner: "never"` for everybody but a single owner.
 */
export type Capability = Readonly<{
  label: string
  permissions?: readonly string[]
  manages?: readonly string[]
  owner?: "only" | "never"
}>

/** The matrix of a compiled policy. */
export function matrixOf(policy: CompiledPolicy): Matrix {
  const roles = [...policy.roles.values()]
  const owner = policy.ownership.role
  const rows = policy.names.map((permission, at) => ({
    permission,
    scope: hasBit(policy.projectScope, at) ? ("project" as const) : ("organization" as const),
    cells: roles.map((role) => hasBit(role.bits, at)),
  }))
  const management = roles.flatMap((target) =>
    manageActions.map((action) => {
      const asked = policy.index.get(managePermissions[action]) ?? -1
      const cells = roles.map(
        (role) => hasBit(role.bits, asked) && (role.name === owner || role.manages[action].has(target.name)),
      )
      return { action, role: target.name, cells }
    }),
  )
  const names = roles.map((role) => role.name)
  return {
    roles: names,
    rows,
    management,
    owner: { cells: names.map((name) => name === owner), holders: policy.ownership.holders },
    toString: () =>
      markdown(
        "Permission",
        names,
        rows.map((row) => [row.permission, row.cells]),
      ),
  }
}

/** The matrix as a Markdown table of capabilities, one row each. */
export function capabilityTable(matrix: Matrix, capabilities: readonly Capability[], heading = "Capability"): string {
  return markdown(
    heading,
    matrix.roles.map(title),
    capabilities.map((capability) => [capability.label, capabilityCells(matrix, capability)]),
  )
}

function capabilityCells(matrix: Matrix, { permissions = [], manages = [], owner }: Capability): readonly boolean[] {
  const permissionRows = permissions.map((name) => matrix.rows.find((row) => row.permission === name)?.cells)
  const managementRows = manages.flatMap((role) =>
    manageActions.map((action) => matrix.management.find((row) => row.role === role && row.action === action)?.cells),
  )
  return matrix.roles.map((_, at) => {
    const isOwner = matrix.owner.cells[at] === true
    if (owner === "only" && !isOwner) return false
    if (owner === "never" && isOwner && matrix.owner.holders === "single") return false
    return [...permissionRows, ...managementRows].every((cells) => cells?.[at] === true)
  })
}

const title = (name: string): string =>
  name
    .split(/[-_]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ")

function markdown(
  heading: string,
  roles: readonly string[],
  rows: readonly (readonly [string, readonly boolean[]])[],
): string {
  const lines = [
    [heading, ...roles].join(" | "),
    Array(roles.length + 1)
      .fill("---")
      .join("|"),
  ]
  const [head = "", rule = ""] = lines
  return [
    `| ${head} |`,
    `|${rule}|`,
    ...rows.map(([label, cells]) => `| ${[label, ...cells.map((cell) => (cell ? "Yes" : "No"))].join(" | ")} |`),
  ].join("\n")
}
