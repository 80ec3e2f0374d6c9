/**
 * What a payment provider says of a subscription, taken in: newest first, whatever the order it arrives in.
 *
 * @module
 */
import * as z from "zod"
import { type Actor, system } from "../kernel/actor.ts"
import type { Decision } from "../kernel/decision.ts"
import type { Ids, OrganizationId } from "../kernel/id.ts"
import { parseInput } from "../kernel/input.ts"
import { port } from "../kernel/port.ts"
import { committed } from "../pipeline/account.ts"
import { command } from "../pipeline/command.ts"
import { ruling } from "../pipeline/operation.ts"
import { inOrganization } from "../pipeline/schema.ts"
import type { Shell } from "../pipeline/shell.ts"
import { AccountId, accountHolder } from "./account.ts"
import type { Billed } from "./billed.ts"
import { planRefusal } from "./change.ts"
import type { Plans } from "./plan.ts"
import { SubscriptionTerms } from "./source.ts"
import { receive, type Subscription, type SubscriptionFact, subscriptionTo } from "./subscription.ts"

const Told = SubscriptionTerms.safeExtend({ occurredAt: z.date().optional() })

/** Terms, and when the provider says that they came to hold: now, unless said. */
export type ToldTerms = z.input<typeof Told>

type Known = Readonly<{ billed: Billed; plans: Plans; ids: Ids; at: Date }>

/** A plan that left the configuration is still believed of an account that has it. */
function take(told: z.output<typeof Told>, { billed, plans, ids, at }: Known): Decision<SubscriptionFact> {
  const known = subscriptionTo(billed.subscriptions, told.product)
  const refusal = told.plan === known?.plan ? null : planRefusal(plans, told.product, told.plan)
  if (refusal !== null) return { ok: false, refusal }
  const { account } = billed
  return receive(known, { id: ids.id("sub", at), account, revision: 0, ...told, occurredAt: told.occurredAt ?? at })
}

/** Not in the registry: people change subscriptions through `billing`, whose actor activity then shows here. */
const putInside = command({
  name: "subscriptions.put",
  input: () => inOrganization({ terms: Told }),
  actors: ["system", "user", "apiKey"],
  // Whoever asked the provider may have left meanwhile: what it answered holds all the same.
  allow: "recipient",
  whateverStatus: true,
  facts: ["subscription.changed", "subscription.cancelled"],
  wants: ({ at }) => ({ billed: { payer: "organization", at } }),
  decide: ({ input, loaded, settings, ids, at }) => {
    const known = subscriptionTo(loaded.billed.subscriptions, input.terms.product)
    const decision = take(input.terms, { billed: loaded.billed, plans: settings.billing.plans, ids, at })
    return ruling(decision, (facts): Subscription | null => facts[0]?.after ?? known)
  },
})

/**
 * Takes in what a payment provider says; the webhook is always believed. What is older than what is known, or known
 * already, changes nothing. Answers what holds. Errors: `invalid_input` (an account or plan that is none), `not_found`
 * (an organization that never was), `conflict`.
 */
export async function putSubscription(
  shell: Shell,
  account: AccountId,
  terms: ToldTerms,
  by: Actor = system("subscriptions"),
): Promise<Subscription> {
  const accountId = parseInput(z.strictObject({ account: AccountId }), { account }).account
  const { type, id } = accountHolder(accountId)
  // What is stored here is what is told here: a host's own source neither orders nor hides it.
  const here: Shell = { ...shell, subscriptions: null }
  const put =
    type === "user"
      ? putOwn(here, accountId, parseInput(Told, terms))
      : putInside.run(here, by, { organizationId: id as OrganizationId, terms: parseInput(Told, terms) })
  const subscription = await put
  if (subscription === null) throw new Error("what was told, or what is newer, holds")
  return subscription
}

function putOwn(shell: Shell, accountId: AccountId, told: z.output<typeof Told>): Promise<Subscription | null> {
  return committed(shell, accountId, async ({ store, settings, ids, clock }) => {
    const at = clock.now()
    const { account, billed } = await port(() => store.accounts.load(accountId, { billed: { at } }))
    const known = subscriptionTo(billed.subscriptions, told.product)
    const decision = take(told, { billed, plans: settings.billing.plans, ids, at })
    return { account, ruled: ruling(decision, (facts): Subscription | null => facts[0]?.after ?? known) }
  })
}
