/**
 * Ready configurations, one for each shape of product.
 *
 * @module
 */
export { customRoles } from "./custom-roles.ts"
export { paidTeam, paidTeamCapabilities } from "./paid-team.ts"
export type { Preset } from "./preset.ts"
export { projects, projectsCapabilities } from "./projects.ts"
export { workspace, workspaceCapabilities } from "./workspace.ts"
