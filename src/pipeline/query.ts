/**
 * The query pipeline: parse, load, answer.
 *
 * @module
 */
import { requireActor } from "../kernel/actor.ts"
import { isTenantryError } from "../kernel/error.ts"
import { port } from "../kernel/port.ts"
import type { Wants } from "../store/store.ts"
import { pass, requireKind } from "./admit.ts"
import { enter, gateOf } from "./enter.ts"
import type { Located, LookupDefinition, Operation, QueryDefinition } from "./operation.ts"
import { readInput } from "./shell.ts"

/** A read inside an organization. */
export function query<In, I, L extends Located, const W extends Wants, O>(
  definition: QueryDefinition<In, I, L, W, O>,
): Operation<In, O> {
  return {
    name: definition.name,
    kind: "query",
    input: definition.input,
    actors: definition.actors,
    permission: gateOf(definition.allow),
    facts: [],
    run: async (shell, actor, raw) => {
      const visit = await enter(shell, definition, actor, raw)
      const context = await visit.load(shell.store)
      pass(typeof definition.allow === "function" ? definition.allow(context) : definition.allow, context)
      return definition.answer(context)
    },
  }
}

/** The same read, null where it would answer `not_found`. */
export function orNull<In, O>(name: string, operation: Operation<In, O>): Operation<In, O | null> {
  return {
    ...operation,
    name,
    run: async (shell, actor, raw) => {
      try {
        return await operation.run(shell, actor, raw)
      } catch (error) {
        if (isTenantryError(error) && error.code === "not_found") return null
        throw error
      }
    },
  }
}

/** A read across organizations. */
export function lookup<In, I, O>(definition: LookupDefinition<In, I, O>): Operation<In, O> {
  return {
    name: definition.name,
    kind: "query",
    input: definition.input,
    actors: definition.actors,
    permission: null,
    facts: [],
    run: async (shell, actor, raw) => {
      const by = definition.actors.length === 0 ? SOMEBODY : requireActor(actor)
      if (definition.actors.length > 0) requireKind(by, definition.actors)
      const input = readInput(shell, definition, raw)
      return port(() => definition.answer({ ...shell, actor: by, input, at: shell.clock.now() }))
    },
  }
}

const SOMEBODY = { type: "system", name: "anonymous" } as const
