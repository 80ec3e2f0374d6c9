/**
 * Commands and queries on a person's own account: outside any organization, guarded by the account's own revision.
 * Their facts become rows; there is no activity but an organization's.
 *
 * @module
 */
import * as z from "zod"
import { type Account, type AccountId, account as accountOf } from "../billing/account.ts"
import type { Billed } from "../billing/billed.ts"
import { fromSource } from "../billing/source.ts"
import { isImpersonated, type User } from "../kernel/actor.ts"
import { asError } from "../kernel/decision.ts"
import { TenantryError } from "../kernel/error.ts"
import { port } from "../kernel/port.ts"
import type { AccountLoaded, AccountWants } from "../store/accounts.ts"
import type { Store } from "../store/store.ts"
import { admit } from "./admit.ts"
import { askGuard } from "./ask-guard.ts"
import { type Outcome, untilCommitted } from "./command.ts"
import { requireExpected } from "./expected.ts"
import {
  type Command,
  type Declared,
  type Operation,
  operation,
  type Ruling,
  type Surroundings,
  surroundings,
} from "./operation.ts"
import { recordAccount } from "./record.ts"
import type { Shell } from "./shell.ts"

/** What a decision over a person's account is given. */
export type AccountContext<I, W extends AccountWants> = Omit<Surroundings<I>, "actor"> &
  Readonly<{ actor: User; accountId: AccountId; loaded: AccountLoaded<W> }>

type OnAccount<In, I, W extends AccountWants> = Omit<Declared<In, I>, "actors"> &
  Readonly<{ wants: (from: Omit<AccountContext<I, AccountWants>, "loaded">) => W }>

export type AccountCommandDefinition<In, I, W extends AccountWants, O> = OnAccount<In, I, W> &
  Readonly<{ neverImpersonated?: true; decide: (context: AccountContext<I, W>) => Ruling<O> }>

export type AccountQueryDefinition<In, I, W extends AccountWants, O> = OnAccount<In, I, W> &
  Readonly<{ answer: (context: AccountContext<I, W>, shell: Shell) => O | Promise<O> }>

/** A command on the caller's own account. */
export function accountCommand<In, I, const W extends AccountWants, O>(
  definition: AccountCommandDefinition<In, I, W, O>,
): Command<In, O> {
  const declared = { ...definition, actors: ["user"] as const }
  return operation("command", declared, async (shell, caller, raw) => {
    const { actor, input } = admit(shell, declared, caller, raw)
    if (actor.type !== "user" || (definition.neverImpersonated && isImpersonated(actor))) {
      throw new TenantryError("forbidden", {})
    }
    const accountId = accountOf.user(actor.id)
    return committed(shell, accountId, async (own) => {
      const context = await contextOf(own, definition, actor, input)
      const ruled = definition.decide(context)
      if (ruled.ok && ruled.facts.length > 0) await askGuard(shell, definition.name, context, null, ruled.facts)
      return { account: context.loaded.account, ruled }
    })
  })
}

/** A read of the caller's own account. */
export function accountQuery<In, I, const W extends AccountWants, O>(
  definition: AccountQueryDefinition<In, I, W, O>,
): Operation<In, O> {
  const declared = { ...definition, actors: ["user"] as const }
  return operation("query", declared, async (shell, caller, raw) => {
    const { actor, input } = admit(shell, declared, caller, raw)
    if (actor.type !== "user") throw new TenantryError("forbidden", {})
    return definition.answer(await contextOf(shell, definition, actor, input), shell)
  })
}

async function contextOf<I, W extends AccountWants>(
  shell: Shell,
  { wants }: Readonly<{ wants: (from: Omit<AccountContext<I, AccountWants>, "loaded">) => W }>,
  actor: User,
  input: I,
): Promise<AccountContext<I, W>> {
  const accountId = accountOf.user(actor.id)
  const context = { ...surroundings(shell, actor, input, shell.clock.now()), actor, accountId }
  const loaded = await port(() => shell.store.accounts.load(context.accountId, wants(context)))
  const { billed } = loaded as Readonly<{ billed?: Billed }>
  if (billed === undefined) return { loaded, ...context }
  const current = await fromSource(shell.subscriptions, shell.settings.billing.plans, billed)
  return { loaded: { ...loaded, billed: current }, ...context }
}

/** Takes a turn, decides over the shell that it is given and commits, anew for as long as somebody else commits first. */
export function committed<O>(
  shell: Shell,
  accountId: AccountId,
  decide: (shell: Shell) => Promise<Readonly<{ account: Account | null; ruled: Ruling<O> }>>,
): Promise<O> {
  const once = async (store: Store): Promise<Outcome<O>> => {
    const { account, ruled } = await decide({ ...shell, store })
    if (!ruled.ok) throw asError(ruled.refusal)
    requireExpected(shell, ruled.facts)
    if (ruled.facts.length === 0) return { value: ruled.answer([]) }
    const { changes, facts } = recordAccount(accountId, account, ruled.facts, shell.clock.now())
    const outcome = await port(() => store.accounts.commit(changes))
    return outcome === "committed" ? { value: ruled.answer(facts) } : outcome
  }
  return shell.queue(accountId, () => untilCommitted(shell, accountId, once))
}

/** One operation in two places: inside the organization that its input names, or on the caller's own account. */
export function inEither<Inside, Own, O, Kind extends Operation["kind"]>(
  inside: Operation<Inside, O> & Readonly<{ kind: Kind }>,
  own: Operation<Own, O>,
): Operation<Inside | Own, O> & Readonly<{ kind: Kind }> {
  const isInside = (raw: unknown): raw is Inside =>
    typeof raw !== "object" || raw === null || (raw as Partial<Record<string, unknown>>)["organizationId"] !== undefined
  return {
    ...inside,
    input: (limits, metadata) => z.union([inside.input(limits, metadata), own.input(limits, metadata)]),
    run: (shell, actor, raw) => (isInside(raw) ? inside.run(shell, actor, raw) : own.run(shell, actor, raw as Own)),
  }
}
