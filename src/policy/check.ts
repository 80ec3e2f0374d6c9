/**
 * The check of a policy: every problem at once, each with its path.
 *
 * @module
 */
import * as z from "zod"
import { type InputIssue, TenantryError } from "../kernel/error.ts"
import { inputIssues } from "../kernel/input.ts"
import { line } from "../kernel/text.ts"
import { type CheckedPolicy, type CheckedRole, type ManageAction, manageActions, type Ownership } from "./definition.ts"
import { builtInPermissions, covers, PERMISSION_NAME, type PermissionScope } from "./permission.ts"
import { canonicalRoleName, isPrototypeName, SYSTEM_ROLE_NAME } from "./role-name.ts"

type Path = readonly (string | number)[]

const Names = z.array(z.string())
const Role = z.strictObject({
  description: line(1, 500).nullish(),
  grants: Names,
  except: Names.default([]),
  manages: z
    .union(
      [Names, z.strictObject({ invite: Names.default([]), update: Names.default([]), remove: Names.default([]) })],
      "expected a list of roles, or a list for each of `invite`, `update` and `remove`",
    )
    .optional(),
})
const OwnershipInput: z.ZodType<Ownership> = z.strictObject({
  role: z.string(),
  holders: z.enum(["single", "multiple"]),
  transfer: z.enum(["off", "direct", "offer"]),
})
const Scope = z.enum(["organization", "project"])
const Table = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "expected an object",
)
const SECTIONS: ReadonlySet<string> = new Set(["permissions", "aliases", "roles", "ownership", "customRoles"])

/** The policy as parsed, every name in it known, or `invalid_input` with everything that is wrong with it. */
export function checkPolicy(input: unknown): CheckedPolicy {
  const problems: InputIssue[] = []
  const check = checker(problems)

  // Sections are read one by one, so that a problem in one does not hide those of the others.
  const policy = check.parse(Table, input, []) ?? {}
  for (const key of Object.keys(policy)) if (!SECTIONS.has(key)) check.report([key], "unknown key")
  const permissions = checkPermissions(policy["permissions"], check)
  const aliases = checkAliases(policy["aliases"], permissions, check)
  const table = check.parse(Table, policy["roles"], ["roles"]) ?? {}
  const ownership = check.parse(OwnershipInput, policy["ownership"], ["ownership"])
  if (ownership !== null && !Object.hasOwn(table, ownership.role)) {
    check.report(["ownership", "role"], `unknown role \`${ownership.role}\``)
  }
  const roles = checkRoles(table, { permissions, aliases, owner: ownership?.role ?? null }, check)
  const customRoles = check.parse(z.boolean().default(false), policy["customRoles"], ["customRoles"])

  const first = problems[0]
  if (first !== undefined || ownership === null || customRoles === null) {
    const message = `invalid policy: ${first?.path.join(".")}: ${first?.message}`
    throw new TenantryError("invalid_input", { issues: problems }, { message })
  }
  return {
    permissions: Object.fromEntries(permissions),
    aliases: Object.fromEntries(aliases),
    roles: Object.fromEntries(roles),
    ownership,
    customRoles,
  }
}

/** Parses parts and collects what is wrong with them. */
type Checker = Readonly<{
  parse<T>(schema: z.ZodType<T>, value: unknown, path: Path): T | null
  report(path: Path, message: string): void
}>

const checker = (problems: InputIssue[]): Checker => ({
  parse(schema, value, path) {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    problems.push(...inputIssues(result.error).map((issue) => ({ ...issue, path: [...path, ...issue.path] })))
    return null
  },
  report: (path, message) => void problems.push({ path, message }),
})

function checkPermissions(input: unknown, check: Checker): ReadonlyMap<string, PermissionScope> {
  const permissions = new Map<string, PermissionScope>(Object.entries(builtInPermissions))
  const taken = lowerCased(permissions.keys())
  for (const [name, value] of Object.entries(check.parse(Table.default({}), input, ["permissions"]) ?? {})) {
    const path = ["permissions", name]
    const scope = check.parse(Scope, value, path)
    if (isNewName(name, taken, path, check)) permissions.set(name, scope ?? "organization")
  }
  return permissions
}

