/**
 * Random policies and people, from a seed: the same on every run.
 *
 * @module
 */
import { system } from "../../src/kernel/actor.ts"
import type { OrganizationId } from "../../src/kernel/id.ts"
import {
  builtInPermissions,
  type CustomRole,
  type HostPermissions,
  type PolicyInput,
  type Rule,
  type Standing,
} from "../../src/policy/policy.ts"
import { keyOf, memberKey, organizationKey, personalKey, standing } from "./standing.ts"

/** A policy whose names are not known when it is compiled. */
export type AnyPolicyInput = PolicyInput<string, HostPermissions, string>

/** Numbers in [0, 1) that a seed determines (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Names that a careless look-up would find, or take for a pattern. */
export const HOSTILE_NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "", "*", "members.*", "*.read"]

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
const some = <T>(random: () => number, from: readonly T[], most: number): T[] =>
  Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(random, from))

/** A policy of up to six roles over the built-in permissions, the host's and aliases. */
export function randomPolicy(random: () => number): AnyPolicyInput {
  const permissions: Record<string, "organization" | "project"> = {}
  const resources = ["invoices", "members", "constructor", "toString"]
  for (const resource of some(random, resources, 3)) {
    for (const action of some(random, ["send", "export", "constructor", "readOnly"], 3)) {
      permissions[`${resource}.${action}`] = random() < 0.5 ? "organization" : "project"
    }
  }
  const names = [...Object.keys(builtInPermissions), ...Object.keys(permissions)]
  const aliases: Record<string, never> = {}
  for (const alias of some(random, ["users.read", "users.invite", "people.x", "valueOf.x"], 3)) {
    aliases[alias] = pick(random, names) as never
  }
  const wildcards = ["*", ...names.flatMap((name) => [name.replace(/\..*/, ".*"), name.replace(/.*\./, "*.")])]
  const patterns = [...names, ...names, ...Object.keys(aliases), ...wildcards]
  const roleNames = ["owner", "r1", "R_2", "r3", "r-4", "value-of"].slice(0, 1 + Math.floor(random() * 6))
  const managed = roleNames.slice(1)
  const roles: Record<string, object> = {}
  for (const role of roleNames) {
    const manages = some(random, managed, managed.length === 0 ? 0 : 3)
    const lists = { invite: manages, update: some(random, managed, managed.length === 0 ? 0 : 2) }
    roles[role] = {
      grants: some(random, patterns, 8),
      except: some(random, patterns, 4),
      ...(role !== "owner" && { manages: random() < 0.5 ? manages : lists }),
    }
  }
  const ownership = { role: "owner", holders: "multiple", transfer: "off" } as const
  return { permissions, aliases, roles: roles as AnyPolicyInput["roles"], ownership, customRoles: true }
}

/** Every name worth asking a policy about: its own, and those that it must not know. */
export const askedNames = (policy: AnyPolicyInput): readonly string[] => [
  ...Object.keys(builtInPermissions),
  ...Object.keys(policy.permissions ?? {}),
  ...Object.keys(policy.aliases ?? {}),
  ...HOSTILE_NAMES,
  "members.raed",
]

const strayKey = keyOf(memberKey.holder, "org_evil" as OrganizationId)

/** Somebody who stands somewhere under that policy: with custom roles, shadows, a project role, rules, or none. */
export function randomStanding(random: () => number, policy: AnyPolicyInput): Standing {
  const system_ = Object.keys(policy.roles)
  const names = askedNames(policy)
  const customNames = some(random, [...system_, "c1", "c2", ...HOSTILE_NAMES], 5)
  const customRoles: CustomRole[] = [...new Set(customNames)].map((name) => ({
    name,
    permissions: some(random, names, 12),
  }))
  const roles = [...system_, ...customNames, "vanished", ...HOSTILE_NAMES, null]
  const rules: Rule[] = some(random, names, 3).map((name) => ({
    name,
    forbids: ({ permission, project }) => {
      if (permission.length % 7 === 0 && name === "*") throw new Error("broken")
      return permission === name || (name === "constructor" && project !== null) ? "no" : false
    },
  }))
  return standing(pick(random, [pick(random, system_), pick(random, roles)]), {
    customRoles,
    ...(random() < 0.4 && { project: { id: "prj_1", role: pick(random, roles) } }),
    ...(random() < 0.4 && { rules }),
    ...pick(random, [...Array<object>(30).fill({}), { actor: system("sync") }, ...randomKeys(random, names)]),
  })
}

/** Keys of every kind, with scopes as wide as a role's or as narrow as none. */
const randomKeys = (random: () => number, names: readonly string[]): readonly Partial<Standing>[] => {
  const scopes = random() < 0.5 ? names.filter(() => random() < 0.8) : some(random, names, 12)
  const keys = [organizationKey, organizationKey, memberKey, memberKey, memberKey, personalKey, strayKey]
  return [...keys.map((actor) => ({ actor, scopes })), { actor: organizationKey }]
}
