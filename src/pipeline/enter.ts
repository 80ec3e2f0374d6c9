/**
 * The way into an organization, the same for commands and queries: actor, input, look-up, load, access.
 *
 * @module
 */
import { type Actor, requireActor } from "../kernel/actor.ts"
import { port } from "../kernel/port.ts"
import type { BuiltInPermission } from "../policy/policy.ts"
import type { Loaded, Store, Wants } from "../store/store.ts"
import { accessTo, requireKind } from "./admit.ts"
import { type Context, found, type Gate, type Inside, type Located } from "./operation.ts"
import { readInput, type Shell } from "./shell.ts"

/** A caller at the door of a located organization; `load` may be called again after a conflict. */
export type Visit<I, L extends Located, W extends Wants> = Readonly<{
  actor: Actor
  located: L
  load: (store: Store) => Promise<Context<I, W, L>>
}>

/** The permission a gate asks for, where it does not depend on what is found. */
export const gateOf = (gate: Gate | ((context: never) => Gate)): BuiltInPermission | null =>
  typeof gate === "function" || gate === "inside" || gate === "recipient" ? null : gate

/** Parses, checks the kind of actor and finds the organization. */
export async function enter<In, I, L extends Located, W extends Wants>(
  shell: Shell,
  definition: Inside<In, I, L, W>,
  actor: unknown,
  raw: In,
): Promise<Visit<I, L, W>> {
  const by = requireActor(actor)
  requireKind(by, definition.actors)
  const input = readInput(shell, definition, raw)
  const { locate } = definition
  const located = locate ? found(await port(() => locate(shell.store, input, by))) : (input as unknown as L)
  return { actor: by, located, load: (store) => load(shell, store, definition, { actor: by, input, located }) }
}

async function load<In, I, L extends Located, W extends Wants>(
  shell: Shell,
  store: Store,
  definition: Inside<In, I, L, W>,
  { actor, input, located }: Readonly<{ actor: Actor; input: I; located: L }>,
): Promise<Context<I, W, L>> {
  const at = shell.clock.now()
  const wants = {
    ...definition.wants({ ...shell, input, located, actor, at }),
    caller: actor.type === "user" ? actor.id : undefined,
    roles: true as const,
  }
  const loaded = found(await port(() => store.load(located.organizationId, wants)))
  const { roles } = loaded
  const caller = loaded.caller ?? null
  const access = accessTo(loaded.organization, actor, caller, roles, shell.policy, shell.rules)
  return { ...shell, actor, input, located, at, caller, access, roles, loaded: loaded as Loaded<W> }
}
