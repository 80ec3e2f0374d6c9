/**
 * The policy engine: who may do what, and why. Pure; usable without the rest.
 *
 * @module
 */
export type { Access, PolicyNames } from "./access.ts"
export type { AuditCommand, AuditFinding } from "./audit.ts"
export type { ManageAction, Ownership, PolicyInput, RoleInput } from "./definition.ts"
export { manageActions, managePermissions } from "./definition.ts"
export { type DefinedNames, definePolicy, type PolicyEngine, type SystemRole } from "./engine.ts"
export type { Explanation, ExplanationStep, RoleAnswer, ScopesAnswer } from "./explain.ts"
export { type Capability, capabilityTable, type ManagementRow, type Matrix, type MatrixRow } from "./matrix.ts"
export {
  type BuiltInPermission,
  builtInPermissions,
  type HostPermissions,
  type Pattern,
  type PermissionScope,
} from "./permission.ts"
export { CustomRoleName, customRoleName, isReservedRoleName } from "./role-name.ts"
export type { Rule, RuleAnswer, RuleOrganization, RuleQuestion } from "./rule.ts"
export type { CustomRole, Standing } from "./standing.ts"
