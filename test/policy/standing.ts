/**
 * Somebody who stands somewhere, for tests of policies.
 *
 * @module
 */
import { user } from "../../src/kernel/actor.ts"
import type { Standing } from "../../src/policy/policy.ts"

export const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true })

export const acme = { id: "org_acme", name: "Acme", slug: "acme", metadata: { plan: "gold" } }

/** Ada at Acme in that role, unless told otherwise. */
export const standing = (role: string | null, rest: Partial<Standing> = {}): Standing => ({
  actor: ada,
  organization: acme,
  role,
  customRoles: [],
  ...rest,
})
