/**
 * Who gets in: an actor outside the organization gets `not_found`, never `forbidden`.
 *
 * @module
 */
import type { Actor } from "../kernel/actor.ts"
import { TenantryError } from "../kernel/error.ts"
import type { Membership } from "../membership/membership.ts"
import type { Organization } from "../organization/organization.ts"
import type { Access, PolicyEngine, Rule } from "../policy/policy.ts"
import type { Role } from "../role/role.ts"
import type { Gate } from "./operation.ts"

/** Refuses an actor of the wrong kind before anything is read. */
export function requireKind(actor: Actor, kinds: readonly Actor["type"][]): void {
  if (!kinds.includes(actor.type)) throw new TenantryError("forbidden", {})
}

/** What the caller may do in a live organization. A deleted one is not there. */
export function accessTo(
  organization: Organization,
  actor: Actor,
  caller: Membership | null,
  roles: readonly Role[],
  policy: PolicyEngine,
  rules: readonly Rule[],
): Access {
  if (organization.status === "deleted" || organization.status === "purging") throw new TenantryError("not_found", {})
  return policy.resolve({ actor, organization, role: caller?.role ?? null, customRoles: roles, rules })
}

/** Lets the actor through the gate, or throws `not_found` outside and `forbidden` inside. */
export function pass(
  gate: Gate,
  { actor, caller, access }: Readonly<{ actor: Actor; caller: Membership | null; access: Access }>,
): void {
  if (gate === "recipient") return
  if (actor.type === "user" && caller === null) throw new TenantryError("not_found", {})
  if (gate !== "inside") access.require(gate)
}
