/**
 * What an audit follows: roles, held in the organization or in a project, and how they came to be held.
 *
 * @module
 */
import type { AuditCommand } from "./audit.ts"
import type { Bits } from "./bits.ts"
import type { CompiledPolicy } from "./compile.ts"
import type { CustomRole } from "./standing.ts"

/** Where a role is held. */
export type Place = "organization" | "project"

/** A role as the search meets it: the policy's, or one that somebody made on the way. */
export type FoundRole = Readonly<{ name: string; bits: Bits; definition: CustomRole | null }>

/** A role held by somebody in the group. */
export type Holding = Readonly<{ at: Place; role: FoundRole }>

/** A role held, and the commands that led there. */
export type Reached = Readonly<{ held: Holding; commands: readonly AuditCommand[] }>

/** The system role of that name, held there. */
export const systemRoleHeld = (policy: CompiledPolicy, at: Place, name: string): Holding => ({
  at,
  role: { name, bits: policy.roles.get(name)?.bits ?? policy.nothing, definition: null },
})

/** Tells roles apart: one made on the way by what it grants, too. */
export const roleKey = ({ name, bits, definition }: FoundRole): string =>
  definition === null ? name : `${name}=${bits.join()}`

/** Tells apart what is held. */
export const heldKey = ({ at, role }: Holding): string => `${at}:${roleKey(role)}`
