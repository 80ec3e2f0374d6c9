/**
 * What people change of their subscriptions: the rules first, then the payment provider, then what it answers.
 *
 * @module
 */
import * as z from "zod"
import { type Actor, isImpersonated } from "../kernel/actor.ts"
import { asError, type Refusal, refused } from "../kernel/decision.ts"
import { port } from "../kernel/port.ts"
import { accountQuery, inEither } from "../pipeline/account.ts"
import { pass, requireActive } from "../pipeline/admit.ts"
import { askGuard } from "../pipeline/ask-guard.ts"
import { enter } from "../pipeline/enter.ts"
import { type Command, type Context, type Located, type Operation, operation } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import type { Shell } from "../pipeline/shell.ts"
import type { BuiltInPermission } from "../policy/policy.ts"
import {
  changeKey,
  changeRefusal,
  closingRefusal,
  holds,
  type Position,
  type SubscriptionView,
  subscriptionView,
} from "./change.ts"
import { PlanName } from "./plan.ts"
import { putSubscription } from "./put-commands.ts"
import { ofProduct, ownPosition, ownSubscription, positionIn, positionWants } from "./queries.ts"
import { SubscriptionTerms } from "./source.ts"
import { SEATS, subscriptionTo } from "./subscription.ts"

type Standing<I> = Context<I, ReturnType<typeof positionWants>>

/** `plan` is what to have; null is nothing more. */
type Asking<In, I> = Readonly<{
  name: string
  allow: BuiltInPermission
  input: () => z.ZodType<I, In>
  plan: (input: I) => string | null
  refusal: (context: Standing<I>, position: Position) => Refusal | null
}>

/** Asks the provider; takes in what it answers, unless its webhook will say. */
async function ask(shell: Shell, by: Actor, { billed, product, at }: Position, plan: string | null): Promise<void> {
  const { account } = billed
  const current = subscriptionTo(billed.subscriptions, product)
  const change = { account, product, current, key: changeKey(account, product, plan, current) }
  const told = await port(async () => {
    const { payments } = shell
    const answer = plan === null ? await payments.cancel(change) : await payments.changePlan({ ...change, plan })
    return answer && SubscriptionTerms.parse({ ...answer, product })
  })
  if (told === null) return
  // A provider whose clock is ahead of this one must not make its own answer old.
  const occurredAt = current !== null && current.occurredAt > at ? current.occurredAt : at
  await putSubscription(shell, account, { ...told, occurredAt }, by)
}

/** An operation that asks the provider. No turn is held meanwhile: what is told then is believed. */
function asking<In, I extends Located & Readonly<{ product: string }>>(
  asked: Asking<In, I>,
): Command<In, SubscriptionView> {
  const definition = {
    ...asked,
    actors: ["user", "system", "apiKey"],
    facts: ["subscription.changed", "subscription.cancelled"],
    wants: positionWants,
  } as const
  return operation("command", definition, async (shell, caller, raw) => {
    const visit = await enter(shell, definition, caller, raw)
    const context = await visit.load(shell.store)
    pass(definition.allow, context)
    requireActive(context.loaded.organization)
    const { product } = context.input
    const position = positionIn(context, product)
    const refusal = asked.refusal(context, position)
    if (refusal !== null) throw asError(refusal)
    const plan = asked.plan(context.input)
    if (holds(position, plan)) return subscriptionView(position)
    await askGuard(shell, asked.name, context, context.loaded.organization, [])
    await ask(shell, context.actor, position, plan)
    return subscriptionView(positionIn(await visit.load(shell.store), product))
  })
}

/** The same on the caller's own account. */
const askingOwn = <In, I extends Readonly<{ product: string }>>({
  plan: wished,
  refusal: refusalOf,
  ...asked
}: Pick<Asking<In, I>, "name" | "input" | "plan"> & {
  readonly refusal: (position: Position, plan: string | null) => Refusal | null
}): Operation<In, SubscriptionView> =>
  accountQuery({
    ...asked,
    wants: ({ at }) => ({ billed: { at } }),
    answer: async (context, shell) => {
      const { actor, input } = context
      const position = ownPosition(context, input.product)
      const plan = wished(input)
      const refusal = refusalOf(position, plan)
      if (refusal !== null) throw asError(refusal)
      if (holds(position, plan)) return subscriptionView(position)
      await askGuard(shell, asked.name, context, null, [])
      await ask(shell, actor, position, plan)
      return ownSubscription.run(shell, actor, { product: input.product })
    },
  })

const ofPlan = { ...ofProduct, plan: PlanName }

export const changePlan = inEither(
  asking({
    name: "billing.changePlan",
    allow: "billing.manage",
    input: () => inOrganization(ofPlan),
    plan: ({ plan }) => plan,
    refusal: ({ input }, position) => changeRefusal(position, input.plan),
  }),
  askingOwn({
    name: "billing.changePlan",
    input: () => z.strictObject(ofPlan),
    plan: ({ plan }) => plan,
    refusal: (position, plan) => (plan === null ? null : changeRefusal(position, plan)),
  }),
)

export const cancelSubscription = inEither(
  asking({
    name: "billing.cancel",
    allow: "billing.cancel",
    input: () => inOrganization(ofProduct),
    plan: () => null,
    refusal: (context, position) => {
      if (position.product !== SEATS) return null
      if (!mayClose(context)) return refused("forbidden", {}).refusal
      return holds(position, null) ? null : closingRefusal(context.loaded.memberCount)
    },
  }),
  askingOwn({
    name: "billing.cancel",
    input: () => z.strictObject(ofProduct),
    plan: () => null,
    refusal: () => null,
  }),
)

/** Whoever holds the owner role, in person, and the host's own code. */
function mayClose({ actor, caller, policy }: Standing<unknown>): boolean {
  if (actor.type === "system") return true
  return actor.type === "user" && !isImpersonated(actor) && caller?.role === policy.ownership.role
}
