/**
 * Seats inside a command: what they are read from, how many there are, and telling when they run out.
 *
 * @module
 */
import type { Billed } from "../billing/billed.ts"
import { seatsReached } from "../billing/seats.ts"
import { API, quotaPeriod, SEATS, subscriptionTo } from "../billing/subscription.ts"
import { hasSeatPlans, payerOf, seatCap } from "../billing/terms.ts"
import { isLive } from "../invitation/invitation.ts"
import type { Email } from "../kernel/email.ts"
import type { Seats } from "../membership/membership.ts"
import type { Organization } from "../organization/organization.ts"
import type { PolicyEngine } from "../policy/policy.ts"
import type { AnyFact, Ruling } from "./operation.ts"
import type { Settings } from "./settings.ts"

type Asked = Readonly<{ settings: Settings; policy: PolicyEngine; at: Date }>

const billedWant = ({ settings, policy, at }: Asked) => ({
  payer: payerOf(settings.billing, policy.ownership.role),
  at,
})

/** Whoever pays, where anybody does. */
export const payerWants = (asked: Asked) => ({
  billed: asked.settings.billing.account === "none" ? undefined : billedWant(asked),
})

/** What somebody's coming in depends on: who is there and invited, and whoever pays. */
export const seatWants = (asked: Asked) => ({
  memberCount: true as const,
  pendingCount: asked.at,
  ...payerWants(asked),
})

/** The account that pays, where an organization's subscription decides. */
export const subscriptionWants = (asked: Asked) => ({
  billed: hasSeatPlans(asked.settings.billing) ? billedWant(asked) : undefined,
})

type Counts = Readonly<{ memberCount: number; pendingCount: number; billed?: Billed | undefined }>

/**
 * People and live invitations to others, and how many there may be. `own` is the seat that somebody has already who
 * comes in further: nobody takes two.
 */
export const seatsOf = (
  { seats, billing }: Settings,
  { memberCount, pendingCount, billed }: Counts,
  own: 0 | 1 = 0,
): Seats => ({
  taken: memberCount + pendingCount - own,
  cap: billed === undefined ? seats.cap : seatCap(billing, seats.cap, billed),
})

type Before = Readonly<{
  settings: Settings
  loaded: Counts & Readonly<{ organization: Organization }>
  at: Date
}>

/** Whether whoever has that address has a seat before the command. */
export type IsSeated = (email: Email) => boolean

/** The ruling, with the thresholds that the people it lets in reach. */
export function tellingSeats<O>(
  ruled: Ruling<O>,
  { settings, loaded, at }: Before,
  isSeated: IsSeated = () => false,
): Ruling<O> {
  if (!ruled.ok) return ruled
  const { facts, answer } = ruled
  const subscriptions = loaded.billed?.subscriptions ?? []
  const { key } = quotaPeriod(subscriptionTo(subscriptions, SEATS) ?? subscriptionTo(subscriptions, API), at)
  const taken = seatsTaken(facts, isSeated, at)
  const told = seatsReached(loaded.organization, seatsOf(settings, loaded), taken, key)
  const own = facts.length
  return { ...ruled, facts: [...facts, ...told], answer: (committed) => answer(committed.slice(0, own)) }
}

/** How many seats those facts take, less those that they free. */
function seatsTaken(facts: readonly AnyFact[], isSeated: IsSeated, at: Date): number {
  let taken = 0
  for (const fact of facts) {
    const { email } = (isMember(fact) || isInvitation(fact) ? (fact.after ?? fact.before) : null) ?? {}
    if (email === undefined || isSeated(email)) continue
    if (isMember(fact)) taken += Number(fact.before === null) - Number(fact.after === null)
    if (isInvitation(fact)) taken += held(fact.after, at) - held(fact.before, at)
  }
  return taken
}

type Of<Prefix extends string> = Extract<AnyFact, { action: `${Prefix}.${string}` }>

const isMember = (fact: AnyFact): fact is Of<"member" | "project_member"> => /^(?:project_)?member\./.test(fact.action)
const isInvitation = (fact: AnyFact): fact is Of<"invitation"> => fact.action.startsWith("invitation.")
const held = (row: Of<"invitation">["after"], at: Date): number => Number(row !== null && isLive(row, at))
