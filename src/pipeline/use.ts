/**
 * The pipeline of what counts use: parse, load, decide, write. What it writes is no fact and touches no revision.
 *
 * @module
 */
import type { Actor } from "../kernel/actor.ts"
import type { ProjectId } from "../kernel/id.ts"
import type { Wants } from "../store/store.ts"
import { pass, requireActive } from "./admit.ts"
import { enter } from "./enter.ts"
import { type Context, type Inside, type Located, type Operation, operation } from "./operation.ts"
import type { Shell } from "./shell.ts"

export type UseDefinition<In, I, L extends Located, W extends Wants, O> = Inside<In, I, L, W> &
  Readonly<{ apply: (context: Context<I, W, L>, shell: Shell) => Promise<O> }>

/** An operation that counts use inside an organization. */
export function use<In, I, L extends Located, const W extends Wants, O>(
  definition: UseDefinition<In, I, L, W, O>,
): Operation<In, O> {
  const placed = { ...definition, project: boundTo }
  return operation("usage", placed, async (shell, actor, raw) => {
    const visit = await enter(shell, placed, actor, raw)
    const context = await visit.load(shell.store)
    pass(definition.allow, context)
    requireActive(context.loaded.organization)
    return definition.apply(context, shell)
  })
}

/** A key that is bound to a project uses the API there. */
const boundTo = ({ actor }: Readonly<{ actor: Actor }>): ProjectId | undefined =>
  (actor.type === "apiKey" ? actor.projectId : null) ?? undefined
