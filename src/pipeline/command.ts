/**
 * The command pipeline: parse, load, decide, commit.
 *
 * ```
 *   parse ─► turn ─► load ─► decide ─► guard ─► commit ─► answer
 *                     ▲                            │
 *                     └───────── conflict ─────────┘   the second time under the row's lock
 * ```
 *
 * @module
 */
import type { AccountId } from "../billing/account.ts"
import { isImpersonated } from "../kernel/actor.ts"
import { asError } from "../kernel/decision.ts"
import { TenantryError } from "../kernel/error.ts"
import type { OrganizationId } from "../kernel/id.ts"
import { port } from "../kernel/port.ts"
import type { Changes, Committed } from "../store/changes.ts"
import type { Store, Wants } from "../store/store.ts"
import { admit, pass, requireActive } from "./admit.ts"
import { askGuard } from "./ask-guard.ts"
import { enter, type Visit } from "./enter.ts"
import { requireExpected } from "./expected.ts"
import {
  type Command,
  type CommandDefinition,
  type CreationDefinition,
  type Located,
  operation,
  surroundings,
} from "./operation.ts"
import { record, recordingOf } from "./record.ts"
import type { Shell } from "./shell.ts"

/** How often a command loads and decides before it answers `conflict`: once freely, then under the lock. */
const ATTEMPTS = 5

/** A command inside an organization. */
export function command<In, I, L extends Located, const W extends Wants, O>(
  definition: CommandDefinition<In, I, L, W, O>,
): Command<In, O> {
  return operation("command", definition, async (shell, actor, raw) => {
    const visit = await enter(shell, definition, actor, raw)
    const { organizationId } = visit.located
    return shell.queue(organizationId, () =>
      untilCommitted(shell, organizationId, (store) => once(shell, store, definition, visit)),
    )
  })
}

/** What one attempt came to. */
export type Outcome<O> = Readonly<{ value: O }> | "conflict"

/**
 * Attempts until nobody else committed first: freely, then inside transactions that hold the boundary's lock. In a host's
 * own transaction once, under the lock: what it read before would be read again, so that the host must begin anew.
 */
export async function untilCommitted<O>(
  { store, isHosted }: Pick<Shell, "store" | "isHosted">,
  boundary: OrganizationId | AccountId,
  once: (store: Store) => Promise<Outcome<O>>,
): Promise<O> {
  const alone = (inner: Store) => port(() => inner.lock(boundary)).then(() => once(inner))
  if (isHosted) {
    const outcome = await alone(store)
    if (outcome === "conflict") throw new TenantryError("conflict", { retry: "transaction" })
    return outcome.value
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const outcome = attempt === 0 ? await once(store) : await port(() => store.transaction(alone))
    if (outcome !== "conflict") return outcome.value
  }
  throw new TenantryError("conflict", {})
}

async function once<In, I, L extends Located, W extends Wants, O>(
  shell: Shell,
  store: Store,
  definition: CommandDefinition<In, I, L, W, O>,
  visit: Visit<I, L, W>,
): Promise<Outcome<O>> {
  const context = await visit.load(store)
  const { organization } = context.loaded
  const gate = pass(definition.allow, context)
  if (definition.neverImpersonated && isImpersonated(context.actor)) throw new TenantryError("forbidden", {})
  if (gate !== "recipient" && !definition.whateverStatus) requireActive(organization)
  const ruled = definition.decide(context)
  if (!ruled.ok) throw asError(ruled.refusal)
  requireExpected(shell, ruled.facts)
  if (ruled.facts.length === 0) return { value: ruled.answer([]) }
  await askGuard(shell, definition.name, context, organization, ruled.facts)
  const recorded = record(organization, ruled.facts, ruled.posts, recordingOf(shell, context.actor, context.at))
  const outcome = await commit(shell, store, recorded.changes)
  if (outcome === "conflict") return "conflict"
  if (outcome === "slug_taken") throw new TenantryError("slug_taken", { slug: recorded.changes.organization.slug })
  return { value: ruled.answer(recorded.facts) }
}

/** Commits; payloads of the outbox are sealed first where the host gave a secret box. */
async function commit(shell: Shell, store: Store, changes: Changes): Promise<Committed> {
  const box = shell.secretBox
  if (box === null) return port(() => store.commit(changes))
  const outbox = await Promise.all(
    changes.outbox.map(async ({ payload, ...message }) => ({
      ...message,
      payload: payload === null ? null : await port(() => box.seal(payload)),
    })),
  )
  return port(() => store.commit({ ...changes, outbox }))
}

/** A command that begins an organization: nothing is loaded, and the slug is claimed by the commit. */
export function creation<In, I, O>(definition: CreationDefinition<In, I, O>): Command<In, O> {
  return operation("command", definition, async (shell, caller, raw) => {
    const { actor, input } = admit(shell, definition, caller, raw)
    const context = surroundings(shell, actor, input, shell.clock.now())
    for (let attempt = 0; ; attempt++) {
      const ruled = definition.decide(context, attempt)
      if (!ruled.ok) throw asError(ruled.refusal)
      await askGuard(shell, definition.name, context, null, ruled.facts)
      const recorded = record(null, ruled.facts, ruled.posts, recordingOf(shell, actor, context.at))
      const outcome = await commit(shell, shell.store, recorded.changes)
      if (outcome === "committed") return ruled.answer(recorded.facts)
      if (outcome === "conflict" || attempt === ATTEMPTS) {
        throw new TenantryError("conflict", shell.isHosted ? { retry: "transaction" } : {})
      }
    }
  })
}
