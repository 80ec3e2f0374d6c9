/**
 * The query pipeline: parse, load, answer.
 *
 * @module
 */
import { isTenantryError } from "../kernel/error.ts"
import { port } from "../kernel/port.ts"
import type { Wants } from "../store/store.ts"
import { admit, pass } from "./admit.ts"
import { enter } from "./enter.ts"
import {
  type Located,
  type LookupDefinition,
  type Operation,
  operation,
  type QueryDefinition,
  surroundings,
} from "./operation.ts"
import { readInput } from "./shell.ts"

/** A read inside an organization. */
export function query<In, I, L extends Located, const W extends Wants, O>(
  definition: QueryDefinition<In, I, L, W, O>,
): Operation<In, O> {
  return operation("query", definition, async (shell, actor, raw) => {
    const visit = await enter(shell, definition, actor, raw)
    const context = await visit.load(shell.store)
    pass(definition.allow, context)
    return definition.answer(context)
  })
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
  const isOpen = definition.actors.length === 0
  return operation("query", definition, async (shell, caller, raw) => {
    const { actor, input } = isOpen
      ? { actor: SOMEBODY, input: readInput(shell, definition, raw) }
      : admit(shell, definition, caller, raw)
    return port(() =>
      definition.answer({ store: shell.store, ...surroundings(shell, actor, input, shell.clock.now()) }),
    )
  })
}

const SOMEBODY = { type: "system", name: "anonymous" } as const
