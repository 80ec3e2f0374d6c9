/**
 * Who gets in: an actor outside the organization gets `not_found`, never `forbidden`.
 *
 * @module
 */
import { type Actor, requireActor } from "../kernel/actor.ts"
import { TenantryError } from "../kernel/error.ts"
import type { Organization } from "../organization/organization.ts"
import type { Access } from "../policy/policy.ts"
import type { Declared, Gate } from "./operation.ts"
import { readInput, type Shell } from "./shell.ts"

/** Refuses an actor of the wrong kind before anything is read. */
export function requireKind(actor: Actor, kinds: readonly Actor["type"][]): void {
  if (!kinds.includes(actor.type)) throw new TenantryError("forbidden", {})
}

/** Refuses where an organization is suspended: it can be read, and nothing else. */
export function requireActive({ status }: Pick<Organization, "status">): void {
  if (status !== "active") throw new TenantryError("organization_inactive", { status })
}

/** The door of every operation: who asks, and for what. */
export function admit<In, I>(
  shell: Shell,
  definition: Declared<In, I>,
  caller: unknown,
  raw: unknown,
): Readonly<{ actor: Actor; input: I }> {
  const actor = requireActor(caller)
  requireKind(actor, definition.actors)
  return { actor, input: readInput(shell, definition, raw) }
}

/** Lets the actor through the gate, or throws `not_found` outside and `forbidden` inside; answers which gate it was. */
export function pass<C extends Entrant>(allow: Gate | ((context: C) => Gate), context: C): Gate {
  const gate = typeof allow === "function" ? allow(context) : allow
  const { isInside, access } = context
  if (gate === "recipient") return gate
  if (!isInside) throw new TenantryError("not_found", {})
  if (gate !== "inside") access.require(gate)
  return gate
}

type Entrant = Readonly<{ isInside: boolean; access: Access }>
