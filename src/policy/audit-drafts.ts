/**
 * The roles worth making in an audit: the smallest that lead somewhere new.
 *
 * @module
 */
import type { Access } from "./access.ts"
import { type FoundRole, heldKey, type Place, type Reached, systemRoleHeld } from "./audit-holding.ts"
import { type Bits, isStrictSubset } from "./bits.ts"
import { type CompiledPolicy, compilePermissions, namesIn } from "./compile.ts"
import { manageActions, managePermissions } from "./definition.ts"

/**
 * A role to make, for either place or one. `grown` is what it can be edited into once it is held: such a role is made
 * for one place, since its holders in the other would change with it.
 */
export type Draft = Readonly<{ role: FoundRole; places: readonly Place[]; grown: FoundRole | null }>

const BOTH: readonly Place[] = ["organization", "project"]

/** What is known when a role is made. */
type Known = Readonly<{ policy: CompiledPolicy; reached: ReadonlyMap<string, Reached> }>

/** System roles that nobody in the group holds yet and whose holders manage somebody: what they grant is not enough. */
const ambitions = ({ policy, reached }: Known): readonly FoundRole[] =>
  [...policy.roles.values()].flatMap((role) => {
    const held = systemRoleHeld(policy, "organization", role.name)
    const manages = manageActions.some((action) => role.manages[action].size > 0)
    return manages && role.name !== policy.ownership.role && !reached.has(heldKey(held)) ? [held.role] : []
  })

/**
 * The smallest roles out of what the maker holds whose holder manages one more system role: all that it grants and
 * more, and the action's permission. A role equal to the maker's own is made smaller first and edited once it is held.
 */
export function usefulRoles(known: Known, maker: Bits, access: Access): readonly Draft[] {
  const { policy } = known
  const mine = namesIn(policy, maker)
  return ambitions(known).flatMap((target) =>
    (["invite", "update"] as const).flatMap((action): readonly Draft[] => {
      const granted = namesIn(policy, target.bits)
      const asked = new Set([...granted, managePermissions[action]])
      const extra = mine.find((permission) => !asked.has(permission))
      if (asked.size === granted.length && extra !== undefined) asked.add(extra)
      if (asked.size === granted.length || access.lacks([...asked]).length > 0) return []
      const whole = madeOf(policy, nameFor(policy, action, target.name), [...asked])
      if (isStrictSubset(whole.bits, maker)) return [{ role: whole, places: BOTH, grown: null }]
      return BOTH.map((at) => {
        const name = at === "project" ? `${whole.name}-in-project` : whole.name
        return {
          role: madeOf(policy, name, [...asked].slice(1)),
          places: [at],
          grown: madeOf(policy, name, [...asked]),
        }
      })
    }),
  )
}

/** The smallest role of all: somebody who was invited into it can be given another role. */
export const newcomer = ({ policy }: Pick<Known, "policy">): Draft => ({
  role: madeOf(policy, unused(policy, "newcomer"), []),
  places: BOTH,
  grown: null,
})

/** The smallest shadows of system roles that the maker could delete again, once somebody holds them. */
export function usefulShadows(known: Known, access: Access): readonly Draft[] {
  return ambitions(known).flatMap((target) => {
    const granted = namesIn(known.policy, target.bits)
    if (!access.manages("update", target.name) || access.lacks(granted).length > 0) return []
    return [{ role: madeOf(known.policy, target.name, granted.slice(0, 1)), places: BOTH, grown: null }]
  })
}

const madeOf = (policy: CompiledPolicy, name: string, permissions: readonly string[]): FoundRole => ({
  name,
  bits: compilePermissions(policy, permissions),
  definition: { name, permissions },
})

/** A name that says what the role is made for, and is none of the policy's. */
const nameFor = (policy: CompiledPolicy, action: "invite" | "update", target: string): string =>
  unused(policy, `${action}s-${target}`)

const unused = (policy: CompiledPolicy, name: string): string =>
  policy.roles.has(name) ? unused(policy, `${name}-x`) : name