function checkAliases(
  input: unknown,
  permissions: ReadonlyMap<string, PermissionScope>,
  check: Checker,
): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>()
  const taken = lowerCased(permissions.keys())
  for (const [alias, value] of Object.entries(check.parse(Table.default({}), input, ["aliases"]) ?? {})) {
    const path = ["aliases", alias]
    const name = check.parse(z.string(), value, path)
    if (name !== null && !permissions.has(name)) check.report(path, `unknown permission \`${name}\``)
    if (isNewName(alias, taken, path, check)) aliases.set(alias, name ?? alias)
  }
  return aliases
}

const lowerCased = (names: Iterable<string>): Map<string, string> =>
  new Map([...names].map((name) => [name.toLowerCase(), name]))

function isNewName(name: string, taken: Map<string, string>, path: Path, { report }: Checker): boolean {
  const twin = taken.get(name.toLowerCase())
  if (!PERMISSION_NAME.test(name)) report(path, "expected a name of the form `resource.action`")
  else if (twin === name) report(path, `\`${name}\` is a permission already`)
  else if (twin !== undefined) report(path, `differs from \`${twin}\` by case alone`)
  else {
    taken.set(name.toLowerCase(), name)
    return true
  }
  return false
}

type Names = Readonly<{
  permissions: ReadonlyMap<string, PermissionScope>
  aliases: ReadonlyMap<string, string>
  owner: string | null
}>

function checkRoles(
  table: Readonly<Record<string, unknown>>,
  names: Names,
  check: Checker,
): ReadonlyMap<string, CheckedRole> {
  const { report } = check
  const roles = new Map<string, CheckedRole>()
  const seen = new Map<string, string>()
  const roleNames = new Set(Object.keys(table))
  if (roleNames.size === 0) report(["roles"], "expected at least one role")
  for (const name of roleNames) {
    const path = ["roles", name]
    const twin = seen.get(canonicalRoleName(name))
    if (!SYSTEM_ROLE_NAME.test(name)) report(path, "expected a letter, then at most 47 letters, digits, `-` and `_`")
    else if (isPrototypeName(name)) report(path, `\`${name}\` is reserved`)
    else if (twin !== undefined) report(path, `reads like \`${twin}\``)
    seen.set(canonicalRoleName(name), name)
    const role = check.parse(Role, table[name], path)
    if (role === null) continue
    if (name === names.owner && role.manages !== undefined) {
      report([...path, "manages"], "the owner role manages every role, always")
    }
    for (const key of ["grants", "except"] as const) {
      for (const [at, pattern] of role[key].entries()) checkPattern(pattern, names, [...path, key, at], check)
    }
    checkManages(role.manages ?? [], name, names.owner, roleNames, check)
    roles.set(name, role)
  }
  return roles
}

function checkPattern(pattern: string, { permissions, aliases }: Names, path: Path, { report }: Checker): void {
  if (permissions.has(aliases.get(pattern) ?? pattern)) return
  if (!pattern.includes("*")) report(path, `unknown permission \`${pattern}\``)
  else if (![...permissions.keys()].some((name) => covers(pattern, name))) {
    report(path, `\`${pattern}\` covers no permission`)
  }
}

function checkManages(
  manages: readonly string[] | Readonly<Record<ManageAction, readonly string[]>>,
  by: string,
  owner: string | null,
  roleNames: ReadonlySet<string>,
  { report }: Checker,
): void {
  const check = (roles: readonly string[], path: Path): void => {
    for (const [at, role] of roles.entries()) {
      if (!roleNames.has(role)) report([...path, at], `unknown role \`${role}\``)
      else if (role === owner && by !== owner) report([...path, at], "only the owner role manages the owner role")
    }
  }
  const path = ["roles", by, "manages"]
  if (!("invite" in manages)) check(manages, path)
  else for (const action of manageActions) check(manages[action], [...path, action])
}
