/**
 * The permission catalogue: what the library itself asks for, and the patterns that grant.
 *
 * @module
 */

/** Where a permission holds: in the whole organization, or in each of its projects on its own. */
export type PermissionScope = "organization" | "project"

/** Every permission that the library itself asks for, with its scope. */
export const builtInPermissions = {
  "organization.read": "organization",
  "organization.update": "organization",
  "organization.delete": "organization",
  "organization.transfer": "organization",
  "members.read": "project",
  "members.invite": "project",
  "members.update": "project",
  "members.remove": "project",
  "roles.read": "organization",
  "roles.create": "organization",
  "roles.update": "organization",
  "roles.delete": "organization",
  "projects.read": "project",
  "projects.create": "organization",
  "projects.update": "project",
  "projects.delete": "project",
  "apiKeys.read": "project",
  "apiKeys.create": "project",
  "apiKeys.update": "project",
  "apiKeys.delete": "project",
  "api.use": "project",
  "ipRules.read": "organization",
  "ipRules.manage": "organization",
  "endpointRules.read": "organization",
  "endpointRules.manage": "organization",
  "billing.read": "organization",
  "billing.manage": "organization",
  "billing.cancel": "organization",
  "usage.read": "project",
  "activity.read": "organization",
} as const satisfies Readonly<Record<string, PermissionScope>>

/** The name of a permission that the library itself asks for. */
export type BuiltInPermission = keyof typeof builtInPermissions

/** The host's own permissions, each with its scope: `{ "invoices.send": "project" }`. */
export type HostPermissions = Readonly<Record<string, PermissionScope>>

type ResourceOf<Permission extends string> = Permission extends `${infer Resource}.${string}` ? Resource : never
type ActionOf<Permission extends string> = Permission extends `${string}.${infer Action}` ? Action : never

/** What a role grants or excepts: a name, every action of a resource, one action of every resource, or everything. */
export type Pattern<Permission extends string> =
  | "*"
  | Permission
  | `${ResourceOf<Permission>}.*`
  | `*.${ActionOf<Permission>}`

/** The form of every permission's name: a resource, a dot, an action. */
export const PERMISSION_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,47}\.[A-Za-z][A-Za-z0-9_-]{0,47}$/

/** Whether `pattern` covers the permission `name`. An alias is no pattern: it is made canonical before. */
export function covers(pattern: string, name: string): boolean {
  if (pattern === "*" || pattern === name) return true
  if (pattern.endsWith(".*")) return name.startsWith(pattern.slice(0, -1))
  return pattern.startsWith("*.") && name.endsWith(pattern.slice(1))
}
