/**
 * Names of roles: the policy's own, and those that organizations give to theirs.
 *
 * @module
 */
import * as z from "zod"
import type { Branded } from "../kernel/id.ts"
import { parseInput } from "../kernel/input.ts"

/** The name of an organization's own role; branded, so that a misspelt system role is not one. */
export type CustomRoleName = Branded<"CustomRoleName">

/** The name of an organization's own role, as input: `[a-z][a-z0-9-]{0,47}`. */
export const CustomRoleName: z.ZodType<CustomRoleName, string> = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,47}$/,
    "expected a lower-case letter, then at most 47 lower-case letters, digits and hyphens",
  )
  .transform((name) => name as CustomRoleName)

/** The text as the name of an organization's own role, or `invalid_input`. */
export const customRoleName = (text: string): CustomRoleName => parseInput(CustomRoleName, text)

/** The form of a system role's name; hosts bring names from their own tables. */
export const SYSTEM_ROLE_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,47}$/

/** The form in which two names of roles are the same to a reader: no case, one kind of separator. */
export const canonicalRoleName = (name: string): string =>
  name
    .normalize("NFKC")
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, "-")
    .replace(/-$/, "")

const PROTOTYPE_NAMES: ReadonlySet<string> = new Set(
  ["prototype", ...Object.getOwnPropertyNames(Object.prototype)].map(canonicalRoleName),
)

/** Whether every JavaScript object has a property of that name, which a careless look-up would find. */
export const isPrototypeName = (name: string): boolean => PROTOTYPE_NAMES.has(canonicalRoleName(name))

/** Whether no organization may give its own role that name: the owner role, `__proto__`, `constructor` and their like. */
export function isReservedRoleName(name: string, policy: Readonly<{ ownership: Readonly<{ role: string }> }>): boolean {
  return isPrototypeName(name) || canonicalRoleName(name) === canonicalRoleName(policy.ownership.role)
}
