/**
 * A policy as its author writes it: the catalogue, the system roles, and who owns.
 *
 * @module
 */
import type { BuiltInPermission, HostPermissions, Pattern } from "./permission.ts"

/** What one does to the holder of a role: bring in, give another role, remove. */
export type ManageAction = "invite" | "update" | "remove"

/** Every action, each with the permission it takes. */
export const managePermissions = {
  invite: "members.invite",
  update: "members.update",
  remove: "members.remove",
} as const satisfies Readonly<Record<ManageAction, BuiltInPermission>>

/** The three actions, in the order in which people meet them. */
export const manageActions: readonly ManageAction[] = ["invite", "update", "remove"]

/** Which role owns, whether several members may hold it, and whether and how it is handed over. */
export type Ownership<Role extends string = string> = Readonly<{
  role: Role
  /** `single`: exactly one member. `multiple`: at least one. */
  holders: "single" | "multiple"
  /** `direct`: in one step. `offer`: once the other side accepts. */
  transfer: "off" | "direct" | "offer"
}>

/** One system role: what it grants, and the roles whose holders it may invite, re-role and remove. */
export type RoleInput<Role extends string, Permission extends string> = Readonly<{
  description?: string
  grants: readonly Pattern<Permission>[]
  /** Taken out of what `grants` covers. */
  except?: readonly Pattern<Permission>[]
  /** One list for all three actions, or one for each. The owner role needs none: it manages every role. */
  manages?: readonly Role[] | Readonly<{ [Action in ManageAction]?: readonly Role[] }>
}>

/** The whole policy. A misspelt permission or role does not compile. */
export type PolicyInput<Role extends string, Permissions extends HostPermissions, Alias extends string> = Readonly<{
  permissions?: Permissions
  /** Other names for permissions: `{ "users.read": "members.read" }`. */
  aliases?: Readonly<{ [A in Alias]: BuiltInPermission | NoInfer<keyof Permissions & string> }>
  roles: Readonly<{
    [R in Role]: RoleInput<NoInfer<Role>, BuiltInPermission | NoInfer<(keyof Permissions & string) | Alias>>
  }>
  ownership: Ownership<NoInfer<Role>>
  /** Whether organizations may define roles of their own; false unless said. */
  customRoles?: boolean
}>

/** A policy in which every name is known: `definePolicy` has checked it, or a preset's tests have. */
export type CheckedPolicy = Readonly<{
  permissions?: HostPermissions
  aliases?: Readonly<Record<string, string>>
  roles: Readonly<Record<string, CheckedRole>>
  ownership: Ownership
  customRoles?: boolean
}>

/** A system role in which every name is known. */
export type CheckedRole = Readonly<{
  description?: string | null | undefined
  grants: readonly string[]
  except?: readonly string[]
  manages?: readonly string[] | Readonly<{ [Action in ManageAction]?: readonly string[] }> | undefined
}>
