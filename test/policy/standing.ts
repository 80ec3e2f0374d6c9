/**
 * Somebody who stands somewhere, for tests of policies.
 *
 * @module
 */
import { apiKeyActor, type KeyHolder, user } from "../../src/kernel/actor.ts"
import type { ApiKeyId, MembershipId, OrganizationId } from "../../src/kernel/id.ts"
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

export const ACME = acme.id as OrganizationId

/** A key of that holder's. */
export const keyOf = (holder: KeyHolder, organizationId: OrganizationId | null = ACME) =>
  apiKeyActor({
    id: "key_1" as ApiKeyId,
    organizationId,
    projectId: null,
    holder,
    ip: null,
    userAgent: null,
    requestId: null,
  })

export const organizationKey = keyOf({ type: "organization" })
export const memberKey = keyOf({ type: "member", userId: ada.id, membershipId: "mem_ada" as MembershipId })
export const personalKey = keyOf({ type: "person", userId: ada.id }, null)
